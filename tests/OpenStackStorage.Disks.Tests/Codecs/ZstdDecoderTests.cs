using System.Security.Cryptography;
using static OpenStackStorage.Disks.Tests.ZstdFrames;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Sound frames, decoded without libzstd.</summary>
public class ZstdDecoderTests
{
    private static readonly ZstdDecoder Decoder = new();

    [Fact]
    public void Recorded_frames_give_their_content()
    {
        Assert.Equal("8548E5797CEC1A402DBD0CED362F3889777A1CEA84D39315323E99C9F96D01BD", Convert.ToHexString(SHA256.HashData(ZstdSamples.Words())));
        Assert.Equal("96BE97FA63E307BE50B207E1E0E88AD0CB8AAA59D8433C74FCE63203F604DD2F", Convert.ToHexString(SHA256.HashData(ZstdSamples.Skew())));
        Assert.Equal(ZstdSamples.Words(), Decode(ZstdSamples.WordsByTables, 4096));
        Assert.Equal(ZstdSamples.Words(), Decode(ZstdSamples.WordsByPredefinedTables, 4096));
        Assert.Equal(ZstdSamples.Skew(), Decode(ZstdSamples.SkewByDirectWeights, 1024));
    }

    [Fact]
    public void Frames_follow_each_other_until_the_cluster_is_full()
    {
        byte[] stored =
        [
            .. Frame([Raw(1, 2, 3), Raw(), Run(4, 500)]), .. Skippable(0), .. Frame([Raw()]), .. Skippable(77), .. Frame([Run(5, 9)]),
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        ];
        Assert.Equal([1, 2, 3, .. Enumerable.Repeat((byte)4, 500), .. Enumerable.Repeat((byte)5, 9)], Decode(stored, 512));
    }

    [Fact]
    public void What_goes_beyond_the_cluster_is_not_read()
    {
        byte[] sequence = Compressed(RawLiterals([.. Enumerable.Range(0, 200).Select(i => (byte)i)]), Sequence(8, 8 + 3, 34));
        byte[] content = Decode(Frame([sequence]), 234);
        Assert.Equal(content, Decode(Frame([Run(9, 0), sequence], contentSize: 234), 234));
        for (int size = 1; size < 234; size++)
            Assert.Equal(content[..size], Decode(Frame([sequence, Run(1, 7)], checksum: 0, contentSize: 241), size));
        Assert.Equal(content, Decode([.. Frame([sequence]), 1, 2], 234));
        Assert.Equal([7, 7, 7], Decode(Frame([Raw(7, 7, 7, 8)]), 3));
        Assert.Equal([7, 7, 7], Decode(Frame([Run(7, 4)]), 3));
        Assert.Equal([7, 7, 7], Decode(Frame([Run(7, 3), Compressed(RawLiterals(1), [99])]), 3));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(37, false)]
    [InlineData(1000, false)]
    [InlineData(9, true)]
    [InlineData(100, true)]
    [InlineData(8191, true)]
    [InlineData(8192, true)]
    [InlineData(60_001, true)]
    [InlineData(131_072, true)]
    public void Huffman_literals_are_decoded_from_one_and_four_streams(int count, bool four)
    {
        // The codes of A to F, as often as their lengths say.
        byte[] symbols = [0, 0, 0, 0, 1, 0, 2, 5, 1, 0, 4, 0, 1, 2, 0, 1];
        byte[] content = [.. Enumerable.Range(0, count).Select(i => symbols[(int)((i * 2654435761L) >> 7) & 15])];
        byte[] block = Compressed(HuffmanLiterals(content, four), [0]);
        byte[] again = Compressed(HuffmanLiterals(content, four, tree: false), [0]);
        Assert.Equal([.. content, .. content], Decode(Frame([block, again], window: 7 << 3), 2 * count));
    }

    [Fact]
    public void Matches_of_each_offset_and_length_repeat_what_lies_before_them()
    {
        byte[] literals = [.. Enumerable.Range(1, 50).Select(i => (byte)i)];
        for (int offset = 1; offset <= 40; offset++)
        {
            for (int length = 3; length <= 34; length++)
            {
                for (int behind = 0; behind <= 40; behind += 8)
                {
                    List<byte> expected = [.. literals];
                    for (int i = 0; i < length; i++)
                        expected.Add(expected[^offset]);
                    expected.AddRange(Enumerable.Repeat((byte)200, behind));
                    byte[] frame = Frame([Raw(literals[..40]), Compressed(RawLiterals(literals[40..]), Sequence(10, offset + 3, length)), Run(200, behind)]);
                    Assert.Equal([.. expected], Decode(frame, expected.Count));
                }
            }
        }
    }

