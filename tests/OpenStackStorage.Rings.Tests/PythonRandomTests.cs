using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace OpenStackStorage.Rings.Tests;

/// <summary>CPython's generator, seeds and sums, against recorded values and against an installed Python.</summary>
public class PythonRandomTests
{
    [Fact]
    public void The_reference_generator_gives_its_published_first_words()
    {
        // mt19937ar.out: init_by_array({0x123, 0x234, 0x345, 0x456}).
        PythonRandom random = new(BigInteger.Parse("00000456000003450000023400000123", NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal([1067595299u, 955945823u, 477289528u, 4107218783u, 4228976476u], Enumerable.Range(0, 5).Select(_ => random.NextWord()));
    }

    // CPython 3.11: random.seed(s); [random.getrandbits(32) for _ in range(3)]
    [Theory]
    [InlineData("", "4124137760 1951988028 2557274880")]
    [InlineData("7", "3059896341 2419844592 3770596462")]
    [InlineData("ä", "401371285 395899643 2265009906")]
    public void Text_seeds_are_those_of_Python(string seed, string words) =>
        Assert.Equal(words, Words(RingSeed.FromText(seed).CreateRandom()));

    [Theory]
    [InlineData("0", "3626764237 1654615998 3255389356")]
    [InlineData("7", "1390851128 4071050724 647892279")]
    [InlineData("-7", "1390851128 4071050724 647892279")]
    [InlineData("123456789012345678901234567890", "3124625047 947073620 685135262")]
    public void Integer_seeds_are_those_of_Python(string seed, string words) =>
        Assert.Equal(words, Words(RingSeed.FromInteger(BigInteger.Parse(seed, CultureInfo.InvariantCulture)).CreateRandom()));

    [Fact]
    public void A_seed_of_more_words_than_the_state_is_used_whole() =>
        Assert.Equal("479690909 1955890244 506206384", Words(RingSeed.FromInteger(BigInteger.Pow(3, 20000)).CreateRandom()));

    [Fact]
    public void Numbers_below_a_power_of_two_draw_one_bit_more()
    {
        PythonRandom random = RingSeed.FromInteger(7).CreateRandom();
        Assert.Equal([42445, 19772, 51750, 6328, 9494], Enumerable.Range(0, 5).Select(_ => random.UpTo(0xffff)));
        int[] items = [.. Enumerable.Range(0, 10)];
        random.Shuffle(items, default);
        Assert.Equal([3, 2, 7, 9, 6, 0, 4, 5, 1, 8], items);
    }

    [Fact]
    public void Without_a_seed_two_generators_differ() =>
        Assert.NotEqual(Words(RingSeed.None.CreateRandom()), Words(RingSeed.None.CreateRandom()));

    [NeedsSwiftFact]
    public void Draws_shuffles_and_sums_are_those_of_the_installed_Python()
    {
        using SwiftProcess python = new();
        Random values = new(1);
        for (int seed = 0; seed < 200; seed++)
        {
            string text = string.Concat(Enumerable.Repeat("sää日", seed));
            int bound = values.Next(1 << values.Next(1, 30)), count = values.Next(1, 300);
            JsonNode theirs = python.Call("random", seed % 2 == 0 ? seed : text, bound, count)!;
            PythonRandom random = (seed % 2 == 0 ? RingSeed.FromInteger(seed) : RingSeed.FromText(text)).CreateRandom();
            Assert.Equal(DifferentialTests.Numbers(theirs[0]), Enumerable.Range(0, count).Select(_ => (double)random.UpTo(bound)));
            int[] items = [.. Enumerable.Range(0, count)];
            random.Shuffle(items, default);
            Assert.Equal(DifferentialTests.Numbers(theirs[1]), items.Select(item => (double)item));
            Assert.Equal(theirs[2]!.GetValue<uint>(), random.NextWord());

            CompareSum(python, values);
        }
    }

    // sum([0.1] * 10 + [1, 0.1, 1e16, 1, 1.0, -1e16]); CPython 3.11 says 4.0, and 5.1 is what the C code of 3.12 comes to.
    [Theory]
    [InlineData(PythonSum.Plain, 4.0)]
    [InlineData(PythonSum.Compensated, 5.1)]
    public void Sums_are_compensated_for_floats_and_not_for_ints(PythonSum mode, double expected)
    {
        PythonSummation sum = new(mode);
        for (int i = 0; i < 10; i++)
            sum.Add(0.1);
        sum.AddInteger(1);
        sum.Add(0.1);
        sum.Add(1e16);
        sum.AddInteger(1);
        sum.Add(1.0);
        sum.Add(-1e16);
        Assert.Equal(expected, sum.Result);
    }

    private static void CompareSum(SwiftProcess python, Random values)
    {
        object[] numbers = [.. Enumerable.Range(0, 50).Select(_ => values.Next(3) == 0 ? (object)values.Next(100) : (values.NextDouble() * 3) + 0.001)];
        PythonSummation sum = new(python.Sum);
        foreach (object number in numbers)
        {
            if (number is int integer)
                sum.AddInteger(integer);
            else
                sum.Add((double)number);
        }

        Assert.Equal(python.Call("sum", (object)numbers)!.GetValue<double>(), sum.Result);
    }

    private static string Words(PythonRandom random) =>
        string.Join(' ', Enumerable.Range(0, 3).Select(_ => random.NextWord()));
}
