namespace OpenStackStorage.Disks;

/// <summary>An L1 table, read whole and held against the rest of the file once, so that mapping can trust it.</summary>
internal sealed class Qcow2L1Table
{
    private readonly ulong[] _entries;
    private readonly Dictionary<int, ImageFormatException> _problems;

    private Qcow2L1Table(ulong[] entries, Dictionary<int, ImageFormatException> problems) => (_entries, _problems) = (entries, problems);

    public int Length => _entries.Length;

    /// <summary>Host offset of the L2 table; 0 when the range is unallocated.</summary>
    /// <exception cref="ImageFormatException">The entry is bad. Only a table that was read to be salvaged has such entries.</exception>
    public long this[int index] => _problems.GetValueOrDefault(index) is { } problem
        ? throw problem
        : (long)(_entries[index] & Qcow2Entry.OffsetMask);

    public bool IsEmpty(int index) => _entries[index] == 0;

    /// <summary>Reads the entries that <paramref name="size"/> bytes of disk need.</summary>
    /// <param name="salvage">Leave bad entries to whoever asks for them.</param>
    /// <exception cref="ImageFormatException">An entry has reserved bits, or its L2 table is misplaced, shared or overlaps other metadata.</exception>
    public static Qcow2L1Table Read(BlockDevice device, in Qcow2Header header, ulong offset, long size, bool salvage = false) =>
        Read(device, header, offset, (int)header.RequiredL1Entries(size), salvage);

    /// <summary>Reads a number of entries, all of them good.</summary>
    /// <inheritdoc cref="Read(BlockDevice, in Qcow2Header, ulong, long, bool)"/>
    public static ulong[] ReadEntries(BlockDevice device, in Qcow2Header header, ulong offset, int count) =>
        Read(device, header, offset, count, salvage: false)._entries;

    private static Qcow2L1Table Read(BlockDevice device, in Qcow2Header header, ulong offset, int count, bool salvage)
    {
        ulong[] entries = Qcow2Entry.ReadTable(device, offset, count, salvage);
        Dictionary<int, ImageFormatException> problems = [];
        for (int i = 0; i < entries.Length; i++)
        {
            long table = (long)(entries[i] & Qcow2Entry.OffsetMask);
            if ((entries[i] & Qcow2Entry.L1Reserved) != 0)
                Corrupt(i, $"0x{entries[i]:x16}", "bits 0-8 and 56-62 to be 0");
            else if (table == 0)
                continue;
            else if (table % header.ClusterSize != 0 || table + header.ClusterSize > device.Length)
                Corrupt(i, $"an L2 table at {table}", $"a multiple of {header.ClusterSize} inside the file of {device.Length} bytes");
            else if (header.Overlap(table, header.ClusterSize) is { } other)
                Corrupt(i, $"an L2 table at {table}, over the {other}", "a cluster of its own");
        }

        foreach (int index in Qcow2Entry.Repeated(entries, Qcow2Entry.OffsetMask))
            Corrupt(index, $"an L2 table at {(long)(entries[index] & Qcow2Entry.OffsetMask)}, which another entry has too", "a table of its own");
        return new Qcow2L1Table(entries, problems);

        void Corrupt(int index, string found, string expected)
        {
            ImageFormatException problem = new(device, (long)offset + (index * 8L), $"L1 entry {index}", found, expected);
            if (!salvage)
                throw problem;
            problems.TryAdd(index, problem);
        }
    }
}
