namespace OpenStackStorage.Disks.Tests;

/// <summary>What libzstd and its program write is read, bit by bit.</summary>
public class ZstdDifferentialTests
{
    private static readonly ZstdDecoder Decoder = new();

    public static TheoryData<int> Levels() => [.. Enumerable.Range(1, 22)];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Clusters_of_every_level_size_and_kind_are_read(int level)
    {
        if (!ZstdCodec.CanCompress)
            return;
        byte[] target = new byte[(2 << 20) + 65536];
        for (int size = 512; size <= 2 << 20; size *= 8)
        {
            byte[] cluster = new byte[size];
            foreach ((string kind, byte[] content) in Kinds(size))
            {
                if (size > 32768 && level > 7 && kind != "mixed")
                    continue; // the encoder takes long
                int stored = ZstdCodec.Instance.Compress(content, target, level);
                Assert.True(stored > 0, kind);
                target.AsSpan(stored, 600).Fill(0xEE); // what stands behind the stream in its last sector
                Assert.Null(Decoder.TryDecode(target.AsSpan(0, stored + 600), cluster));
                Assert.True(content.AsSpan().SequenceEqual(cluster), $"{kind} of {size} bytes");
                Assert.Null(Decoder.TryDecode(target.AsSpan(0, stored), cluster.AsSpan(0, size / 2)));
                Assert.True(content.AsSpan(0, size / 2).SequenceEqual(cluster.AsSpan(0, size / 2)), $"half of {kind} of {size} bytes");
            }
        }
    }

    [NeedsToolTheory("zstd")]
    [InlineData("-1")]
    [InlineData("-19", "--no-check")]
    [InlineData("-5", "--long=23")]
    [InlineData("-3", "--stream-size=300000")]
    [InlineData("-9", "-B65536", "-T2")]
    [InlineData("--fast=5")]
    [InlineData("-3", "--no-compress-literals")]
    [InlineData("-3", "--target-compressed-block-size=2000")]
    public void Streams_of_the_program_are_read(params string[] options)
    {
        using TemporaryFolder folder = new();
        foreach ((string kind, byte[] content) in Kinds(300_000))
        {
            File.WriteAllBytes(folder["content"], content);
            // From a pipe, the program does not know the size.
            string command = $"cat '{folder["content"]}' | zstd -q {string.Join(' ', options)} -c > '{folder["stored"]}'";
            Tool.Run("sh", "-c", $"{command} && printf x | zstd -q -c >> '{folder["stored"]}'");
            byte[] cluster = new byte[content.Length + 1];
            Assert.Null(Decoder.TryDecode(File.ReadAllBytes(folder["stored"]), cluster));
            Assert.True(content.AsSpan().SequenceEqual(cluster.AsSpan(0, content.Length)), kind);
            Assert.Equal((byte)'x', cluster[^1]);
        }
    }

    private static IEnumerable<(string Kind, byte[] Content)> Kinds(int size)
    {
        byte[] noise = new byte[size];
        new Random(size).NextBytes(noise);
        byte[] words = ZstdSamples.Words(size);
        byte[] skew = ZstdSamples.Skew(size);
        byte[] runs = new byte[size];
        byte[] records = new byte[size];
        byte[] mixed = new byte[size];
        for (int i = 0; i < size; i++)
        {
            runs[i] = (byte)(noise[i / 97 % size] & 3);
            records[i] = (byte)(i % 24 < 9 ? noise[i] : i % 24 < 16 ? noise[i] & 15 : i / 24 >> (8 * (i % 3)));
            mixed[i] = (i / 300 % 4) switch { 0 => noise[i], 1 => words[i], 2 => skew[i], _ => words[i / 2] };
        }

        return [("zeroes", new byte[size]), ("noise", noise), ("words", words), ("skew", skew), ("runs", runs), ("records", records), ("mixed", mixed)];
    }
}
