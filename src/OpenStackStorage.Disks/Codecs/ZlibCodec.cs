using System.Buffers.Binary;
using System.IO.Compression;

namespace OpenStackStorage.Disks;

/// <summary>RFC 1950: deflate between a header of 2 bytes and an Adler-32, as VMDK's compressed grains have it.</summary>
internal static class ZlibCodec
{
    /// <summary>Bytes that one stored block of deflate holds at most (RFC 1951, section 3.2.4).</summary>
    private const int StoredBlock = 65535;

    private const int Header = 2;
    private const int StoredBlockHeader = 5;
    private const int Trailer = 4;

    /// <summary>Decompresses a whole stream into the start of <paramref name="target"/>; the checksum is verified.</summary>
    /// <param name="length">Bytes that came out.</param>
    /// <returns>Null, or what is wrong with the stream.</returns>
    public static unsafe string? TryDecompress(ReadOnlySpan<byte> stored, Span<byte> target, out int length)
    {
        length = 0;
        fixed (byte* source = stored)
        {
            using SpanStream input = new(source, stored.Length);
            using ZLibStream inflater = new(input, CompressionMode.Decompress, leaveOpen: true);
            try
            {
                while (length < target.Length)
                {
                    int read = inflater.Read(target[length..]);
                    if (read == 0)
                        return null;
                    length += read;
                }

                Span<byte> beyond = stackalloc byte[1];
                return inflater.Read(beyond) == 0 ? null : $"a stream of more than {target.Length} bytes";
            }
            catch (InvalidDataException)
            {
                return "bytes that are no zlib stream";
            }
        }
    }

    /// <summary>Compresses into <paramref name="target"/>; 0 when it does not fit there.</summary>
    public static unsafe int Compress(ReadOnlySpan<byte> bytes, Span<byte> target, int level)
    {
        fixed (byte* sink = target)
        {
            using SpanStream output = new(sink, target.Length);
            using (ZLibStream deflater = new(output, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
                deflater.Write(bytes);
            return output.Overflowed ? 0 : (int)output.Position;
        }
    }

    /// <summary>Bytes that <see cref="Store"/> makes of so many.</summary>
    public static int StoredLength(int length) => Header + length + ((length + StoredBlock - 1) / StoredBlock * StoredBlockHeader) + Trailer;

    /// <summary>Wraps bytes that do not compress: a stream of stored blocks.</summary>
    public static void Store(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        uint checksum = Adler32.Compute(bytes);
        target[0] = 0x78; // deflate, window of 32 KiB
        target[1] = 0x01; // fastest level; makes the two bytes a multiple of 31
        target = target[Header..];
        while (!bytes.IsEmpty)
        {
            int length = Math.Min(StoredBlock, bytes.Length);
            target[0] = (byte)(length == bytes.Length ? 1 : 0); // the last block
            BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)length);
            BinaryPrimitives.WriteUInt16LittleEndian(target[3..], (ushort)~length);
            bytes[..length].CopyTo(target[StoredBlockHeader..]);
            bytes = bytes[length..];
            target = target[(StoredBlockHeader + length)..];
        }

        BinaryPrimitives.WriteUInt32BigEndian(target, checksum);
    }
}
