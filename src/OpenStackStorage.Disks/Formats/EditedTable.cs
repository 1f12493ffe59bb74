using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// A table with an entry of 32 bits for each block, as VHD and VDI have it, that is changed in memory and written sector by
/// sector, when what it names is on the disk. A sector is written whole or not at all, so that no entry is ever torn.
/// </summary>
/// <param name="entries">The table as the file has it.</param>
/// <param name="offset">Byte of the file at which it starts: a multiple of 512.</param>
internal sealed class EditedTable(BlockDevice file, uint[] entries, long offset, bool isBigEndian)
{
    /// <summary>What both formats call a block that is not stored.</summary>
    public const uint Free = uint.MaxValue;

    private const int EntriesInSector = 512 / 4;

    private readonly SortedSet<int> _changedSectors = [];
    private uint[] _entries = entries;

    public uint[] Entries => _entries;

    /// <summary>Byte of the file at which the table starts.</summary>
    public long Offset { get; private set; } = offset;

    public bool HasChanges => _changedSectors.Count > 0;

    public uint this[int block]
    {
        get => _entries[block];
        set
        {
            _entries[block] = value;
            _changedSectors.Add(block / EntriesInSector);
        }
    }

    /// <summary>Writes what changed. All that it names must be on the disk.</summary>
    public void Write()
    {
        foreach (int sector in _changedSectors)
            WriteSector(_entries, sector);
        _changedSectors.Clear();
    }

    /// <summary>Writes another table, which counts from then on: to another place, or here where it only has entries more.</summary>
    public void Replace(uint[] all, long place)
    {
        _changedSectors.Clear();
        Offset = place;
        _entries = all;
        for (int sector = 0; sector * EntriesInSector < all.Length; sector++)
            WriteSector(all, sector);
    }

    /// <summary>Leaves only the first entries.</summary>
    public void Cut(int count)
    {
        Array.Resize(ref _entries, count);
        _changedSectors.RemoveWhere(sector => sector * EntriesInSector >= count);
    }

    private void WriteSector(uint[] all, int sector)
    {
        Span<byte> bytes = stackalloc byte[512];
        int first = sector * EntriesInSector;
        int count = Math.Min(EntriesInSector, all.Length - first);
        for (int i = 0; i < count; i++)
        {
            if (isBigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(bytes[(i * 4)..], all[first + i]);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * 4)..], all[first + i]);
        }

        file.Write(new HostOffset(Offset + (sector * 512L)), bytes[..(count * 4)]);
    }
}