    [Fact]
    public void Repeated_offsets_follow_the_table_of_the_specification()
    {
        // RFC 8878, 3.1.1.5, smaller: offset value, literals length, and the offset that is meant. Each in a block of its own.
        (int Value, int Literals, int Offset)[] steps =
        [
            (14, 11, 11), (1, 2, 11), (25, 2, 22), (14, 11, 11), (36, 3, 33), (2, 2, 11), (3, 3, 22), (3, 2, 33), (3, 0, 32), (1, 0, 33), (2, 0, 22),
        ];
        List<byte> expected = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];
        List<byte[]> blocks = [Raw([.. expected])];
        foreach ((int value, int literals, int offset) in steps)
        {
            byte[] stored = [.. Enumerable.Range(0, literals).Select(i => (byte)(100 + blocks.Count + i))];
            blocks.Add(Compressed(RawLiterals(stored), Sequence(literals, value, 20)));
            expected.AddRange(stored);
            for (int i = 0; i < 20; i++)
                expected.Add(expected[^offset]);
        }

        Assert.Equal([.. expected], Decode(Frame([.. blocks]), expected.Count));
    }

    [Fact]
    public void Checksums_and_sizes_are_held_against_the_content()
    {
        // XXH64 of "abc" is 0x44bc2cf5ad770999, of nothing 0xef46db3751d8e999 (the xxHash sanity tests' values).
        Assert.Equal(0x44BC2CF5AD770999UL, XxHash64.Compute("abc"u8));
        Assert.Equal(0xEF46DB3751D8E999UL, XxHash64.Compute([]));
        byte[][] blocks = [Raw("abc"u8.ToArray())];
        Assert.Equal("abc"u8.ToArray(), Decode(Frame(blocks, checksum: 0xAD770999, contentSize: 3), 3));
        Assert.Equal("a zstd frame with the checksum 0xad770999 whose end says 0xad770998", Decoder.TryDecode(Frame(blocks, checksum: 0xAD770998), new byte[3]));
        Assert.Equal("a zstd frame of 3 bytes whose header says 4", Decoder.TryDecode(Frame(blocks, contentSize: 4), new byte[3]));
        foreach (byte[] more in new[] { Raw(1), Compressed(RawLiterals(), Sequence(0, 4, 3)) })
            Assert.Equal("a zstd frame of more than the 3 bytes that its header says", Decoder.TryDecode(Frame([.. blocks, more], contentSize: 3), new byte[3]));
        Assert.Equal("a zstd frame of more than the 3 bytes that its header says", Decoder.TryDecode(Frame([Run(1, 4)], contentSize: 3), new byte[3]));
        Assert.Equal("abc"u8.ToArray(), Decode(Frame([.. blocks, Raw()], checksum: 0xAD770999), 3));
        Assert.NotNull(Decoder.TryDecode(Frame([.. blocks, Raw()], checksum: 0xAD770998), new byte[3]));
    }

    [Fact]
    public void A_decoder_allocates_nothing_per_cluster()
    {
        byte[] stored = ZstdSamples.WordsByPredefinedTables;
        byte[] cluster = new byte[4096];
        Assert.Null(ZstdCodec.Instance.TryDecompress(stored, cluster));
        // A collection that other tests cause may empty the pools once; what is allocated per cluster is so in every row.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => AllocatedByAThousand()));

        long AllocatedByAThousand()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
                Assert.Null(Decoder.TryDecode(stored, cluster));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static byte[] Decode(byte[] stored, int size)
    {
        // Copies go by wide steps; the bytes around the cluster must stay as they are.
        byte[] buffer = new byte[size + 64];
        Array.Fill(buffer, (byte)0xA5);
        Assert.Null(Decoder.TryDecode(stored, buffer.AsSpan(32, size)));
        Assert.False(buffer.AsSpan(0, 32).ContainsAnyExcept((byte)0xA5));
        Assert.False(buffer.AsSpan(32 + size).ContainsAnyExcept((byte)0xA5));
        return buffer[32..(32 + size)];
    }
}
