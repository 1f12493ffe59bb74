namespace OpenStackStorage.Disks;

/// <summary>A table of one cluster in memory, and the part of it that the disk does not have yet.</summary>
internal sealed class Qcow2CachedTable(long offset, byte[] bytes)
{
    private const int Sector = 512;

    public long Offset => offset;

    public byte[] Bytes => bytes;

    /// <summary>Changed bytes, in whole sectors; empty when the disk has all.</summary>
    public (int Start, int End) Dirty { get; private set; }

    public bool IsDirty => Dirty.End > 0;

    /// <summary>Says that bytes were changed.</summary>
    public void Changed(int start, int length)
    {
        int first = start / Sector * Sector;
        int end = (start + length + Sector - 1) / Sector * Sector;
        Dirty = IsDirty ? (Math.Min(Dirty.Start, first), Math.Max(Dirty.End, end)) : (first, end);
    }

    public void Written() => Dirty = default;
}

/// <summary>
/// The L2 tables or refcount blocks that were used last, with changes that the disk does not have yet. Not for several
/// threads.
/// </summary>
/// <param name="budget">Bytes of tables to hold; at least four tables are held.</param>
/// <param name="writeAll">Brings all changes to the disk, in an order that keeps the image consistent. Called when the cache is full of them.</param>
internal sealed class Qcow2WriteCache(BlockDevice device, int clusterSize, int budget, Action writeAll)
{
    /// <summary>Above it, the bookkeeping would take more memory than small tables do.</summary>
    private const int MostTables = 16384;

    private readonly Dictionary<long, LinkedListNode<Qcow2CachedTable>> _tables = [];
    private readonly LinkedList<Qcow2CachedTable> _recent = new();
    private readonly int _capacity = Math.Clamp(budget / clusterSize, 4, MostTables);

    public bool HasChanges => _recent.Any(table => table.IsDirty);

    public Qcow2CachedTable Get(long offset)
    {
        if (_tables.TryGetValue(offset, out LinkedListNode<Qcow2CachedTable>? node))
        {
            if (node != _recent.First)
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
            }

            return node.Value;
        }

        MakeRoom();
        Qcow2CachedTable table = new(offset, new byte[clusterSize]);
        device.Read(new HostOffset(offset), table.Bytes);
        _tables[offset] = _recent.AddFirst(table);
        return table;
    }

    /// <summary>Takes a new table, of which the disk has nothing.</summary>
    public Qcow2CachedTable Add(long offset, byte[] bytes)
    {
        Drop(offset); // the cluster may have been another table
        MakeRoom();
        Qcow2CachedTable table = new(offset, bytes);
        table.Changed(0, bytes.Length);
        _tables[offset] = _recent.AddFirst(table);
        return table;
    }

    /// <summary>Forgets a table that is no longer one, with its changes.</summary>
    public void Drop(long offset)
    {
        if (_tables.Remove(offset, out LinkedListNode<Qcow2CachedTable>? node))
            _recent.Remove(node);
    }

    /// <summary>Writes all changes, in the order of the file.</summary>
    public void Write()
    {
        foreach (Qcow2CachedTable table in _recent.Where(table => table.IsDirty).OrderBy(table => table.Offset))
        {
            (int start, int end) = table.Dirty;
            device.Write(new HostOffset(table.Offset + start), table.Bytes.AsSpan(start, end - start));
            table.Written();
        }
    }

    private void MakeRoom()
    {
        while (_tables.Count >= _capacity)
        {
            if (_recent.Last!.Value.IsDirty)
                writeAll();
            Drop(_recent.Last!.Value.Offset);
        }
    }
}
