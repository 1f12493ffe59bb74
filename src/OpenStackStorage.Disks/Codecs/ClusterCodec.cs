namespace OpenStackStorage.Disks;

/// <summary>Compresses and decompresses one cluster at a time. Instances may be used from several threads at once.</summary>
internal abstract class ClusterCodec
{
    public abstract string Name { get; }

    public static ClusterCodec Get(CompressionType type) => type == CompressionType.Zstd ? ZstdCodec.Instance : DeflateCodec.Instance;

    /// <summary>Levels that the codec takes, the default among them.</summary>
    public abstract (int Minimum, int Maximum, int Default) Levels { get; }

    /// <summary>Throws when this system can't compress with the codec. Every system can decompress.</summary>
    public virtual void RequireCompressor()
    {
    }

    /// <summary>Fills the cluster. Bytes of <paramref name="stored"/> after the stream are ignored.</summary>
    /// <returns>Null, or what is wrong with the stream.</returns>
    public abstract string? TryDecompress(ReadOnlySpan<byte> stored, Span<byte> cluster);

    /// <summary>Compresses into <paramref name="target"/>; 0 when it does not fit there.</summary>
    public abstract int Compress(ReadOnlySpan<byte> cluster, Span<byte> target, int level);
}
