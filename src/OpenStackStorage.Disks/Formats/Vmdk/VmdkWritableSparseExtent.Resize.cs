using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <content>Another size, and another place for the descriptor.</content>
internal sealed partial class VmdkWritableSparseExtent
{
    /// <summary>As it is on the disk.</summary>
    private VmdkSparseHeader _committed;
    private (uint[] Directory, uint[] Redundant) _before;

    public void BeginResize(long size)
    {
        BeginChange();
        Flush();
        _before = (_directory, _redundant);
        VmdkSparseHeader header = Header with { Capacity = (ulong)(size / Sector) };
        if (header.DirectoryEntries > _directory.Length)
            header = MoveDirectories(header);
        Adopt(header);
        Replace(_directory, size);
    }

    public void CommitSize()
    {
        Flush();
        WriteHeader(Header);
        _file.Flush();
    }

    public void CancelResize()
    {
        Adopt(_committed);
        (_directory, _redundant) = _before;
        _tablePlaces = SortTables();
        Replace(_directory, _committed.VirtualSize);
    }

    public void EndResize()
    {
        int tables = Header.DirectoryEntries;
        if (tables < _directory.Length)
            DropTables(tables);
        int slot = (int)((Length - ((tables - 1) * Coverage) + GrainSize - 1) / GrainSize);
        ReadOnlySpan<byte> last = Table(tables - 1, out _);
        if (!last.IsEmpty && !ZeroScanner.IsZero(last[(slot * EntryLength)..]))
        {
            for (; slot < TableEntries; slot++)
                SetEntry(tables - 1, slot, 0);
        }

        Flush();
    }

    /// <summary>
    /// Replaces the descriptor by one that differs in several sectors, which no single write does: the header names a copy
    /// at the end of the file while the place of its own is being written. Some programs look for it there only.
    /// </summary>
    /// <param name="sectors">The whole room of the descriptor.</param>
    public void ReplaceDescriptor(ReadOnlySpan<byte> sectors)
    {
        BeginChange();
        ulong home = Header.DescriptorSector < Header.Overhead ? Header.DescriptorSector : 1;
        VmdkSectorRun copy = default;
        if (home == Header.DescriptorSector)
        {
            copy = _space.TakeAtEnd(sectors.Length / Sector);
            MoveDescriptor((ulong)copy.First, sectors);
        }
        else if (TouchesMetadata((long)home * Sector, sectors.Length))
        {
            home = (ulong)_space.TakeAtEnd(sectors.Length / Sector).First;
        }

        MoveDescriptor(home, sectors);
        if (copy.Count > 0)
            _space.GiveBack(copy);
    }

    private void MoveDescriptor(ulong sector, ReadOnlySpan<byte> sectors)
    {
        _file.Write(new HostOffset((long)sector * Sector), sectors);
        _file.Flush();
        WriteHeader(Header with { DescriptorSector = sector });
        _file.Flush();
    }

    /// <summary>Makes larger directories behind everything else, with empty tables for what is new. The header does not name them yet.</summary>
    private VmdkSparseHeader MoveDirectories(VmdkSparseHeader header)
    {
        int entries = header.DirectoryEntries;
        int added = entries - _directory.Length;
        long directorySectors = ((entries * 4L) + Sector - 1) / Sector;
        long copy = directorySectors + ((long)added * TableSectors);
        bool both = _redundant.Length > 0;
        long redundant = _space.TakeAtEnd(both ? 2 * copy : copy).First;
        long first = both ? redundant + copy : redundant;
        if (both)
            _redundant = WriteDirectory(_redundant, entries, redundant, directorySectors);
        _directory = WriteDirectory(_directory, entries, first, directorySectors);
        _file.Flush();
        _tablePlaces = SortTables();
        return header with { Directory = (ulong)first, RedundantDirectory = both ? (ulong)redundant : header.RedundantDirectory };
    }

    private uint[] WriteDirectory(uint[] old, int entries, long sector, long directorySectors)
    {
        uint[] directory = new uint[entries];
        old.CopyTo(directory, 0);
        for (int i = old.Length; i < entries; i++)
            directory[i] = (uint)(sector + directorySectors + ((long)(i - old.Length) * TableSectors));
        byte[] bytes = new byte[directorySectors * Sector];
        for (int i = 0; i < entries; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), directory[i]);
        _file.Write(new HostOffset(sector * Sector), bytes);
        return directory;
    }

    /// <summary>Gives the host what only tables behind the end of the disk name; the header no longer names those.</summary>
    private void DropTables(int tables)
    {
        for (int index = tables; index < _directory.Length; index++)
        {
            ReadOnlySpan<byte> table = Table(index, out long offset);
            for (int slot = 0; slot < TableEntries && !table.IsEmpty; slot++)
            {
                VmdkGrain grain = Decode(table, offset, slot);
                if (grain.Kind != ExtentKind.Data)
                    continue;
                RequireNoTable(grain.Host, GrainSize);
                _space.Free(grain.Host / Sector);
            }

            if (offset != 0)
            {
                _space.Discard(offset / Sector, TableSectors);
                Tables.Forget(offset);
            }

            if (RedundantTable(index) is { } redundant)
                _space.Discard(redundant.Value / Sector, TableSectors);
            if (_space.IsFull)
                _space.Settle();
        }

        _directory = _directory[..tables];
        _redundant = _redundant.Length > 0 ? _redundant[..tables] : [];
        _tablePlaces = SortTables();
        Replace(_directory, Length);
    }

    private bool TouchesMetadata(long offset, long length) =>
        TouchesTable(offset, length) || Regions.Any(region => offset < region.End && region.Start < offset + length);
}
