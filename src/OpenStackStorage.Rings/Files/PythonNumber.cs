using System.Globalization;
using System.Numerics;

namespace OpenStackStorage.Rings;

/// <summary>Numbers as CPython writes them: ring files hold its <c>repr</c>, reports its <c>%.02f</c>.</summary>
internal static class PythonNumber
{
    /// <summary>The shortest text that reads back as the same value: <c>100.0</c>, <c>1e+16</c>, <c>1e-05</c>, <c>inf</c>, <c>nan</c>.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
            return NotFinite(value);

        // The runtime finds the same shortest digits ("R"), and lays them out in another way.
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        ReadOnlySpan<char> number = shortest;
        string sign = "";
        if (number[0] == '-')
        {
            sign = "-";
            number = number[1..];
        }

        (string digits, int point) = DigitsAndPoint(number);
        // CPython, Objects/floatobject.c: 'r' goes over to an exponent at 1e16 and below 1e-4.
        if (point is > 16 or < -3)
            return sign + WithExponent(digits, point - 1);
        if (point <= 0)
            return $"{sign}0.{new string('0', -point)}{digits}";
        return point >= digits.Length
            ? $"{sign}{digits}{new string('0', point - digits.Length)}.0"
            : $"{sign}{digits[..point]}.{digits[point..]}";
    }

    /// <summary>
    /// <paramref name="decimals"/> digits after the point, rounded from the exact binary value, ties to even: what
    /// <c>%.02f</c> gives. .NET's "F2" rounds 0.125 up. A negative value that rounds to nothing is <c>-0.00</c>.
    /// </summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return NotFinite(value);

        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        int shift = Math.Max(exponent, 1) - 1075;
        BigInteger scaled = mantissa * BigInteger.Pow(10, decimals);
        if (shift >= 0)
        {
            scaled <<= shift;
        }
        else
        {
            BigInteger whole = scaled >> -shift;
            int comparison = (scaled - (whole << -shift)).CompareTo(BigInteger.One << (-shift - 1));
            scaled = comparison > 0 || (comparison == 0 && !whole.IsEven) ? whole + 1 : whole;
        }

        string digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string sign = bits < 0 ? "-" : "";
        return decimals == 0 ? sign + digits : $"{sign}{digits[..^decimals]}.{digits[^decimals..]}";
    }

    private static string NotFinite(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    /// <summary>Significant digits without zeroes at their ends, and how many of them stand before the point (negative: zeroes after it).</summary>
    private static (string Digits, int Point) DigitsAndPoint(ReadOnlySpan<char> number)
    {
        int exponent = 0;
        int mark = number.IndexOf('E');
        if (mark >= 0)
        {
            exponent = int.Parse(number[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            number = number[..mark];
        }

        int dot = number.IndexOf('.');
        string all = dot < 0 ? number.ToString() : $"{number[..dot]}{number[(dot + 1)..]}";
        int point = (dot < 0 ? number.Length : dot) + exponent;
        string digits = all.TrimStart('0');
        if (digits.Length == 0)
            return ("0", 1);
        return (digits.TrimEnd('0'), point - (all.Length - digits.Length));
    }

    private static string WithExponent(string digits, int exponent)
    {
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
