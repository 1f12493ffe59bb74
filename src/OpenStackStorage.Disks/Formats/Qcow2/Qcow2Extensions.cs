using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>What follows the fixed header in the first cluster. Source: qcow2.rst, "Header extensions".</summary>
internal sealed record Qcow2Extensions
{
    public const uint End = 0;
    public const uint BackingFormatType = 0xE2792ACA;
    public const uint FeatureNamesType = 0x6803F857;
    public const uint BitmapsType = 0x23852875;
    public const uint EncryptionType = 0x0537BE77;
    public const uint DataFileType = 0x44415441;

    private const int FeatureEntryLength = 48;

    /// <summary>qemu: sizeof(bs->backing_format), 16, with the final NUL.</summary>
    private const int MaximumFormatName = 15;

    /// <summary>Linux: PATH_MAX, 4096, with the final NUL. The specification sets no limit, but a longer name can't be opened.</summary>
    private const int MaximumFileName = 4095;

    public string? BackingFile { get; init; }

    public string? BackingFormat { get; init; }

    public string? DataFile { get; init; }

    /// <summary>Names that the image's writer gave to incompatible feature bits.</summary>
    public Dictionary<int, string> IncompatibleNames { get; init; } = [];

    public Qcow2BitmapsExtension? Bitmaps { get; init; }

    /// <summary>Where the LUKS header lies; null without one.</summary>
    public (long Offset, long Length)? EncryptionHeader { get; init; }

    /// <summary>Reads the extensions of a header that was validated.</summary>
    public static Qcow2Extensions Read(BlockDevice device, in Qcow2Header header)
    {
        byte[] cluster = new byte[(int)Math.Min(header.ClusterSize, device.Length)];
        device.Read(default, cluster);
        Qcow2Extensions result = new();
        int areaEnd = header.BackingFileOffset != 0 ? (int)header.BackingFileOffset : cluster.Length;
        if (header.BackingFileOffset != 0)
        {
            if (header.BackingFileOffset + header.BackingFileSize > (ulong)cluster.Length)
                throw new ImageFormatException(device, 8, "backing_file_offset", $"{header.BackingFileOffset}", "a name inside the file");
            result = result with { BackingFile = Text(cluster.AsSpan(areaEnd, (int)header.BackingFileSize)) };
        }

        // Version 2 files have extensions too, right after 72 bytes.
        HashSet<uint> seen = [];
        for (int offset = (int)header.HeaderLength; offset + 8 <= areaEnd;)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(cluster.AsSpan(offset));
            uint length = BinaryPrimitives.ReadUInt32BigEndian(cluster.AsSpan(offset + 4));
            if (type == End)
                break;
            if (length > areaEnd - offset - 8)
            {
                throw new ImageFormatException(device, offset + 4, $"length of header extension 0x{type:x8}", $"{length}",
                    $"at most {areaEnd - offset - 8} bytes, the rest of the extension area");
            }

            // Of two extensions of one type, readers disagree on which holds: that is how an inspector is misled.
            if ((type is BackingFormatType or FeatureNamesType or BitmapsType or EncryptionType or DataFileType) && !seen.Add(type))
                throw new ImageFormatException(device, offset, $"header extension 0x{type:x8}", "a second one", "each type at most once");
            result = result.With(device, header, type, cluster.AsSpan(offset + 8, (int)length), offset);
            offset += 8 + (((int)length + 7) & ~7);
        }

        if (header.CryptMethod == 2 && result.EncryptionHeader is null)
        {
            throw new ImageFormatException(device, 32, "crypt_method", "2 (LUKS) without the full disk encryption header extension",
                "the extension 0x0537be77");
        }

        if (header.CryptMethod != 2 && result.EncryptionHeader is not null)
        {
            throw new ImageFormatException(device, 32, "crypt_method", $"{header.CryptMethod} with the full disk encryption header extension",
                "2 (LUKS), or no extension 0x0537be77");
        }

