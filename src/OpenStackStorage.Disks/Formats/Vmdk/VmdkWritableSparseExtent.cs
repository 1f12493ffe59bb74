using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>
/// A hosted sparse extent that is open for writing, and the one place that orders its way to the disk:
/// <list type="number">
/// <item>uncleanShutdown in the header, before the first change;</item>
/// <item>the bytes of new grains; then the redundant grain tables and the grain tables that name them;</item>
/// <item>only then grains that the tables no longer name are given out again;</item>
/// <item>uncleanShutdown is cleared when the extent is closed.</item>
/// </list>
/// Between two of them the file is flushed. An entry never straddles a sector, so a table that is torn has old and new
/// entries, and both are good. After a crash a redundant table may differ from the other: the flag says so.
/// </summary>
internal sealed partial class VmdkWritableSparseExtent : VmdkHostedExtent, IVmdkWritableExtent
{
    private const int Sector = VmdkSparseHeader.SectorSize;

    /// <summary>Changed grain tables that are held, of 2 KiB at most.</summary>
    private const int MaximumChanged = 4096;

    private readonly Dictionary<int, byte[]> _changed = [];
    private readonly VmdkGrainSpace _space;
    private readonly BlockDevice _file;
    private uint[] _directory;
    private uint[] _redundant;
    private long[] _tablePlaces;
    private bool _isMarked;

    /// <summary>Grains of a place that was given out and is not linked yet.</summary>
    private VmdkSectorRun _reserved;

    private VmdkWritableSparseExtent(GuestOffset start, BlockDevice device, in VmdkSparseHeader header, uint[] directory, uint[] redundant, VmdkRegion[] regions)
        : base(start, device, header, directory, regions)
    {
        (_file, _directory, _redundant) = (device, directory, redundant);
        _committed = header;
        _space = new VmdkGrainSpace(device, (int)header.GrainSectors);
        _tablePlaces = SortTables();
    }

    protected override long FileLength => _file.Length;

    /// <summary>Bytes of the disk that one grain table maps.</summary>
    private long Coverage => Header.Coverage;

    private int TableSectors => (TableLength + Sector - 1) / Sector;

    /// <summary>Opens by a header that was validated. The extent owns the device then; when opening fails it does not.</summary>
    /// <exception cref="ImageFeatureException">The extent can be read only.</exception>
    /// <exception cref="ImageFormatException">One of the directories is bad: what is written could hit the other's tables.</exception>
    public static VmdkWritableSparseExtent OpenWritable(BlockDevice device, GuestOffset start, in VmdkSparseHeader header)
    {
        if (header.IsCompressed)
            throw new ImageFeatureException(device, "writing into compressed grains (streamOptimized)");
        if (header.Version > 2)
            throw new ImageFeatureException(device, $"writing into a sparse extent of version {header.Version}, which may track its changes elsewhere (at byte 4; 1 and 2 are written)");
        VmdkRegion[] regions = [.. RegionsOf(device, header)];
        uint[] directory = ReadDirectory(device, header, regions, 0, redundant: false);
        uint[] redundant = HasRedundantDirectory(header) ? ReadDirectory(device, header, regions, 0, redundant: true) : [];
        return new VmdkWritableSparseExtent(start, device, header, directory, redundant, regions);
    }

    public WritePlace Place(GuestOffset start, GuestOffset end)
    {
        BeginChange();
        Extent extent = Map(start, end);
        if (extent.Kind == ExtentKind.Data)
        {
            RequireNoTable(extent.Host.Value, extent.Length);
            return new WritePlace(start, extent.Length, _file, extent.Host, IsNew: false);
        }

        long first = (start - Start) / GrainSize * GrainSize;
        int index = (int)(first / Coverage);
        long limit = Math.Min(extent.End - Start, (index + 1) * Coverage);
        RequireTable(index);
        _reserved = _space.TakeGrains((limit - first + GrainSize - 1) / GrainSize);
        long length = Math.Min(_reserved.Count * Sector, Length - first);
        return new WritePlace(Start + first, length, _file, new HostOffset(_reserved.First * Sector), IsNew: true, _reserved.ReadsAsZeroes);
    }

    public void Link(in WritePlace place)
    {
        long first = place.Start - Start;
        long sector = place.Host.Value / Sector;
        for (long done = 0; done < place.Length; done += GrainSize)
            SetEntry(first + done, (uint)(sector + (done / Sector)));
        _reserved = default;
    }

    public bool Zero(GuestOffset start, long length, bool free, bool hides)
    {
        if (hides && !HasZeroedGrains)
            return false;
        BeginChange();
        GuestOffset end = start + length;
        for (GuestOffset at = start; at < end;)
        {
            Extent extent = Map(at, end);
            if (extent.Kind == ExtentKind.Data && !free)
            {
                RequireNoTable(extent.Host.Value, extent.Length);
                _file.WriteZeroes(extent.Host, extent.Length);
            }
            else if (extent.Kind == ExtentKind.Data || (extent.Kind == ExtentKind.Backing && hides))
            {
                for (long done = 0; done < extent.Length; done += GrainSize)
                    SetEntry(at + done - Start, HasZeroedGrains ? ZeroedGrain : 0);
            }

            at = extent.End;
        }

        return true;
    }

    public void Flush()
    {
        if (_changed.Count > 0)
        {
            _file.Flush();
            foreach ((int index, byte[] table) in _changed)
            {
                if (RedundantTable(index) is { } redundant)
                    _file.Write(redundant, table);
                long offset = TableOffset(_directory[index]);
                _file.Write(new HostOffset(offset), table);
                Tables.Forget(offset);
            }

            _changed.Clear();
        }

        _file.Flush();
        _space.Settle();
    }

