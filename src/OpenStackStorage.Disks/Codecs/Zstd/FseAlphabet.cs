namespace OpenStackStorage.Disks;

/// <summary>What the symbols of an FSE table stand for: a value each, to which some bits of the stream are added.</summary>
internal sealed class FseAlphabet
{
    /// <summary>Larger offsets reach over more than the largest cluster, 2 MiB, so their bits need not be read to refuse them.</summary>
    private const int LargestOffsetCode = 23;

    private FseAlphabet(ReadOnlySpan<byte> extraBits, Func<int, uint> value)
    {
        ExtraBits = extraBits.ToArray();
        Values = [.. Enumerable.Range(0, extraBits.Length).Select(value)];
    }

    /// <summary>RFC 8878, 3.1.1.3.2.1.1, "literals length codes": 0 to 35. Each begins where the one before it ends.</summary>
    public static FseAlphabet LiteralLengths { get; } = Consecutive(0,
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

    /// <summary>RFC 8878, 3.1.1.3.2.1.1, "match length codes": 0 to 52.</summary>
    public static FseAlphabet MatchLengths { get; } = Consecutive(3,
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ]);

    /// <summary>RFC 8878, 3.1.1.3.2.1.1, "offset codes": 0 to 31, as the reference decoder takes them.</summary>
    public static FseAlphabet Offsets { get; } = new(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, LargestOffsetCode, 0, 0, 0, 0, 0, 0, 0, 0],
        code => 1u << code);

    /// <summary>The weights of Huffman codes (RFC 8878, 4.2.1.2): 0 to 11.</summary>
    public static FseAlphabet Weights { get; } = new(new byte[HuffmanTable.MaximumBits + 1], symbol => (uint)symbol);

    public byte[] ExtraBits { get; }

    public uint[] Values { get; }

    public int Count => ExtraBits.Length;

    private static FseAlphabet Consecutive(uint first, ReadOnlySpan<byte> extraBits)
    {
        uint[] values = new uint[extraBits.Length];
        for (int i = 0; i < values.Length; i++, first += 1u << extraBits[i - 1])
            values[i] = first;
        return new FseAlphabet(extraBits, i => values[i]);
    }
}
