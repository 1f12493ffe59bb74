using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// The refcounts of an image while they are changed: the refcount table, at most 8 MiB, and the blocks that were used last.
/// A block may be written at any time: counts only ever rise before something refers to a cluster, and fall after nothing
/// does. Source: qcow2.rst, "Host cluster management".
/// </summary>
internal sealed class Qcow2RefcountEditor
{
    private const int EntriesPerSector = 64;

    private readonly BlockDevice _device;
    private readonly Qcow2WriteCache _blocks;
    private readonly SortedSet<int> _changedSectors = [];
    private readonly int _order;
    private ulong[] _table;
    private (long Index, Qcow2CachedTable? Block) _last = (-1, null);

    public Qcow2RefcountEditor(BlockDevice device, in Qcow2Header header, int cacheBudget)
    {
        _device = device;
        _order = (int)header.RefcountOrder;
        _blocks = new Qcow2WriteCache(device, header.ClusterSize, cacheBudget, WriteBlocks);
        _table = Qcow2Entry.ReadTable(device, header.RefcountTableOffset, (int)(((long)header.RefcountTableClusters << (int)header.ClusterBits) / 8));
        TableOffset = (long)header.RefcountTableOffset;
        EntriesPerBlock = Qcow2RefcountBlock.Entries(header.ClusterSize, _order);
        Maximum = Qcow2RefcountBlock.Maximum(_order);
        ClusterSize = header.ClusterSize;
    }

    public int ClusterSize { get; }

    /// <summary>Host clusters that one block tells of.</summary>
    public long EntriesPerBlock { get; }

    /// <summary>The largest count.</summary>
    public ulong Maximum { get; }

    public long TableOffset { get; private set; }

    /// <summary>Entries of the table.</summary>
    public int TableLength => _table.Length;

    /// <summary>True when the table lies in a new place of which the header does not know yet.</summary>
    public bool TableMoved { get; private set; }

    public bool TableIsDirty => TableMoved || _changedSectors.Count > 0;

    public bool BlocksAreDirty => _blocks.HasChanges;

    /// <summary>True when the table's reach ends before a cluster.</summary>
    public bool IsBeyondTable(long cluster) => cluster / EntriesPerBlock >= _table.Length;

    public bool HasBlock(long cluster) => !IsBeyondTable(cluster) && _table[cluster / EntriesPerBlock] != 0;

    /// <summary>The refcount of a cluster; 0 where no block tells of it.</summary>
    public ulong Get(long cluster) => HasBlock(cluster) ? Qcow2RefcountBlock.Get(BlockOf(cluster).Bytes, cluster % EntriesPerBlock, _order) : 0;

    /// <summary>Counts one more reference to each of a run of clusters, which blocks tell of already.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InsufficientSpace"/> when a count would not fit into its bits; earlier clusters are counted then.</exception>
    public void Add(long cluster, long count)
    {
        for (long end = cluster + count; cluster < end; cluster++)
        {
            ulong refcount = Get(cluster);
            if (refcount >= Maximum)
            {
                throw new StorageException(ErrorIds.InsufficientSpace,
                    $"'{_device.Path}' can't count more than {Maximum} references to a cluster: its refcounts have {1 << _order} bits.")
                {
                    Target = _device.Path,
                    Remedy = "Convert it to a qcow2 image with more refcount_bits.",
                };
            }

            Set(cluster, refcount + 1);
        }
    }

    /// <summary>Counts one reference less to a cluster. Returns what is left.</summary>
    public ulong Subtract(long cluster)
    {
        ulong refcount = Get(cluster);
        if (refcount == 0)
            return 0; // two references to a cluster that was counted once: the damage was there before
        Set(cluster, refcount - 1);
        return refcount - 1;
    }

    /// <summary>Makes a block in a cluster of its own. All its counts are 0, also its own.</summary>
    public void AddBlock(long index, long offset)
    {
        _table[index] = (ulong)offset;
        _changedSectors.Add((int)(index / EntriesPerSector));
        _blocks.Add(offset, new byte[ClusterSize]);
        _last = (-1, null);
    }

    /// <summary>Makes the table longer in memory. <see cref="MoveTable"/> gives it its new place.</summary>
    public void ExtendTable(int length) => Array.Resize(ref _table, length);

    public void MoveTable(long offset)
    {
        TableOffset = offset;
        TableMoved = true;
        _changedSectors.Clear();
    }

    public void WriteBlocks() => _blocks.Write();

    /// <summary>Writes what the disk does not have yet of the table. All blocks must be on stable storage.</summary>
    public void WriteTable()
    {
        if (TableMoved)
        {
            WriteEntries(0, _table.Length);
        }
        else
        {
            foreach (int sector in _changedSectors)
                WriteEntries(sector * EntriesPerSector, EntriesPerSector);
        }

        TableMoved = false;
        _changedSectors.Clear();
    }

    private void WriteEntries(int first, int count)
    {
        byte[] bytes = new byte[count * 8];
        for (int i = 0; i < count; i++)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), _table[first + i]);
        _device.Write(new HostOffset(TableOffset + (first * 8L)), bytes);
    }

    private void Set(long cluster, ulong value)
    {
        Qcow2CachedTable block = BlockOf(cluster);
        long index = cluster % EntriesPerBlock;
        Qcow2RefcountBlock.Set(block.Bytes, index, _order, value);
        block.Changed((int)(index << _order >> 3), Math.Max(1, 1 << _order >> 3));
    }

    private Qcow2CachedTable BlockOf(long cluster)
    {
        long index = cluster / EntriesPerBlock;
        if (index != _last.Index)
            _last = (index, _blocks.Get((long)_table[index]));
        return _last.Block!;
    }
}
