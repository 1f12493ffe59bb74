using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// One hosted sparse extent in the making: header, room for the descriptor, the redundant grain directory with its tables, the
/// grain directory with its tables, grains in the order of the disk. Places are given out in that order, so that one grain
/// table is held at a time; those without an entry stay holes.
/// </summary>
internal sealed class VmdkSparseFile
{
    private const int Sector = VmdkSparseHeader.SectorSize;
    private const int TableLength = VmdkLayout.TableEntries * sizeof(uint);
    private const int TableSectors = TableLength / Sector;
    private const uint ZeroedGrain = 1;

    private readonly BlockDevice _file;
    private readonly VmdkSparseHeader _header;
    private readonly int _directorySectors;
    private readonly byte[] _table = new byte[TableLength];
    private long _tableIndex = -1;
    private long _end; // in sectors

    public VmdkSparseFile(BlockDevice file, VmdkSparseHeader header, bool hasDescriptor)
    {
        _file = file;
        _directorySectors = DirectorySectors(header);
        (long redundant, long directory, _end) = Plan(header, hasDescriptor);
        _header = header with
        {
            DescriptorSector = hasDescriptor ? 1u : 0,
            DescriptorSectors = hasDescriptor ? VmdkDescriptorWriter.EmbeddedSectors : 0u,
            RedundantDirectory = (ulong)redundant,
            Directory = (ulong)directory,
            Overhead = (ulong)_end,
        };
    }

    /// <summary>Bytes of the extent when every grain is stored.</summary>
    public static long LengthWhenFull(in VmdkSparseHeader header, bool hasDescriptor) =>
        (Plan(header, hasDescriptor).Grains * Sector) + ((header.VirtualSize + VmdkLayout.GrainSize - 1) / VmdkLayout.GrainSize * VmdkLayout.GrainSize);

    /// <summary>The sectors at which both directories and the grains start.</summary>
    private static (long Redundant, long Directory, long Grains) Plan(in VmdkSparseHeader header, bool hasDescriptor)
    {
        long tables = DirectorySectors(header) + (header.DirectoryEntries * (long)TableSectors);
        long redundant = 1 + (hasDescriptor ? VmdkDescriptorWriter.EmbeddedSectors : 0);
        long overhead = redundant + (2 * tables);
        long grain = (long)header.GrainSectors;
        return (redundant, redundant + tables, (overhead + grain - 1) / grain * grain);
    }

    private static int DirectorySectors(in VmdkSparseHeader header) => ((header.DirectoryEntries * sizeof(uint)) + Sector - 1) / Sector;

    /// <summary>Gives places, one after the other, to grains from a byte of the extent on.</summary>
    public HostOffset Place(long offset, int length)
    {
        long first = _end;
        for (int done = 0; done < length; done += VmdkLayout.GrainSize)
        {
            if (_end + (long)_header.GrainSectors > VmdkLayout.MaximumSparseSectors)
                throw new StorageException(ErrorIds.InsufficientSpace, $"'{_file.Path}' can't hold more than 2 TiB: grain tables name sectors with 32 bits.") { Target = _file.Path, Remedy = "Choose the subformat monolithicFlat or twoGbMaxExtentSparse." };
            SetEntry(offset + done, (uint)_end);
            _end += (long)_header.GrainSectors;
        }

        return new HostOffset(first * Sector);
    }

    public void PlaceZeroes(long offset) => SetEntry(offset, ZeroedGrain);

    public void Write(HostOffset host, ReadOnlySpan<byte> bytes) => _file.Write(host, bytes);

    /// <param name="descriptor">The descriptor's text; empty when it has a file of its own.</param>
    public void Finish(ReadOnlySpan<byte> descriptor)
    {
        FlushTable();
        _file.SetLength(_end * Sector);
        WriteDirectory((long)_header.RedundantDirectory);
        WriteDirectory((long)_header.Directory);
        if (!descriptor.IsEmpty)
            _file.Write(new HostOffset(Sector), descriptor);
        byte[] header = new byte[Sector];
        _header.WriteTo(header);
        _file.Write(default, header); // last: without it the file is no VMDK extent
    }

    private void SetEntry(long offset, uint entry)
    {
        long index = offset / _header.Coverage;
        if (index != _tableIndex)
        {
            FlushTable();
            _tableIndex = index;
        }

        int slot = (int)(offset % _header.Coverage / VmdkLayout.GrainSize);
        BinaryPrimitives.WriteUInt32LittleEndian(_table.AsSpan(slot * sizeof(uint)), entry);
    }

    private void FlushTable()
    {
        if (_tableIndex < 0)
            return;
        foreach (ulong directory in new[] { _header.RedundantDirectory, _header.Directory })
            _file.Write(new HostOffset(TableOf((long)directory, _tableIndex) * Sector), _table);
        Array.Clear(_table);
        _tableIndex = -1;
    }

    /// <summary>Tables lie behind their directory, one after the other.</summary>
    private long TableOf(long directory, long index) => directory + _directorySectors + (index * TableSectors);

    private void WriteDirectory(long directory)
    {
        byte[] entries = new byte[_directorySectors * Sector];
        for (int i = 0; i < _header.DirectoryEntries; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(entries.AsSpan(i * sizeof(uint)), (uint)TableOf(directory, i));
        _file.Write(new HostOffset(directory * Sector), entries);
    }
}
