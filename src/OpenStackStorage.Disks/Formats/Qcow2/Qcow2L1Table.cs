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
        ulong[] entries = Qcow2Entry.ReadTable(device, offset, (int)header.RequiredL1Entries(size));
        for (int i = 0; i < entries.Length; i++)
        {
            long table = (long)(entries[i] & Qcow2Entry.OffsetMask);
            if ((entries[i] & Qcow2Entry.L1Reserved) != 0)
                throw Corrupt(i, $"0x{entries[i]:x16}", "bits 0-8 and 56-62 to be 0");
            if (table == 0)
                continue;
            if (table % header.ClusterSize != 0 || table + header.ClusterSize > device.Length)
                throw Corrupt(i, $"an L2 table at {table}", $"a multiple of {header.ClusterSize} inside the file of {device.Length} bytes");
            if (header.Overlap(table, header.ClusterSize) is { } other)
                throw Corrupt(i, $"an L2 table at {table}, over the {other}", "a cluster of its own");
        }

        int[] repeated = Qcow2Entry.Repeated(entries, Qcow2Entry.OffsetMask);
        if (repeated.Length > 0)
            throw Corrupt(repeated[0], $"an L2 table at {(long)(entries[repeated[0]] & Qcow2Entry.OffsetMask)}, which another entry has too", "a table of its own");
        return new Qcow2L1Table(entries);

        ImageFormatException Corrupt(int index, string found, string expected) =>
            new(device, (long)offset + (index * 8L), $"L1 entry {index}", found, expected);
    }
}
