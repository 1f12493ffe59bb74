using System.Buffers.Binary;
using System.Text;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// The files in an OVA: a tar archive (DMTF DSP0243, "Distribution as a single file"; POSIX.1-2008, "ustar"). Unlike
/// System.Formats.Tar it holds no more than a few KiB, however large an archive says its headers are.
/// </summary>
internal static class OvaArchive
{
    private const int Block = 512;
    private const int MaximumFiles = 10_000;
    private const int MaximumExtension = 64 << 10;
    private const int SizeOffset = 124; // 12 bytes, octal, or base 256 when bit 7 of the first is set
    private const int ChecksumOffset = 148; // 8 bytes, octal; counted as spaces
    private const int TypeOffset = 156;
    private const int MagicOffset = 257;

    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageFormatMismatch"/> for what is no sound archive; <see cref="ErrorIds.ImageUnsafe"/> for links and devices in it.</exception>
    public static IEnumerable<BlockDevice> Files(BlockDevice data)
    {
        byte[] header = new byte[Block];
        int count = 0;
        for (long at = 0; ;)
        {
            data.ReadPadded(new HostOffset(at), header);
            if (at > 0 && !header.AsSpan().ContainsAnyExcept((byte)0))
                yield break;
            long size = ReadHeader(data, header, at);
            if (++count > MaximumFiles)
                throw Malformed(data, at, $"more than {MaximumFiles} files");
            char type = (char)header[TypeOffset];
            if (type is '0' or '\0' or '7')
                yield return new PartOfDevice(data, at + Block, size, Name(header));
            else if (type is 'x' or 'g')
                RequireNoSize(data, at + Block, size);
            else if (type is not ('5' or 'L'))
                throw Unsafe(data, at, header);
            at += Block + (size + Block - 1) / Block * Block;
        }
    }

    private static long ReadHeader(BlockDevice data, byte[] header, long at)
    {
        if (!header.AsSpan(MagicOffset).StartsWith("ustar"u8))
            throw Malformed(data, at, "no tar header");
        int sum = 0;
        for (int i = 0; i < Block; i++)
            sum += i is >= ChecksumOffset and < ChecksumOffset + 8 ? ' ' : header[i];
        if (Octal(header.AsSpan(ChecksumOffset, 8)) != sum)
            throw Malformed(data, at + ChecksumOffset, "a tar header with a wrong checksum");
        long? size = (header[SizeOffset] & 0x80) != 0
            ? BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(SizeOffset + 4))
            : Octal(header.AsSpan(SizeOffset, 12));
        return size is >= 0 && size <= data.Length - at - Block
            ? size.Value
            : throw Malformed(data, at + SizeOffset, "a file that ends beyond the archive");
    }

    /// <summary>A size in an extended header would take the place of the header's own.</summary>
    private static void RequireNoSize(BlockDevice data, long at, long size)
    {
        if (size > MaximumExtension)
            throw Malformed(data, at, $"an extended header of {size} bytes");
        byte[] text = new byte[size];
        data.Read(new HostOffset(at), text);
        if (text.AsSpan().IndexOf(" size="u8) >= 0)
            throw Malformed(data, at, "an extended header that changes a file's size");
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        long value = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
                return null;
            value = value << 3 | (uint)(digit - '0');
        }

        return value;
    }

    private static string Name(byte[] header) => Encoding.UTF8.GetString(header, 0, 100).TrimEnd('\0');

    private static ServiceException Malformed(BlockDevice data, long at, string found) =>
        new(ErrorIds.ImageFormatMismatch, $"The data is no ova archive: {found} at byte {at}.")
        {
            Target = data.Path,
            Found = found,
            Expected = "a tar archive",
        };

    private static ServiceException Unsafe(BlockDevice data, long at, byte[] header) =>
        new(ErrorIds.ImageUnsafe, $"The archive holds '{Name(header)}', which is a link or a device, at byte {at}.")
        {
            Target = data.Path,
            Found = $"tar entry type '{(char)header[TypeOffset]}'",
            Expected = "regular files",
        };
}
