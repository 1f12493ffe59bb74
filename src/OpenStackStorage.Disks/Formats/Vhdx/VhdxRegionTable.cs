using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>A part of the file that is taken: the log, or a region of the region table.</summary>
/// <param name="Name">The name in messages.</param>
internal readonly record struct VhdxRegion(Guid Id, string Name, long Offset, long Length)
{
    public long End => Offset + Length;
}

/// <summary>The region table: where BAT and metadata lie. Source: [MS-VHDX] 2.2.3; 64 KiB, in two copies.</summary>
internal sealed class VhdxRegionTable
{
    public const int Length = 64 << 10;
    public const long FirstOffset = 192 << 10;
    public const long SecondOffset = 256 << 10;

    private const int HeaderLength = 16; // signature 4, checksum 4, entry count 4, reserved 4
    private const int EntryLength = 32; // id 16, offset 8, length 4, required 4
    private const int MaximumEntries = 2047;
    private const int ChecksumOffset = 4;

    public static readonly Guid BatId = new("2DC27766-F623-4200-9D64-115E9BFD4A08");
    public static readonly Guid MetadataId = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");

    private readonly VhdxRegion[] _taken;

    private VhdxRegionTable(VhdxRegion[] taken)
    {
        _taken = taken;
        Bat = taken.First(region => region.Id == BatId);
        Metadata = taken.First(region => region.Id == MetadataId);
    }

    public static ReadOnlySpan<byte> Signature => "regi"u8;

    public VhdxRegion Bat { get; }

    public VhdxRegion Metadata { get; }

    /// <summary>Header section, log and all regions, by offset.</summary>
    public IReadOnlyList<VhdxRegion> Taken => _taken;

    /// <param name="content">The file as it is once the log is replayed.</param>
    public static VhdxRegionTable Read(BlockDevice content, in VhdxHeader header)
    {
        byte[] table = new byte[Length];
        long offset = FirstOffset;
        if (!TryRead(content, FirstOffset, table))
        {
            offset = SecondOffset;
            if (!TryRead(content, SecondOffset, table))
                throw new ImageFormatException(content, FirstOffset, "region table", "no copy whose signature and CRC-32C are right", $"one at {FirstOffset} or {SecondOffset}");
        }

        List<VhdxRegion> taken = [new VhdxRegion(Guid.Empty, "header section", 0, VhdxHeader.SectionLength)];
        if (header.LogLength > 0)
            taken.Add(new VhdxRegion(Guid.Empty, "log", (long)header.LogOffset, header.LogLength));
        ReadEntries(content, offset, table, taken);
        taken.Sort((left, right) => left.Offset.CompareTo(right.Offset));
        for (int i = 1; i < taken.Count; i++)
        {
            if (taken[i].Offset < taken[i - 1].End)
                throw new ImageFormatException(content, offset, "region table", $"the {taken[i].Name} at {taken[i].Offset} over the {taken[i - 1].Name}", "regions that do not overlap");
        }

        Require(content, offset, taken, BatId, "BAT region");
        Require(content, offset, taken, MetadataId, "metadata region");
        return new VhdxRegionTable([.. taken]);
    }

    /// <summary>Reads one copy of the table; false when signature or checksum are wrong.</summary>
    public static bool TryRead(BlockDevice content, long offset, Span<byte> table)
    {
        content.ReadPadded(new HostOffset(offset), table[..Length]);
        return table.StartsWith(Signature)
            && BinaryPrimitives.ReadUInt32LittleEndian(table[ChecksumOffset..]) == Crc32C.ComputeAround(table[..Length], ChecksumOffset);
    }

    /// <param name="table">64 KiB of zeroes.</param>
    public static void Write(Span<byte> table, params ReadOnlySpan<VhdxRegion> regions)
    {
        Signature.CopyTo(table);
        BinaryPrimitives.WriteUInt32LittleEndian(table[8..], (uint)regions.Length);
        for (int i = 0; i < regions.Length; i++)
        {
            Span<byte> entry = table.Slice(HeaderLength + (i * EntryLength), EntryLength);
            regions[i].Id.TryWriteBytes(entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], regions[i].Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], (uint)regions[i].Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[28..], 1);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(table[ChecksumOffset..], Crc32C.ComputeAround(table, ChecksumOffset));
    }

    /// <summary>The table of a file with one region at another place; all else stays, also regions that are not known.</summary>
    public static byte[] Moved(BlockDevice content, Guid id, long newOffset, long newLength)
    {
        byte[] table = new byte[Length];
        if (!TryRead(content, FirstOffset, table))
            TryRead(content, SecondOffset, table);
        for (int at = HeaderLength; at <= table.Length - EntryLength; at += EntryLength)
        {
            Span<byte> entry = table.AsSpan(at, EntryLength);
            if (new Guid(entry[..16]) != id)
                continue;
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], newOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], (uint)newLength);
            break;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(ChecksumOffset), Crc32C.ComputeAround(table, ChecksumOffset));
        return table;
    }

    /// <summary>The part of the file that a range lies over; null when it is free for blocks.</summary>
    public string? Overlap(long offset, long length)
    {
        foreach (VhdxRegion region in _taken)
        {
            if (offset < region.End && region.Offset - offset < length)
                return region.Name;
        }

        return null;
    }

    private static void ReadEntries(BlockDevice content, long offset, ReadOnlySpan<byte> table, List<VhdxRegion> taken)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(table[8..]);
        if (count > MaximumEntries)
            throw new ImageFormatException(content, offset + 8, "region table EntryCount", $"{count}", $"at most {MaximumEntries}");
        List<string> unknown = [];
        HashSet<Guid> ids = [];
        for (int i = 0; i < count; i++)
        {
            int at = HeaderLength + (i * EntryLength);
            ReadOnlySpan<byte> entry = table.Slice(at, EntryLength);
            Guid id = new(entry[..16]);
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
            string name = id == BatId ? "BAT region" : id == MetadataId ? "metadata region" : $"region {id}";
            if (!ids.Add(id))
                throw new ImageFormatException(content, offset + at, $"region table entry {i} Guid", $"{id} a second time", "each id once");
            if (start % VhdxHeader.Unit != 0 || start < VhdxHeader.SectionLength || start > (ulong)content.Length)
                throw new ImageFormatException(content, offset + at + 16, $"{name} FileOffset", $"{start}", $"a multiple of 1 MiB from 1 MiB, inside the file of {content.Length} bytes");
            if (length % VhdxHeader.Unit != 0 || length == 0 || (ulong)content.Length - start < length)
                throw new ImageFormatException(content, offset + at + 24, $"{name} Length", $"{length} at {start}", $"a multiple of 1 MiB, inside the file of {content.Length} bytes");
            if (id != BatId && id != MetadataId && (BinaryPrimitives.ReadUInt32LittleEndian(entry[28..]) & 1) != 0)
                unknown.Add($"{name} (region table entry {i} at byte {offset + at})");
            taken.Add(new VhdxRegion(id, name, (long)start, length));
        }

        if (unknown.Count > 0)
            throw new ImageFeatureException(content, unknown);
    }

    private static void Require(BlockDevice content, long offset, List<VhdxRegion> taken, Guid id, string name)
    {
        if (!taken.Exists(region => region.Id == id))
            throw new ImageFormatException(content, offset + 8, "region table", $"no {name}", "one");
    }
}
