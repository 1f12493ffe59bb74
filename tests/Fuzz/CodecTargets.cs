using OpenStackStorage.Disks;
using OpenStackStorage.Disks.Tests;

namespace OpenStackStorage.Fuzz;

/// <summary>The decoders of compressed clusters. A bad stream is an answer, not an exception.</summary>
internal static class CodecTargets
{
    private const int ClusterSize = 16384;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("deflate", DeflateSeeds, input => Decode(CompressionType.Zlib, input)),
        new("zstd", ZstdSeeds, input => Decode(CompressionType.Zstd, input)),
    ];

    private static void Decode(CompressionType type, byte[] input)
    {
        // The bytes around the cluster must stay as they are.
        byte[] buffer = new byte[ClusterSize + 64];
        Array.Fill(buffer, (byte)0xA5);
        string? problem = ClusterCodec.Get(type).TryDecompress(input, buffer.AsSpan(32, ClusterSize));
        if (problem is { Length: 0 })
            throw new InvalidOperationException("a problem without words");
        if (buffer.AsSpan(0, 32).ContainsAnyExcept((byte)0xA5) || buffer.AsSpan(32 + ClusterSize).ContainsAnyExcept((byte)0xA5))
            throw new InvalidOperationException("bytes outside the cluster were written");
    }

    private static List<byte[]> DeflateSeeds() => [.. Clusters().Select(Qcow2TestImage.Deflated)];

    private static List<byte[]> ZstdSeeds()
    {
        byte[] sequence = ZstdFrames.Compressed(ZstdFrames.RawLiterals(new byte[40]), ZstdFrames.Sequence(8, 8 + 3, 34));
        byte[] huffman = ZstdFrames.HuffmanLiterals([.. Enumerable.Range(0, 9000).Select(i => (byte)(i % 3))], four: true);
        List<byte[]> seeds =
        [
            Qcow2TestImage.ZstdRun(7, ClusterSize, 20),
            [.. Qcow2TestImage.ZstdRun(7, 6000, 14), .. Qcow2TestImage.ZstdRun(8, ClusterSize - 6000, 14)],
            [.. ZstdFrames.Skippable(20), .. ZstdFrames.Frame([ZstdFrames.Raw(1, 2, 3), sequence, sequence, ZstdFrames.Run(1, ClusterSize)])],
            ZstdFrames.Frame([ZstdFrames.Compressed(huffman, [0]), ZstdFrames.Compressed(huffman, [0])]),
            [.. Enumerable.Repeat(ZstdSamples.WordsByTables, 4).SelectMany(frame => frame)],
            [.. Enumerable.Repeat(ZstdSamples.WordsByPredefinedTables, 4).SelectMany(frame => frame)],
            [.. Enumerable.Repeat(ZstdSamples.SkewByDirectWeights, 16).SelectMany(frame => frame)],
        ];
        foreach (byte[] cluster in ZstdCodec.CanCompress ? Clusters() : [])
        {
            byte[] target = new byte[2 * ClusterSize];
            seeds.Add(target[..ClusterCodec.Get(CompressionType.Zstd).Compress(cluster, target, 3)]);
        }

        return seeds;
    }

    private static List<byte[]> Clusters()
    {
        byte[] text = new byte[ClusterSize];
        byte[] noise = new byte[ClusterSize];
        byte[] mixed = new byte[ClusterSize];
        new Random(1).NextBytes(noise);
        for (int i = 0; i < ClusterSize; i++)
        {
            text[i] = (byte)("a cluster of text "[i % 18] + (i / 1000));
            mixed[i] = i % 500 < 60 ? noise[i] : text[i % 5000];
        }

        return [new byte[ClusterSize], text, noise, mixed];
    }
}