        if (header.Incompatible.HasFlag(Qcow2Incompatible.ExternalDataFile) && string.IsNullOrEmpty(result.DataFile))
            throw new ImageFormatException(device, 72, "incompatible_features", "bit 2 without a data file name", "the extension 0x44415441");
        return result;
    }

    /// <summary>Encodes the extensions that a new image has, with the end marker. Multiples of 8 bytes.</summary>
    public byte[] ToBytes(bool version3)
    {
        using MemoryStream stream = new();
        if (BackingFormat is not null)
            Add(BackingFormatType, Encoding.UTF8.GetBytes(BackingFormat));
        if (version3)
            Add(FeatureNamesType, FeatureNames());
        Add(End, []);
        return stream.ToArray();

        void Add(uint type, ReadOnlySpan<byte> data)
        {
            Span<byte> head = stackalloc byte[8];
            BinaryPrimitives.WriteUInt32BigEndian(head, type);
            BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)data.Length);
            stream.Write(head);
            stream.Write(data);
            while (stream.Length % 8 != 0)
                stream.WriteByte(0);
        }
    }

    private Qcow2Extensions With(BlockDevice device, in Qcow2Header header, uint type, ReadOnlySpan<byte> data, int offset)
    {
        int length = data.Length;
        switch (type)
        {
            case BackingFormatType:
                RequireLength(MaximumFormatName, "backing file format name");
                return this with { BackingFormat = Text(data) };
            case DataFileType:
                RequireLength(MaximumFileName, "external data file name");
                return this with { DataFile = Text(data) };
            case FeatureNamesType:
                for (; data.Length >= FeatureEntryLength; data = data[FeatureEntryLength..])
                {
                    if (data[0] == 0)
                        IncompatibleNames[data[1]] = Text(data[2..FeatureEntryLength].TrimEnd((byte)0));
                }

                return this;
            case BitmapsType:
                // Without autoclear bit 0, a program that did not know bitmaps has written to the image: they mean nothing.
                return (header.Autoclear & 1) == 0 ? this : this with { Bitmaps = Qcow2BitmapsExtension.Parse(device, header, data, offset) };
            case EncryptionType:
                if (data.Length != 16)
                    throw new ImageFormatException(device, offset + 4, "length of the encryption header extension", $"{data.Length}", "16");
                ulong start = BinaryPrimitives.ReadUInt64BigEndian(data);
                ulong bytes = BinaryPrimitives.ReadUInt64BigEndian(data[8..]);
                header.RequireTable(device, start, (long)Math.Min(bytes, long.MaxValue), offset + 8, "encryption header offset", mayBeEmpty: false);
                return this with { EncryptionHeader = ((long)start, (long)bytes) };
            default:
                return this; // unknown extensions may be ignored
        }

        void RequireLength(int maximum, string what)
        {
            if (length > maximum)
                throw new ImageFormatException(device, offset + 4, $"length of the {what}", $"{length}", $"at most {maximum}");
        }
    }

    private static byte[] FeatureNames()
    {
        (byte Type, byte Bit, string Name)[] names =
        [
            (0, 0, "dirty bit"), (0, 1, "corrupt bit"), (0, 2, "external data file"), (0, 3, "compression type"), (0, 4, "extended L2 entries"),
            (1, 0, "lazy refcounts"), (2, 0, "bitmaps"), (2, 1, "raw external data"),
        ];
        byte[] bytes = new byte[names.Length * FeatureEntryLength];
        for (int i = 0; i < names.Length; i++)
        {
            bytes[i * FeatureEntryLength] = names[i].Type;
            bytes[(i * FeatureEntryLength) + 1] = names[i].Bit;
            Encoding.ASCII.GetBytes(names[i].Name, bytes.AsSpan((i * FeatureEntryLength) + 2));
        }

        return bytes;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}

/// <summary>The bitmaps extension: 24 bytes that point to the bitmap directory.</summary>
internal readonly record struct Qcow2BitmapsExtension(uint Count, ulong DirectorySize, ulong DirectoryOffset)
{
    public static Qcow2BitmapsExtension Parse(BlockDevice device, in Qcow2Header header, ReadOnlySpan<byte> data, int offset)
    {
        if (data.Length != 24)
            throw new ImageFormatException(device, offset + 4, "length of the bitmaps extension", $"{data.Length}", "24");
        uint reserved = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (reserved != 0)
            throw new ImageFormatException(device, offset + 12, "reserved bytes of the bitmaps extension", $"{reserved}", "0");
        Qcow2BitmapsExtension result = new(
            BinaryPrimitives.ReadUInt32BigEndian(data),
            BinaryPrimitives.ReadUInt64BigEndian(data[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(data[16..]));
        // qemu's limits: 65535 bitmaps, 1024 bytes of name a bitmap (block/qcow2.h, QCOW2_MAX_BITMAPS).
        if (result.Count is 0 or > 65535)
            throw new ImageFormatException(device, offset + 8, "nb_bitmaps", $"{result.Count}", "1 to 65535");
        if (result.DirectorySize > 65535UL * 1064)
            throw new ImageFormatException(device, offset + 16, "bitmap_directory_size", $"{result.DirectorySize}", "at most 69729240");
        header.RequireTable(device, result.DirectoryOffset, (long)result.DirectorySize, offset + 24, "bitmap_directory_offset", mayBeEmpty: false);
        return result;
    }
}
