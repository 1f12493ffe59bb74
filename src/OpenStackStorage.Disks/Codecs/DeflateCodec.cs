using System.IO.Compression;

namespace OpenStackStorage.Disks;

/// <summary>
/// RFC 1951 without a zlib header, as qcow2's compression type 0 has it. .NET writes a 32 KiB window; the qcow2
/// specification sets no limit, and qemu reads it.
/// </summary>
internal sealed class DeflateCodec : ClusterCodec
{
    public static DeflateCodec Instance { get; } = new();

    public override string Name => "zlib";

    // Level 3 of .NET's zlib-ng compresses a little better than the level 6 of the zlib that qemu uses, in a third of the time.
    public override (int Minimum, int Maximum, int Default) Levels => (1, 9, 3);

    public override unsafe string? TryDecompress(ReadOnlySpan<byte> stored, Span<byte> cluster)
    {
        fixed (byte* source = stored)
        {
            using SpanStream input = new(source, stored.Length);
            using DeflateStream inflater = new(input, CompressionMode.Decompress, leaveOpen: true);
            try
            {
                int done = 0;
                while (done < cluster.Length)
                {
                    int read = inflater.Read(cluster[done..]);
                    if (read == 0)
                        return $"a stream that ends after {done} bytes";
                    done += read;
                }

                return null; // "decompression stops when it has produced a cluster of data" (qcow2.rst), so the stream may go on
            }
            catch (InvalidDataException)
            {
                return "bytes that are no deflate stream";
            }
        }
    }

    public override unsafe int Compress(ReadOnlySpan<byte> cluster, Span<byte> target, int level)
    {
        fixed (byte* sink = target)
        {
            using SpanStream output = new(sink, target.Length);
            using (DeflateStream deflater = new(output, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
                deflater.Write(cluster);
            return output.Overflowed ? 0 : (int)output.Position;
        }
    }
}
