using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>An L1 table, read whole and held against the rest of the file once, so that mapping can trust it.</summary>
internal sealed class Qcow2L1Table
{
    private readonly ulong[] _entries;

    private Qcow2L1Table(ulong[] entries) => _entries = entries;

    public int Length => _entries.Length;

    /// <summary>Host offset of the L2 table; 0 when the range is unallocated.</summary>
    public long this[int index] => (long)(_entries[index] & Qcow2Entry.OffsetMask);

    /// <summary>Reads the entries that <paramref name="size"/> bytes of disk need.</summary>
    /// <exception cref="ImageFormatException">An entry has reserved bits, or its L2 table is misplaced, shared or overlaps other metadata.</exception>
    public static Qcow2L1Table Read(BlockDevice device, in Qcow2Header header, ulong offset, long size)
    {
        ulong[] entries = ReadEntries(device, offset, (int)header.RequiredL1Entries(size));
        Qcow2MetadataMap metadata = new(device, header);
        for (int i = 0; i < entries.Length; i++)
        {
            long table = (long)(entries[i] & Qcow2Entry.OffsetMask);
            if ((entries[i] & Qcow2Entry.L1Reserved) != 0)
                throw Corrupt(i, $"0x{entries[i]:x16}", "bits 0-8 and 56-62 to be 0");
            if (table == 0)
                continue;
            if (table % header.ClusterSize != 0 || table + header.ClusterSize > device.Length)
                throw Corrupt(i, $"an L2 table at {table}", $"a multiple of {header.ClusterSize} inside the file of {device.Length} bytes");
            if (metadata.Overlap(table, header.ClusterSize) is { } other)
                throw Corrupt(i, $"an L2 table at {table}, over the {other}", "a cluster of its own");
        }

        int[] repeated = Qcow2Entry.Repeated(entries, Qcow2Entry.OffsetMask);
        if (repeated.Length > 0)
            throw Corrupt(repeated[0], $"an L2 table at {(long)(entries[repeated[0]] & Qcow2Entry.OffsetMask)}, which another entry has too", "a table of its own");
        return new Qcow2L1Table(entries);

        ImageFormatException Corrupt(int index, string found, string expected) =>
            new(device, (long)offset + (index * 8L), $"L1 entry {index}", found, expected);
    }

    /// <summary>Reads entries as they are.</summary>
    public static ulong[] ReadEntries(BlockDevice device, ulong offset, int count)
    {
        ulong[] entries = new ulong[count];
        if (count == 0)
            return entries; // the offset of an empty table was not judged
        device.Read(new HostOffset((long)offset), MemoryMarshal.AsBytes(entries.AsSpan()));
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(entries, entries);
        return entries;
    }
}

/// <summary>Where the header's own structures lie: nothing else may point there.</summary>
internal readonly struct Qcow2MetadataMap(BlockDevice device, in Qcow2Header header)
{
    private readonly Qcow2Header _header = header;

    public BlockDevice Device => device;

    /// <summary>The structure that a range of the file touches; null when it touches none.</summary>
    public string? Overlap(long offset, long length)
    {
        long end = offset + length;
        if (offset < _header.ClusterSize)
            return "header";
        if (Touches(_header.L1TableOffset, _header.L1Size * 8L))
            return "L1 table";
        if (Touches(_header.RefcountTableOffset, (long)_header.RefcountTableClusters << (int)_header.ClusterBits))
            return "refcount table";
        return _header.SnapshotCount > 0 && Touches(_header.SnapshotsOffset, _header.SnapshotCount * 40L) ? "snapshot table" : null;

        bool Touches(ulong start, long bytes) => bytes > 0 && (long)start < end && offset < (long)start + bytes;
    }
}
