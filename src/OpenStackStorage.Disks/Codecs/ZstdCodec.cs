using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// Zstandard, as qcow2's compression type 1. Clusters are read by <see cref="ZstdDecoder"/>, on every system; they are
/// written by the system's libzstd (1.4 or later).
/// </summary>
internal sealed unsafe partial class ZstdCodec : ClusterCodec
{
    private const int CompressionLevelParameter = 100; // ZSTD_c_compressionLevel

    private static readonly Lazy<nint> Library = new(Load);

    private readonly ConcurrentBag<Compressor> _compressors = [];
    private readonly ConcurrentBag<ZstdDecoder> _decoders = [];

    public static ZstdCodec Instance { get; } = new();

    public override string Name => "zstd";

    public override (int Minimum, int Maximum, int Default) Levels => (1, 22, 3);

    /// <summary>Whether clusters can be compressed.</summary>
    public static bool CanCompress => Library.Value != 0;

    public override void RequireCompressor()
    {
        if (!CanCompress)
        {
            throw new StorageException(ErrorIds.ImageFeatureNotSupported,
                "Compressing with zstd needs the system's zstd library, which was not found (libzstd.so.1, libzstd.dylib or libzstd.dll).")
            {
                Found = "no libzstd",
                Expected = "libzstd 1.4 or later",
                Remedy = "Install zstd (Debian: libzstd1, macOS: brew install zstd), or use -CompressionType Zlib.",
            };
        }
    }

    public override string? TryDecompress(ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        ZstdDecoder decoder = _decoders.TryTake(out ZstdDecoder? idle) ? idle : new ZstdDecoder();
        try
        {
            return decoder.TryDecode(stored, cluster);
        }
        finally
        {
            _decoders.Add(decoder);
        }
    }

    public override int Compress(ReadOnlySpan<byte> cluster, Span<byte> target, int level)
    {
        RequireCompressor();
        Compressor compressor = _compressors.TryTake(out Compressor? idle) ? idle : new Compressor();
        try
        {
            SetCompressor(compressor.Handle, CompressionLevelParameter, level);
            fixed (byte* source = cluster)
            fixed (byte* sink = target)
            {
                nuint result = Compress2(compressor.Handle, sink, (nuint)target.Length, source, (nuint)cluster.Length);
                return IsError(result) != 0 ? 0 : (int)result; // the only error of a valid call is a target that is too small
            }
        }
        finally
        {
            _compressors.Add(compressor);
        }
    }

    private static nint Load()
    {
        foreach (string name in new[] { "libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd.dll", "libzstd" })
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
                continue;
            NativeLibrary.SetDllImportResolver(typeof(ZstdCodec).Assembly, (wanted, _, _) => wanted == "zstd" ? library : 0);
            return library;
        }

        return 0;
    }

    private sealed class Compressor
    {
        ~Compressor() => FreeCompressor(Handle);

        public nint Handle { get; } = CreateCompressor();
    }

    [LibraryImport("zstd", EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateCompressor();

    [LibraryImport("zstd", EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressor(nint context);

    [LibraryImport("zstd", EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nuint SetCompressor(nint context, int parameter, int value);

    [LibraryImport("zstd", EntryPoint = "ZSTD_compress2")]
    private static partial nuint Compress2(nint context, byte* target, nuint targetSize, byte* source, nuint sourceSize);

    [LibraryImport("zstd", EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);
}
