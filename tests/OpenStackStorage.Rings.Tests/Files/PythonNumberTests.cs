using System.Globalization;

namespace OpenStackStorage.Rings.Tests;

public class PythonNumberTests
{
    [Theory]
    [InlineData(100.0, "100.0")]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(9999999999999998.0, "9999999999999998.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012345, "0.00012345")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(-2.5e-7, "-2.5e-07")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NegativeInfinity, "-inf")]
    [InlineData(double.NaN, "nan")]
    public void A_float_is_written_as_repr_does(double value, string expected) => Assert.Equal(expected, PythonNumber.Repr(value));

    [Theory]
    [InlineData(0.125, 2, "0.12")] // a tie in binary: to even
    [InlineData(0.375, 2, "0.38")]
    [InlineData(2.5, 0, "2")]
    [InlineData(0.005, 2, "0.01")] // a little above in binary
    [InlineData(1.005, 2, "1.00")] // a little below
    [InlineData(-0.001, 2, "-0.00")]
    [InlineData(-0.0, 2, "-0.00")]
    [InlineData(999.99, 2, "999.99")]
    [InlineData(1e22, 2, "10000000000000000000000.00")]
    [InlineData(double.NaN, 2, "nan")]
    public void Decimals_are_rounded_half_even_on_the_binary_value(double value, int decimals, string expected) =>
        Assert.Equal(expected, PythonNumber.Fixed(value, decimals));

    [NeedsToolFact("python3")]
    public void Random_floats_are_written_as_Python_does()
    {
        Random random = new(1);
        List<double> values = [];
        for (int i = 0; i < 3000; i++)
        {
            double anything = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            values.AddRange([double.IsFinite(anything) ? anything : 1, random.Next(-4000, 4000) / 8.0, Math.Pow(10, random.Next(-20, 20)), random.NextDouble() * 1000]);
        }

        using TemporaryFolder folder = new();
        File.WriteAllLines(folder["bits"], values.Select(value => BitConverter.DoubleToInt64Bits(value).ToString(CultureInfo.InvariantCulture)));
        string[] python = Tool.Run("python3", "-c", """
            import struct, sys
            for line in open(sys.argv[1]):
                x = struct.unpack('d', struct.pack('q', int(line)))[0]
                print(repr(x), '%.02f' % x)
            """, folder["bits"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(python, values.Select(value => $"{PythonNumber.Repr(value)} {PythonNumber.Fixed(value, 2)}"));
    }
}
