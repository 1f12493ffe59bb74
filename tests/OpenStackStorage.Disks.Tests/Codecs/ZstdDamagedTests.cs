using static OpenStackStorage.Disks.Tests.ZstdFrames;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Damaged and refused frames end in words, whatever they hold.</summary>
public class ZstdDamagedTests
{
    private static readonly byte[] Abc = Raw(1, 2, 3);

    private static readonly Dictionary<string, (byte[] Stored, string Words)> Cases = new()
    {
        ["nothing"] = ([], "a stream that ends after 0 bytes"),
        ["no frame"] = ([1, 2, 3, 4, 5, 6, 7, 8], "no zstd frame"),
        ["zeroes after a frame"] = ([.. Frame([Abc]), 0, 0, 0, 0], "no zstd frame"),
        ["a header that is cut"] = ([0x28, 0xB5, 0x2F, 0xFD, 0xC0], "a stream that ends after 0 bytes"),
        ["a skippable frame beyond the end"] = (Skippable(99)[..50], "a stream that ends after 0 bytes"),
        ["a skippable frame of 4 GiB"] = ([0x50, 0x2A, 0x4D, 0x18, 0xFF, 0xFF, 0xFF, 0xFF], "a stream that ends after 0 bytes"),
        ["too little"] = (Frame([Abc]), "a stream that ends after 3 bytes"),
        ["reserved bit"] = ([0x28, 0xB5, 0x2F, 0xFD, 8, 0, 1, 0, 0], "reserved bits"),
        ["a dictionary"] = ([0x28, 0xB5, 0x2F, 0xFD, 2, 0, 0x39, 0x30, 1, 0, 0], "dictionary 12345"),
        ["a window above 8 MiB"] = (Frame([Abc], window: (13 << 3) | 1), "a window of 9437184 bytes"),
        ["one segment above 8 MiB"] = ([0x28, 0xB5, 0x2F, 0xFD, 0xA0, 1, 0, 0x80, 0, 1, 0, 0], "a window of 8388609 bytes"),
        ["the largest window"] = (Frame([Abc], window: 0xFF), "a window of 4123168604160 bytes"),
        ["an unknown block"] = (Frame([Header(3, 1)]), "unknown type"),
        ["a block above 128 KiB"] = (Frame([Run(1, (128 << 10) + 1)], window: 13 << 3), "131073 bytes where 131072"),
        ["a block above the window"] = (Frame([Run(1, 1025)], window: 0), "1025 bytes where 1024"),
        ["a block that decodes to more than the window"] = (
            Frame([Compressed(RawLiterals(1), Sequences(1, 2, 52, (0, 2), (0, 16)))], window: 0), "decodes to"),
        ["a block that is cut"] = (Frame([Raw(1, 2, 3, 4)])[..^1], "a stream that ends after 0 bytes"),
        ["an empty compressed block"] = (Frame([Header(2, 0)]), "literals are damaged"),
        ["more literals than the block"] = (Frame([Compressed([(3 << 3) | 0], [])]), "literals are damaged"),
        ["literals above the block's size"] = (Frame([Compressed([1 | (3 << 2) | 0xF0, 0xFF, 0xFF, 9], [0])]), "literals are damaged"),
        ["no tree yet"] = (Frame([Compressed(HuffmanLiterals([0, 1], false, tree: false), [0])]), "literals are damaged"),
        ["a tree of the frame before"] = (
            [.. Frame([Compressed(HuffmanLiterals([0, 1], false), [0])]), .. Frame([Compressed(HuffmanLiterals([0, 1], false, tree: false), [0])])], "literals are damaged"),
        ["weights of no sum"] = (Frame([Huffman(128 + 1, 0, 1)]), "literals are damaged"),
        ["weights that no power of two completes"] = (Frame([Huffman(128 + 2, 0x33, 0x10, 1)]), "literals are damaged"),
        ["codes of 12 bits"] = (Frame([Huffman(128 + 1, 0xC1, 1)]), "literals are damaged"),
        ["no longest code"] = (Frame([Huffman(128, 0x20, 1)]), "literals are damaged"),
        ["weights beyond the literals"] = (Frame([Huffman(128 + 100, 0x11)]), "literals are damaged"),
        ["compressed weights with too long a table"] = (Frame([Huffman(4, 0x0F, 0xFF, 0xFF, 0xFF, 1)]), "literals are damaged"),
        ["compressed weights without end"] = (Frame([Huffman(3, 0xF0, 0x03, 0x40, 1)]), "literals are damaged"),
        ["a stream without end mark"] = (Frame([Huffman(127 + 5, 0x43, 0x20, 0x10, 0)]), "literals are damaged"),
        ["a stream with bits left"] = (Frame([Huffman(127 + 5, 0x43, 0x20, 0x10, 0xFF, 0xFF, 0xFF)]), "literals are damaged"),
        ["a stream with too few bits"] = (Frame([Huffman(127 + 5, 0x43, 0x20, 0x10, 2)]), "literals are damaged"),
        ["four streams that leave none for the last"] = (
            Frame([Compressed([2 | (1 << 2) | (7 << 4), 14 << 6 & 0xFF, 14 >> 2, 127 + 5, 0x43, 0x20, 0x10, 2, 0, 1, 0, 1, 0, 1, 1, 1, 1], [0])]), "literals are damaged"),
        ["no sequences section"] = (Frame([Compressed(RawLiterals(1), [])]), "number of sequences"),
        ["bytes after no sequences"] = (Frame([Compressed(RawLiterals(1), [0, 0])]), "number of sequences"),
        ["a number of sequences that is cut"] = (Frame([Compressed(RawLiterals(1), [255, 1])]), "number of sequences"),
        ["reserved bits of the modes"] = (Frame([Compressed(RawLiterals(1), [1, 1, 1])]), "reserved bits"),
        ["no modes"] = (Frame([Compressed(RawLiterals(1), [1])]), "reserved bits"),
        ["no table to repeat"] = (Frame([Compressed(RawLiterals(1), [1, RepeatedTables, 1])]), "table of sequences"),
        ["a table of the frame before"] = (
            [.. Frame([Compressed(RawLiterals(1), Sequence(1, 4, 3))]), .. Frame([Compressed(RawLiterals(1), [1, RepeatedTables, 1])])], "table of sequences"),
        ["an unknown literals length"] = (Frame([Compressed(RawLiterals(1), Sequences(36, 2, 0))]), "table of sequences"),
        ["an unknown offset"] = (Frame([Compressed(RawLiterals(1), Sequences(1, 32, 0))]), "table of sequences"),
        ["an unknown match length"] = (Frame([Compressed(RawLiterals(1), Sequences(1, 2, 53))]), "table of sequences"),
        ["a table that is too long"] = (Frame([Compressed(RawLiterals(1), [1, 0x80, 0x0F, 0xFF, 0xFF])]), "table of sequences"),
        ["a table that is cut"] = (Frame([Compressed(RawLiterals(1), [1, 0x80, 0x01, 0x04])]), "table of sequences"),
        ["sequences without end mark"] = (Frame([Compressed(RawLiterals(1), [1, PredefinedTables, 0])]), "no end mark"),
        ["sequences without bits"] = (Frame([Compressed(RawLiterals(1), [2, PredefinedTables, 0x80, 0x80])]), ""),
        ["sequences with bits left"] = (Frame([Compressed(RawLiterals(1), [1, OneSymbolTables, 1, 2, 0, 0xFF])]), "an offset of"),
        ["bits left after an offset"] = (Frame([Abc, Compressed(RawLiterals(1), [1, OneSymbolTables, 1, 0, 0, 0xFF])]), "do not end with their bits"),
        ["more literals used than stored"] = (Frame([Abc, Compressed(RawLiterals(1), Sequence(2, 4, 3))]), "more literals used"),
        ["an offset before the frame"] = (Frame([Abc, Compressed(RawLiterals(1), Sequence(1, 5 + 3, 3))]), "an offset of 5 bytes after 4 bytes"),
        ["an offset into the frame before"] = (
            [.. Frame([Run(1, 100)]), .. Frame([Abc, Compressed(RawLiterals(1), Sequence(1, 5 + 3, 3))])], "an offset of 5 bytes after 4 bytes"),
        ["the largest offset"] = (Frame([Abc, Compressed(RawLiterals(1), Sequences(1, 31, 0, (-1, 31)))]), "an offset of"),
        ["a repeated offset of 0"] = (Frame([Abc, Compressed(RawLiterals(), Sequence(0, 3, 3))]), "an offset of 0 bytes"),
        ["no checksum"] = (Frame([Abc], checksum: 0)[..^1], "a stream that ends after 3 bytes"),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_damaged_stream_is_refused_in_words(string name)
    {
        (byte[] stored, string words) = Cases[name];
        string? problem = Decode(stored, 200_000);
        Assert.NotEmpty(problem ?? "");
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_is_cut_anywhere_is_refused()
    {
        foreach (byte[] stored in new[] { ZstdSamples.WordsByTables, ZstdSamples.WordsByPredefinedTables })
        {
            for (int length = 0; length < stored.Length - 7; length++)
                Assert.NotNull(Decode(stored[..length], 4096));
        }
    }

    [Fact]
    public void A_stream_with_any_bit_changed_gives_its_content_or_is_refused()
    {
        // The checksum finds what the rest lets pass. The frame behind makes room for five blocks of any length, so that none is cut.
        const int room = 5 * ZstdDecoder.LargestBlock;
        byte[] stored = [.. ZstdSamples.WordsByTables, .. Frame([.. Enumerable.Repeat(Run(0, ZstdDecoder.LargestBlock), 5)], window: 7 << 3)];
        byte[] cluster = new byte[4096 + room];
        ZstdDecoder decoder = new();
        Assert.Null(decoder.TryDecode(stored, cluster));
        for (int bit = 8 * 6; bit < 8 * ZstdSamples.WordsByTables.Length; bit++)
        {
            byte[] damaged = [.. stored];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            if (decoder.TryDecode(damaged, cluster) is null)
                Assert.Equal(ZstdSamples.Words(), cluster[..4096]);
        }
    }

    /// <summary>A block of 4 literals in one Huffman stream with these bytes as tree and stream.</summary>
    private static byte[] Huffman(params byte[] body) =>
        Compressed([2 | (4 << 4), (byte)(body.Length << 6), (byte)(body.Length >> 2), .. body], [0]);

    /// <summary>Decodes between bytes that must stay as they are.</summary>
    private static string? Decode(byte[] stored, int size)
    {
        byte[] buffer = new byte[size + 64];
        Array.Fill(buffer, (byte)0xA5);
        string? problem = new ZstdDecoder().TryDecode(stored, buffer.AsSpan(32, size));
        Assert.False(buffer.AsSpan(0, 32).ContainsAnyExcept((byte)0xA5));
        Assert.False(buffer.AsSpan(32 + size).ContainsAnyExcept((byte)0xA5));
        return problem;
    }
}
