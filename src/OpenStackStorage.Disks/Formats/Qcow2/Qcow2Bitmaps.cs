using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks;

/// <summary>One entry of the bitmap directory. Source: qcow2.rst, "Bitmaps".</summary>
internal readonly record struct Qcow2Bitmap(
    long EntryOffset, string Name, ulong TableOffset, uint TableSize, uint Flags, byte Type, byte GranularityBits, uint ExtraLength, int NameLength)
{
    private const int FixedLength = 24;
    private const uint InUse = 1;
    private const uint Auto = 2;
    private const uint KnownFlags = 7; // in_use, auto, extra_data_compatible
    private const int MaximumNameLength = 1023; // qemu: BME_MAX_NAME_SIZE

    /// <summary>Bits of a bitmap table entry that must be 0: 1-8 and 56-63, and with an offset bit 0 too.</summary>
    private const ulong ReservedTableBits = 0xFF00_0000_0000_01FE;

    /// <summary>Bytes of the entry without its padding.</summary>
    private long Length => FixedLength + (long)ExtraLength + NameLength;

    /// <summary>Reads the directory entry by entry.</summary>
    public static IEnumerable<Qcow2Bitmap> ReadAll(BlockDevice device, Qcow2Header header, Qcow2BitmapsExtension extension)
    {
        long offset = (long)extension.DirectoryOffset;
        long end = offset + (long)extension.DirectorySize;
        byte[] bytes = new byte[MaximumNameLength];
        for (int index = 0; index < extension.Count; index++)
        {
            if (offset + FixedLength > end)
                throw new ImageFormatException(device, offset, $"bitmap directory entry {index}", "the directory's end", $"{extension.Count} entries in {extension.DirectorySize} bytes");
            device.Read(new HostOffset(offset), bytes.AsSpan(0, FixedLength));
            Qcow2Bitmap bitmap = Parse(bytes, offset);
            bitmap.Validate(device, header, index, end);
            device.Read(new HostOffset(offset + FixedLength + bitmap.ExtraLength), bytes.AsSpan(0, bitmap.NameLength));
            yield return bitmap with { Name = Encoding.UTF8.GetString(bytes, 0, bitmap.NameLength) };
            offset += (bitmap.Length + 7) & ~7L;
        }
    }

    public static IReadOnlyList<string> ReadNames(BlockDevice device, Qcow2Header header, Qcow2BitmapsExtension extension) =>
        [.. ReadAll(device, header, extension).Select(bitmap => bitmap.Name)];

    /// <summary>
    /// Says on the disk that the bitmap may be out of date, unless it says so already. It stays well-formed and listed;
    /// only its content is not to be relied on.
    /// </summary>
    /// <param name="all">Also bitmaps that do not follow the guest's writes; otherwise those with the flag "auto" only.</param>
    public bool MarkInUse(BlockDevice device, bool all)
    {
        if ((Flags & InUse) != 0 || !(all || (Flags & Auto) != 0))
            return false;
        Span<byte> flags = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(flags, Flags | InUse);
        device.Write(new HostOffset(EntryOffset + 12), flags); // bytes 12-15
        return true;
    }

    /// <summary>Where a bitmap's data cluster lies by its table entry; 0 when none is stored.</summary>
    /// <returns>False when reserved bits are set.</returns>
    public static bool TryDecodeTableEntry(ulong entry, out long offset)
    {
        offset = (long)(entry & Qcow2Entry.OffsetMask);
        return (entry & (ReservedTableBits | (offset == 0 ? 0UL : 1))) == 0;
    }

    private static Qcow2Bitmap Parse(ReadOnlySpan<byte> bytes, long offset) => new(
        offset,
        "",
        BinaryPrimitives.ReadUInt64BigEndian(bytes),        // bytes 0-7
        BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),   // 8-11
        BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]),  // 12-15
        bytes[16],
        bytes[17],
        BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]),  // 20-23
        BinaryPrimitives.ReadUInt16BigEndian(bytes[18..])); // 18-19

    private void Validate(BlockDevice device, in Qcow2Header header, int index, long directoryEnd)
    {
        long entryOffset = EntryOffset; // a local function of a struct can't use its members
        Require(NameLength is > 0 and <= MaximumNameLength, 18, "name_size", NameLength, "1 to 1023");
        Require(EntryOffset + Length <= directoryEnd, 20, "extra_data_size", ExtraLength, "an entry inside the directory");
        Require((Flags & ~KnownFlags) == 0, 12, "flags", Flags, "bits 3-31 to be 0");
        Require(Type == 1, 16, "type", Type, "1 (dirty tracking bitmap)");
        Require(GranularityBits is >= 9 and <= 31, 17, "granularity_bits", GranularityBits, "9 to 31");
        header.RequireTable(device, TableOffset, TableSize * 8L, EntryOffset, $"bitmap directory entry {index}, bitmap_table_offset", mayBeEmpty: true);

        void Require(bool holds, int fieldOffset, string field, long found, string expected)
        {
            if (!holds)
                throw new ImageFormatException(device, entryOffset + fieldOffset, $"bitmap directory entry {index}, {field}", $"{found}", expected);
        }
    }
}
