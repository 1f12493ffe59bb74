using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// Zstandard through the system's libzstd (1.4 or later), as qcow2's compression type 1. A cluster may consist of several
/// frames; a frame's window is capped at 8 MiB, so that a header can't ask for more memory than that. RFC 8878 (3.1.1.1.2)
/// asks decoders for that much; encoders that are not told the size of their input use windows beyond the cluster.
/// </summary>
internal sealed unsafe partial class ZstdCodec : ClusterCodec
{
    private const int WindowLogMaximum = 100; // ZSTD_d_windowLogMax
    private const int LargestWindowLog = 23;
    private const int CompressionLevelParameter = 100; // ZSTD_c_compressionLevel

    private static readonly Lazy<nint> Library = new(Load);

    private readonly ConcurrentBag<Context> _compressors = [];
    private readonly ConcurrentBag<Context> _decompressors = [];

    public static ZstdCodec Instance { get; } = new();

    public override string Name => "zstd";

    public override (int Minimum, int Maximum, int Default) Levels => (1, 22, 3);

    public static bool IsAvailable => Library.Value != 0;

    public override void RequireAvailable()
    {
        if (!IsAvailable)
        {
            throw new StorageException(ErrorIds.ImageFeatureNotSupported,
                "zstd compression needs the system's zstd library, which was not found (libzstd.so.1, libzstd.dylib or libzstd.dll).")
            {
                Found = "no libzstd",
                Expected = "libzstd 1.4 or later",
                Remedy = "Install zstd (Debian: libzstd1, macOS: brew install zstd), or use -CompressionType Zlib.",
            };
        }
    }

    public override string? TryDecompress(ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        Context context = Rent(_decompressors, compress: false);
        try
        {
            ResetDecompressor(context.Handle, 1);
            SetDecompressor(context.Handle, WindowLogMaximum, LargestWindowLog);
            fixed (byte* source = stored)
            fixed (byte* target = cluster)
            {
                Buffer input = new() { Bytes = source, Size = (nuint)stored.Length };
                Buffer output = new() { Bytes = target, Size = (nuint)cluster.Length };
                while (output.Position < output.Size)
                {
                    nuint before = output.Position + input.Position;
                    nuint result = DecompressStream(context.Handle, ref output, ref input);
                    if (IsError(result) != 0)
                        return $"bytes that are no zstd frame ({Marshal.PtrToStringUTF8(ErrorName(result))})";
                    if (output.Position + input.Position == before)
                        return $"a stream that ends after {output.Position} bytes";
                }

                return null;
            }
        }
        finally
        {
            _decompressors.Add(context);
        }
    }

    public override int Compress(ReadOnlySpan<byte> cluster, Span<byte> target, int level)
    {
        Context context = Rent(_compressors, compress: true);
        try
        {
            SetCompressor(context.Handle, CompressionLevelParameter, level);
            fixed (byte* source = cluster)
            fixed (byte* sink = target)
            {
                nuint result = Compress2(context.Handle, sink, (nuint)target.Length, source, (nuint)cluster.Length);
                return IsError(result) != 0 ? 0 : (int)result; // the only error of a valid call is a target that is too small
            }
        }
        finally
        {
            _compressors.Add(context);
        }
    }

    private Context Rent(ConcurrentBag<Context> pool, bool compress)
    {
        RequireAvailable();
        return pool.TryTake(out Context? context) ? context : new Context(compress);
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

    private sealed class Context(bool compress)
    {
        ~Context()
        {
            if (compress)
                FreeCompressor(Handle);
            else
                FreeDecompressor(Handle);
        }

        public nint Handle { get; } = compress ? CreateCompressor() : CreateDecompressor();
    }

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer of zstd.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Bytes;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport("zstd", EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateCompressor();

    [LibraryImport("zstd", EntryPoint = "ZSTD_freeCCtx")]
    private static partial nuint FreeCompressor(nint context);

    [LibraryImport("zstd", EntryPoint = "ZSTD_CCtx_setParameter")]
    private static partial nuint SetCompressor(nint context, int parameter, int value);

    [LibraryImport("zstd", EntryPoint = "ZSTD_compress2")]
    private static partial nuint Compress2(nint context, byte* target, nuint targetSize, byte* source, nuint sourceSize);

    [LibraryImport("zstd", EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateDecompressor();

    [LibraryImport("zstd", EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeDecompressor(nint context);

    [LibraryImport("zstd", EntryPoint = "ZSTD_DCtx_reset")]
    private static partial nuint ResetDecompressor(nint context, int directive);

    [LibraryImport("zstd", EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetDecompressor(nint context, int parameter, int value);

    [LibraryImport("zstd", EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint DecompressStream(nint context, ref Buffer output, ref Buffer input);

    [LibraryImport("zstd", EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport("zstd", EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint code);
}
