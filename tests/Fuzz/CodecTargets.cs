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
        .. ZstdCodec.IsAvailable ? new[] { new FuzzTarget("zstd", ZstdSeeds, input => Decode(CompressionType.Zstd, input)) } : [],
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
        List<byte[]> seeds = [Qcow2TestImage.ZstdRun(7, ClusterSize, 20), [.. Qcow2TestImage.ZstdRun(7, 6000, 14), .. Qcow2TestImage.ZstdRun(8, ClusterSize - 6000, 14)]];
        foreach (byte[] cluster in Clusters())
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