    public void Close()
    {
        TakeBackReserved();
        Flush();
        if (!_isMarked)
            return;
        WriteHeader(Header with { UncleanShutdown = 0 });
        _file.Flush();
        _isMarked = false;
    }

    protected override ReadOnlySpan<byte> LoadTable(int index, long offset) =>
        _changed.TryGetValue(index, out byte[]? table) ? table : base.LoadTable(index, offset);

    /// <summary>Comes before every change.</summary>
    private void BeginChange()
    {
        TakeBackReserved();
        if (!_isMarked)
            Mark();
        if (_changed.Count >= MaximumChanged || _space.IsFull)
            Flush();
    }

    /// <summary>What was given out and not linked, as its filling failed.</summary>
    private void TakeBackReserved()
    {
        if (_reserved.Count > 0)
            _space.GiveBack(_reserved with { ReadsAsZeroes = false });
        _reserved = default;
    }

    private void Mark()
    {
        if (Header.UncleanShutdown != 0)
            MendRedundantTables();
        else
            WriteHeader(Header with { UncleanShutdown = 1 });
        _file.Flush();
        _isMarked = true;
    }

    /// <summary>The program before did not end in good order: what it left in the redundant tables may be old.</summary>
    private void MendRedundantTables()
    {
        byte[] table = new byte[TableLength];
        byte[] other = new byte[TableLength];
        for (int index = 0; index < _directory.Length; index++)
        {
            if (RedundantTable(index) is not { } redundant || _directory[index] == 0)
                continue;
            _file.Read(new HostOffset(TableOffset(_directory[index])), table);
            _file.Read(redundant, other);
            if (!table.AsSpan().SequenceEqual(other))
                _file.Write(redundant, table);
        }
    }

    private HostOffset? RedundantTable(int index)
    {
        uint entry = index < _redundant.Length ? _redundant[index] : 0;
        return entry == 0 || entry == _directory[index] ? null : new HostOffset(TableOffset(entry));
    }

    private void SetEntry(long at, uint entry)
    {
        int index = (int)(at / Coverage);
        RequireTable(index);
        SetEntry(index, (int)(at % Coverage / GrainSize), entry);
    }

    /// <summary>Changes an entry of a table that exists; the grain that it named is free from the next writing on.</summary>
    private void SetEntry(int index, int slot, uint entry)
    {
        byte[] table = ChangedTable(index);
        VmdkGrain old = Decode(table, TableOffset(_directory[index]), slot);
        if (old.Kind == ExtentKind.Data)
        {
            RequireNoTable(old.Host, GrainSize);
            _space.Free(old.Host / Sector);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(slot * sizeof(uint)), entry);
    }

    private byte[] ChangedTable(int index)
    {
        if (_changed.TryGetValue(index, out byte[]? table))
            return table;
        ReadOnlySpan<byte> present = Table(index, out _);
        table = new byte[TableLength];
        present.CopyTo(table);
        _changed.Add(index, table);
        return table;
    }

    /// <summary>Makes the tables that a directory entry of 0 lacks. They are there, and empty, before anything names them.</summary>
    private void RequireTable(int index)
    {
        if (_directory[index] != 0)
            return;
        bool both = _redundant.Length > 0 && _redundant[index] == 0;
        long first = _space.TakeAtEnd(TableSectors * (both ? 2 : 1)).First;
        _file.Flush();
        if (both)
            SetTable(_redundant, Header.RedundantDirectory, index, (uint)first + (uint)TableSectors);
        SetTable(_directory, Header.Directory, index, (uint)first);
        _file.Flush();
        _tablePlaces = SortTables();
    }

    private void SetTable(uint[] directory, ulong sector, int index, uint table)
    {
        Span<byte> entry = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, table);
        _file.Write(new HostOffset(((long)sector * Sector) + (index * 4L)), entry);
        directory[index] = table;
    }

    /// <summary>Replaces the header in one write within a sector, which a power cut does or does not do.</summary>
    private void WriteHeader(in VmdkSparseHeader header)
    {
        byte[] sector = new byte[Sector];
        header.WriteTo(sector);
        _file.Write(default, sector.AsSpan(0, VmdkSparseHeader.Length)); // the padding is none of ours
        Adopt(header);
        _committed = header;
    }

    /// <summary>All tables' places in rising order.</summary>
    private long[] SortTables()
    {
        List<long> places = new(_directory.Length + _redundant.Length);
        for (int i = 0; i < _directory.Length; i++)
        {
            if (_directory[i] != 0)
                places.Add(TableOffset(_directory[i]));
            if (RedundantTable(i) is { } redundant)
                places.Add(redundant.Value);
        }

        Span<long> sorted = CollectionsMarshal.AsSpan(places);
        sorted.Sort();
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] - sorted[i - 1] < TableLength)
                throw new ImageFormatException(_file, sorted[i], "grain directories", "a grain table over a redundant one", "a place of its own for each");
        }

        return [.. places];
    }

    /// <exception cref="ImageFormatException">A grain lies over a table: to write it would destroy the table.</exception>
    private void RequireNoTable(long host, long length)
    {
        if (TouchesTable(host, length))
            throw new ImageFormatException(_file, host, "grain", "a grain over a grain table", "a place of its own: convert the disk to a new one");
    }

    private bool TouchesTable(long host, long length)
    {
        int next = Array.BinarySearch(_tablePlaces, host);
        if (next >= 0)
            return true;
        next = ~next;
        return (next > 0 && _tablePlaces[next - 1] + TableLength > host) || (next < _tablePlaces.Length && _tablePlaces[next] < host + length);
    }
}
