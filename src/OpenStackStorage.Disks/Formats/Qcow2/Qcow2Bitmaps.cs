using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>One entry of the bitmap directory. Source: qcow2.rst, "Bitmaps".</summary>
internal readonly record struct Qcow2Bitmap(long EntryOffset, string Name, ulong TableOffset, uint TableSize, byte GranularityBits)
{
    private const int FixedLength = 24;

    /// <summary>Reads the directory entry by entry.</summary>
    public static IEnumerable<Qcow2Bitmap> ReadAll(BlockDevice device, Qcow2Header header, Qcow2BitmapsExtension extension)
    {
        long offset = (long)extension.DirectoryOffset;
        long end = offset + (long)extension.DirectorySize;
        byte[] head = new byte[FixedLength];
        byte[] rest = new byte[2 * ushort.MaxValue];
        for (int index = 0; index < extension.Count; index++)
        {
            if (offset + FixedLength > end)
                throw new ImageFormatException(device, offset, $"bitmap directory entry {index}", "the directory's end", $"{extension.Count} entries in {extension.DirectorySize} bytes");
            device.Read(new HostOffset(offset), head);
            ulong table = BinaryPrimitives.ReadUInt64BigEndian(head);                 // bytes 0-7
            uint tableSize = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(8));    // 8-11
            byte granularity = head[17];                                              // 17
            int nameLength = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(18));   // 18-19
            uint extra = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(20));       // 20-23
            long length = FixedLength + extra + nameLength;
            if (nameLength is 0 or > 1023 || offset + length > end)
                throw new ImageFormatException(device, offset + 18, $"bitmap directory entry {index}, name_size", $"{nameLength}", "1 to 1023, inside the directory");
            if (granularity is < 9 or > 31)
                throw new ImageFormatException(device, offset + 17, $"bitmap directory entry {index}, granularity_bits", $"{granularity}", "9 to 31");
            header.RequireTable(device, table, tableSize * 8L, offset, $"bitmap directory entry {index}, bitmap_table_offset", mayBeEmpty: true);
            device.Read(new HostOffset(offset + FixedLength + extra), rest.AsSpan(0, nameLength));
            yield return new Qcow2Bitmap(offset, Encoding.UTF8.GetString(rest, 0, nameLength), table, tableSize, granularity);
            offset += (length + 7) & ~7L;
        }
    }

    public static IReadOnlyList<string> ReadNames(BlockDevice device, Qcow2Header header, Qcow2BitmapsExtension extension) =>
        [.. ReadAll(device, header, extension).Select(bitmap => bitmap.Name)];
}
