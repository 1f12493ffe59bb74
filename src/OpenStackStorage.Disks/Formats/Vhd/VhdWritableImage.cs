namespace OpenStackStorage.Disks;

/// <summary>
/// A dynamic or differencing VHD that is open for writing. A block's data and bitmap are on the disk before the table names
/// it, and a sector's data before its bit says that it is stored.
/// </summary>
internal sealed partial class VhdWritableImage : WritableImage
{
    private readonly VhdFooters _footers;
    private readonly EditedTable _table;
    private readonly VhdEditBitmaps _bitmaps;
    private readonly VhdSpace _space;
    private readonly VhdMap _map;
    private readonly byte[] _headerBytes = new byte[VhdDynamicHeader.Length];
    private readonly bool _differencing;
    private readonly int _blockSize;
    private VhdDynamicHeader _header;
    private bool _isChanged;

    /// <summary>The space of a block that was given out and is not linked yet; 0 for none.</summary>
    private long _reserved;

    public VhdWritableImage(BlockDevice file, VhdMetadata metadata, DiskImage? backing)
        : base(file)
    {
        _header = metadata.Header!;
        file.Read(new HostOffset(metadata.HeaderOffset), _headerBytes);
        _blockSize = (int)_header.BlockSize;
        _differencing = metadata.Footer.DiskType == VhdDiskType.Differencing;
        _footers = new VhdFooters(file, metadata);
        _table = VhdBlockTable.Edit(file, metadata);
        _bitmaps = new VhdEditBitmaps(file, _header);
        _space = new VhdSpace(file, _footers, metadata, _table.Entries);
        _map = new VhdMap(this, _header, _bitmaps, _differencing ? ExtentKind.Backing : ExtentKind.Unallocated);
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vhd;

    public override long VirtualSize => _footers.Footer.VirtualSize;

    public override int ClusterSize => _blockSize;

    public override int ZeroAlignment => 512;

    public override DiskImage? Backing { get; }

    private long HeaderOffset => (long)_footers.Footer.DataOffset;

    public override Extent Map(GuestOffset start, GuestOffset end) =>
        _map.Map(_table.Entries, start, end.Value > VirtualSize ? new GuestOffset(VirtualSize) : end);

    public override WritePlace Place(GuestOffset start, GuestOffset end)
    {
        BeginChange();
        int block = (int)(start.Value / _blockSize);
        GuestOffset blockStart = new((long)block * _blockSize);
        uint entry = _table[block];
        GuestOffset limit = blockStart + _blockSize;
        if (entry == VhdBlockTable.Free)
        {
            _reserved = _space.Take();
            HostOffset data = new(_map.DataOf((uint)(_reserved / 512)));
            if (!_differencing)
                return new WritePlace(blockStart, _blockSize, File, data, IsNew: true, ReadsAsZeroes: true);
            return Sectors(data, limit);
        }

        HostOffset host = new(_map.DataOf(entry));
        int sector = (int)((start - blockStart) / 512);
        (bool stored, int sectors) = _bitmaps.RunAt(block, entry, sector);
        GuestOffset runEnd = blockStart + ((sector + (long)sectors) * 512);
        return stored
            ? new WritePlace(start, runEnd - start, File, host + (start - blockStart), IsNew: false)
            : Sectors(host, runEnd);

        // Only the sectors that are written: the others stay the parent's.
        WritePlace Sectors(HostOffset data, GuestOffset runEnd)
        {
            GuestOffset first = new(start.Value & ~511L);
            GuestOffset last = new(Math.Min((end.Value + 511) & ~511L, runEnd.Value));
            return new WritePlace(first, last - first, File, data + (first - blockStart), IsNew: true);
        }
    }

    public override void Link(in WritePlace place)
    {
        int block = (int)(place.Start.Value / _blockSize);
        if (_reserved != 0)
        {
            LinkBlock(block, _reserved);
            _reserved = 0;
        }

        _bitmaps.Set(block, _table[block], (int)(place.Start.Value % _blockSize / 512), (int)(place.Length / 512));
    }

    public override bool Zero(GuestOffset start, long length, bool free)
    {
        if (!free)
            return false;
        for (GuestOffset end = start + length; start < end;)
        {
            BeginChange();
            int inBlock = (int)(start.Value % _blockSize);
            int piece = (int)Math.Min(_blockSize - inBlock, end - start);
            ZeroInBlock((int)(start.Value / _blockSize), inBlock, piece);
            start += piece;
        }

        return true;
    }

    public override void Flush()
    {
        if (!_bitmaps.HasChanges && !_table.HasChanges)
        {
            File.Flush();
            return;
        }

        _bitmaps.WriteNew();
        File.Flush(); // the data, and the new blocks' bitmaps
        _bitmaps.WriteChanged();
        _table.Write();
        File.Flush();
    }

    public override void Close()
    {
        TakeBackReserved();
        Flush();
        Trim();
    }

    private void ZeroInBlock(int block, int start, int length)
    {
        uint entry = _table[block];
        if (entry == VhdBlockTable.Free)
        {
            if (!_differencing)
                return;
            LinkBlock(block, _space.Take());
            entry = _table[block];
        }
        else
        {
            File.WriteZeroes(new HostOffset(_map.DataOf(entry) + start), length);
        }

        if (_differencing)
            _bitmaps.Set(block, entry, start / 512, length / 512);
    }

    private void LinkBlock(int block, long place)
    {
        uint entry = (uint)(place / 512);
        _table[block] = entry;
        // All sectors of a dynamic disk's block count as written, as qemu and Windows have it: some readers don't look.
        _bitmaps.Add(block, entry, stored: !_differencing);
    }

    /// <summary>Comes before every change.</summary>
    private void BeginChange()
    {
        TakeBackReserved();
        if (_bitmaps.IsFull)
            Flush();
        if (_isChanged)
            return;
        _footers.Repair(_space.End);
        _isChanged = true;
    }

    /// <summary>What was given out and not linked, as its filling failed.</summary>
    private void TakeBackReserved()
    {
        if (_reserved == 0)
            return;
        long place = _reserved;
        _reserved = 0;
        _space.GiveBack(place);
    }

    private void Trim()
    {
        if (_isChanged)
            _space.Trim(VhdBlockTable.UsedEnd(_table.Entries, HeaderOffset, _header, File.Length));
    }
}
