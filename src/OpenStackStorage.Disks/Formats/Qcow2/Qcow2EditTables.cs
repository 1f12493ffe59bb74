using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// The active L1 table and its L2 tables while they are changed. The L1 table is held whole, at most 32 MiB; of the L2
/// tables those that were used last.
/// </summary>
internal sealed class Qcow2EditTables : IQcow2Tables
{
    private const int EntriesPerSector = 64;

    private readonly BlockDevice _device;
    private readonly Qcow2WriteCache _l2;
    private readonly SortedSet<int> _changedSectors = [];
    private ulong[] _l1;
    private long _l1Offset;

    /// <param name="writeAll">Writes all metadata, in its order.</param>
    public Qcow2EditTables(BlockDevice device, in Qcow2Header header, int cacheBudget, Action writeAll)
    {
        _device = device;
        _l2 = new Qcow2WriteCache(device, header.ClusterSize, cacheBudget, writeAll);
        _l1Offset = (long)header.L1TableOffset;
        // All entries, also those behind the end of the disk: a snapshot or a larger size may bring them back.
        _l1 = Qcow2L1Table.ReadEntries(device, header, header.L1TableOffset, (int)header.L1Size);
    }

    public int Count => _l1.Length;

    public bool L1IsDirty => _changedSectors.Count > 0;

    public bool L2IsDirty => _l2.HasChanges;

    public long OffsetOf(int index) => (long)(_l1[index] & Qcow2Entry.OffsetMask);

    public bool IsEmpty(int index) => OffsetOf(index) == 0;

    public bool IsCopied(int index) => (_l1[index] & Qcow2Entry.Copied) != 0;

    public byte[] Load(long offset) => _l2.Get(offset).Bytes;

    /// <summary>The table itself: who changes it says so with <see cref="Qcow2CachedTable.Changed"/> before the next call.</summary>
    public Qcow2CachedTable Get(long offset) => _l2.Get(offset);

    /// <summary>Takes a new L2 table. <see cref="SetEntry"/> makes it count.</summary>
    public Qcow2CachedTable Add(long offset, byte[] bytes) => _l2.Add(offset, bytes);

    public void Drop(long offset) => _l2.Drop(offset);

    public void SetEntry(int index, long table, bool copied)
    {
        _l1[index] = (ulong)table | (copied ? Qcow2Entry.Copied : 0);
        _changedSectors.Add(index / EntriesPerSector);
    }

    /// <summary>Another L1 table takes the place of this one; it is on the disk already.</summary>
    public void Replace(ulong[] l1, long offset)
    {
        (_l1, _l1Offset) = (l1, offset);
        _changedSectors.Clear();
    }

    /// <summary>A copy of the entries, in a table of a given length.</summary>
    public ulong[] CopyL1(int count)
    {
        ulong[] copy = new ulong[count];
        _l1.AsSpan(0, Math.Min(count, _l1.Length)).CopyTo(copy);
        return copy;
    }

    public void WriteL2() => _l2.Write();

    public void WriteL1()
    {
        Span<byte> sector = stackalloc byte[EntriesPerSector * 8];
        foreach (int number in _changedSectors)
        {
            ReadOnlySpan<ulong> entries = _l1.AsSpan(number * EntriesPerSector, Math.Min(EntriesPerSector, _l1.Length - (number * EntriesPerSector)));
            for (int i = 0; i < entries.Length; i++)
                BinaryPrimitives.WriteUInt64BigEndian(sector[(i * 8)..], entries[i]);
            _device.Write(new HostOffset(_l1Offset + (number * 512L)), sector[..(entries.Length * 8)]);
        }

        _changedSectors.Clear();
    }
}
