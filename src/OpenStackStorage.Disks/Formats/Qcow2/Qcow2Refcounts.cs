using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>Entries of a refcount block, 1 to 64 bits wide. Source: qcow2.rst, "Host cluster management".</summary>
internal static class Qcow2RefcountBlock
{
    /// <summary>Entries of one block.</summary>
    public static long Entries(int clusterSize, int refcountOrder) => clusterSize * 8L >> refcountOrder;

    /// <summary>The largest count that the width can hold.</summary>
    public static ulong Maximum(int refcountOrder) => refcountOrder == 6 ? ulong.MaxValue : (1UL << (1 << refcountOrder)) - 1;

    public static ulong Get(ReadOnlySpan<byte> block, long index, int refcountOrder) => refcountOrder switch
    {
        3 => block[(int)index],
        4 => BinaryPrimitives.ReadUInt16BigEndian(block[(int)(index * 2)..]),
        5 => BinaryPrimitives.ReadUInt32BigEndian(block[(int)(index * 4)..]),
        6 => BinaryPrimitives.ReadUInt64BigEndian(block[(int)(index * 8)..]),
        // Below a byte, bit 0 is the least significant one.
        _ => (ulong)(block[(int)(index << refcountOrder >> 3)] >> (int)((index << refcountOrder) & 7)) & Maximum(refcountOrder),
    };

    public static void Set(Span<byte> block, long index, int refcountOrder, ulong value)
    {
        switch (refcountOrder)
        {
            case 3:
                block[(int)index] = (byte)value;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[(int)(index * 2)..], (ushort)value);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[(int)(index * 4)..], (uint)value);
                break;
            case 6:
                BinaryPrimitives.WriteUInt64BigEndian(block[(int)(index * 8)..], value);
                break;
            default:
                ref byte cell = ref block[(int)(index << refcountOrder >> 3)];
                int shift = (int)((index << refcountOrder) & 7);
                cell = (byte)((cell & ~((int)Maximum(refcountOrder) << shift)) | ((int)value << shift));
                break;
        }
    }
}

/// <summary>
/// The clusters of a file that is written from its start to its end, and their refcounts. As offsets only rise, a refcount
/// block is complete, and is written out, as soon as the end has passed it: memory stays small at any image size.
/// </summary>
internal sealed class Qcow2Allocator(BlockDevice device, int clusterBits, int refcountOrder)
{
    private readonly int _clusterSize = 1 << clusterBits;
    private readonly long _entriesPerBlock = Qcow2RefcountBlock.Entries(1 << clusterBits, refcountOrder);
    private readonly SortedDictionary<long, byte[]> _open = [];
    private readonly List<long> _table = [];

    /// <summary>The first byte that nothing uses yet.</summary>
    public long End { get; private set; }

    /// <summary>Takes whole clusters; returns where they start.</summary>
    public long AllocateClusters(long count)
    {
        Align();
        long start = End;
        End += count << clusterBits;
        AddReferences(start >> clusterBits, count);
        return start;
    }

    /// <summary>Takes bytes of compressed clusters, which may share a host cluster with their neighbours.</summary>
    public long AllocateBytes(int length)
    {
        long first = End >> clusterBits;
        if ((End & (_clusterSize - 1)) != 0
            && Qcow2RefcountBlock.Get(BlockOf(first), first % _entriesPerBlock, refcountOrder) >= Qcow2RefcountBlock.Maximum(refcountOrder))
        {
            Align(); // the count of the shared cluster would overflow
        }

        long start = End;
        End += length;
        first = start >> clusterBits;
        AddReferences(first, ((End - 1) >> clusterBits) - first + 1);
        return start;
    }

    /// <summary>Writes the blocks that no later allocation can change.</summary>
    public void WriteCompleteBlocks()
    {
        while (_open.Count > 1 && _open.Keys.First() < (End >> clusterBits) / _entriesPerBlock)
        {
            long index = _open.Keys.First();
            long offset = AllocateClusters(1);
            WriteBlock(index, offset);
        }
    }

    /// <summary>Writes the remaining blocks and the refcount table. Returns where the table lies, and its clusters.</summary>
    public (long Offset, int Clusters) Finish()
    {
        Align();
        // The blocks count themselves and the table, and the table's size depends on their number: grow until it fits.
        long blocks = _table.Count;
        long tableClusters;
        while (true)
        {
            tableClusters = ((blocks * 8) + _clusterSize - 1) >> clusterBits;
            long clusters = (End >> clusterBits) + (blocks - Placed()) + tableClusters;
            long needed = (clusters + _entriesPerBlock - 1) / _entriesPerBlock;
            if (needed <= blocks)
                break;
            blocks = needed;
        }

        long blocksStart = AllocateClusters(blocks - Placed());
        long tableStart = AllocateClusters(tableClusters);
        while (_table.Count < blocks)
            BlockOf(_table.Count * _entriesPerBlock);
        foreach (long index in _open.Keys.ToArray())
        {
            WriteBlock(index, blocksStart);
            blocksStart += _clusterSize;
        }

        byte[] table = new byte[tableClusters << clusterBits];
        for (int i = 0; i < _table.Count; i++)
            BinaryPrimitives.WriteInt64BigEndian(table.AsSpan(i * 8), _table[i]);
        device.Write(new HostOffset(tableStart), table);
        return (tableStart, (int)tableClusters);
    }

    private int Placed() => _table.Count - _open.Count;

    private void Align() => End = (End + _clusterSize - 1) & -_clusterSize;

    private void WriteBlock(long index, long offset)
    {
        device.Write(new HostOffset(offset), _open[index]);
        _table[(int)index] = offset;
        _open.Remove(index);
    }

    private void AddReferences(long firstCluster, long count)
    {
        for (long cluster = firstCluster; cluster < firstCluster + count; cluster++)
        {
            byte[] block = BlockOf(cluster);
            long index = cluster % _entriesPerBlock;
            Qcow2RefcountBlock.Set(block, index, refcountOrder, Qcow2RefcountBlock.Get(block, index, refcountOrder) + 1);
        }
    }

    private long _lastIndex = -1;
    private byte[] _lastBlock = [];

    private byte[] BlockOf(long cluster)
    {
        long index = cluster / _entriesPerBlock;
        if (index == _lastIndex)
            return _lastBlock;
        while (_table.Count <= index)
        {
            _open[_table.Count] = new byte[_clusterSize];
            _table.Add(0);
            if (_table.Count * 8L > Qcow2Header.MaximumRefcountTableBytes)
            {
                throw new StorageException(ErrorIds.ParameterInvalid,
                    $"'{device.Path}' outgrows the refcount table of a qcow2 image with clusters of {_clusterSize} bytes: choose a larger cluster size.")
                {
                    Target = device.Path,
                };
            }
        }

        (_lastIndex, _lastBlock) = (index, _open[index]);
        return _lastBlock;
    }
}
