using System.Numerics;

namespace OpenStackStorage.Disks;

/// <summary>Looks refcounts up in the file, and judges the table that leads to them.</summary>
internal sealed class Qcow2RefcountReader
{
    private readonly BlockDevice _device;
    private readonly Qcow2Header _header;
    private readonly ulong[] _table;
    private readonly Qcow2TableCache _blocks;
    private readonly int _blockBits;

    /// <summary>The block of the last answer: neighbours are asked for one after another.</summary>
    private (long Index, byte[] Block) _last = (-1, []);

    public Qcow2RefcountReader(BlockDevice device, in Qcow2Header header)
    {
        _device = device;
        _header = header;
        _table = Qcow2Entry.ReadTable(device, header.RefcountTableOffset, (int)(((long)header.RefcountTableClusters << (int)header.ClusterBits) / 8));
        _blocks = new Qcow2TableCache(device, header.ClusterSize);
        EntriesPerBlock = Qcow2RefcountBlock.Entries(header.ClusterSize, (int)header.RefcountOrder);
        _blockBits = BitOperations.Log2((ulong)EntriesPerBlock);
    }

    /// <summary>Host clusters from the first on that the table has refcounts for.</summary>
    public long CoveredClusters => (Array.FindLastIndex(_table, IsPlace) + 1) * EntriesPerBlock;

    /// <summary>The refcount of a host cluster; 0 where the table leads nowhere.</summary>
    public ulong Get(long cluster)
    {
        long index = cluster >> _blockBits;
        if (index != _last.Index)
        {
            if (!HasBlock(cluster))
                return 0;
            _last = (index, _blocks.Get((long)_table[index]));
        }

        return Qcow2RefcountBlock.Get(_last.Block, cluster & (EntriesPerBlock - 1), (int)_header.RefcountOrder);
    }

    /// <summary>Host clusters that one refcount block tells of.</summary>
    public long EntriesPerBlock { get; }

    /// <summary>True when a refcount block tells of the cluster.</summary>
    public bool HasBlock(long cluster) => cluster >> _blockBits < _table.Length && IsPlace(_table[cluster >> _blockBits]);

    /// <summary>Each refcount block that lies where one can, and the offset of the entry that names it.</summary>
    public IEnumerable<(long Block, long EntryOffset)> Blocks()
    {
        for (int i = 0; i < _table.Length; i++)
        {
            if (IsPlace(_table[i]))
                yield return ((long)_table[i], EntryOffset(i));
        }
    }

    public (long Offset, string Field, string Found, string Expected)? FirstProblem()
    {
        foreach ((long, string, string, string) problem in Problems())
            return problem;
        return null;
    }

    /// <summary>Entries that are misplaced, and blocks that several entries name.</summary>
    public IEnumerable<(long Offset, string Field, string Found, string Expected)> Problems()
    {
        int[] repeated = Qcow2Entry.Repeated(_table, ~511UL); // bits 9-63: the offset
        for (int i = 0; i < _table.Length; i++)
        {
            if (_table[i] == 0)
                continue;
            if (!IsPlace(_table[i]))
            {
                yield return (EntryOffset(i), $"refcount table entry {i}", $"a refcount block at {_table[i]}",
                    $"a multiple of {_header.ClusterSize}, not 0, inside the file of {_device.Length} bytes");
            }
            else if (Array.BinarySearch(repeated, i) >= 0)
            {
                yield return (EntryOffset(i), $"refcount table entry {i}", $"the refcount block at {_table[i]}, which another entry has too", "a block of its own");
            }
            else if (_header.Overlap((long)_table[i], _header.ClusterSize) is { } structure)
            {
                yield return (EntryOffset(i), $"refcount table entry {i}", $"a refcount block at {_table[i]}, over the {structure}", "a cluster of its own");
            }
        }
    }

    private bool IsPlace(ulong offset) =>
        offset != 0 && offset % (ulong)_header.ClusterSize == 0 && offset <= (ulong)(_device.Length - _header.ClusterSize);

    private long EntryOffset(int index) => (long)_header.RefcountTableOffset + (index * 8L);
}
