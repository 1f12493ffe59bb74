using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>Looks refcounts up in the file, and judges the table that leads to them.</summary>
internal sealed class Qcow2RefcountReader
{
    private readonly BlockDevice _device;
    private readonly Qcow2Header _header;
    private readonly ulong[] _table;
    private readonly byte[] _block;
    private long _blockIndex = -1;

    public Qcow2RefcountReader(BlockDevice device, in Qcow2Header header)
    {
        _device = device;
        _header = header;
        _table = new ulong[((long)header.RefcountTableClusters << (int)header.ClusterBits) / 8];
        device.Read(new HostOffset((long)header.RefcountTableOffset), MemoryMarshal.AsBytes(_table.AsSpan()));
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(_table, _table);
        _block = new byte[header.ClusterSize];
    }

    /// <summary>Host clusters from the first on that the table has refcounts for.</summary>
    public long CoveredClusters =>
        (Array.FindLastIndex(_table, IsPlace) + 1) * Qcow2RefcountBlock.Entries(_header.ClusterSize, (int)_header.RefcountOrder);

    /// <summary>The refcount of a host cluster; 0 where the table leads nowhere.</summary>
    public ulong Get(long cluster)
    {
        long entries = Qcow2RefcountBlock.Entries(_header.ClusterSize, (int)_header.RefcountOrder);
        long index = cluster / entries;
        if (index >= _table.Length || !IsPlace(_table[index]))
            return 0;
        if (index != _blockIndex)
        {
            _device.Read(new HostOffset((long)_table[index]), _block);
            _blockIndex = index;
        }

        return Qcow2RefcountBlock.Get(_block, cluster % entries, (int)_header.RefcountOrder);
    }

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
        HashSet<ulong> seen = [];
        for (int i = 0; i < _table.Length; i++)
        {
            if (_table[i] == 0)
                continue;
            if (!IsPlace(_table[i]))
            {
                yield return (EntryOffset(i), $"refcount table entry {i}", $"a refcount block at {_table[i]}",
                    $"a multiple of {_header.ClusterSize}, not 0, inside the file of {_device.Length} bytes");
            }
            else if (!seen.Add(_table[i]))
            {
                yield return (EntryOffset(i), $"refcount table entry {i}", $"the refcount block at {_table[i]}, which another entry has too", "a block of its own");
            }
            else if (new Qcow2MetadataMap(_device, _header).Overlap((long)_table[i], _header.ClusterSize) is { } structure)
            {
                yield return (EntryOffset(i), $"refcount table entry {i}", $"a refcount block at {_table[i]}, over the {structure}", "a cluster of its own");
            }
        }
    }

    private bool IsPlace(ulong offset) =>
        offset != 0 && offset % (ulong)_header.ClusterSize == 0 && offset <= (ulong)(_device.Length - _header.ClusterSize);

    private long EntryOffset(int index) => (long)_header.RefcountTableOffset + (index * 8L);
}
