namespace OpenStackStorage.Disks;

/// <summary>
/// A VHDX image that is open for writing. What is in the file is written in place; new blocks are filled before anything
/// refers to them. Changed metadata is kept in <see cref="VhdxPages"/> until <see cref="VhdxJournal"/> brings all of it to
/// the disk in one entry of the log.
/// </summary>
public sealed partial class VhdxWritableImage : WritableImage
{
    /// <summary>More sectors of metadata than one step changes: those of the bits of one block, and BAT entries.</summary>
    private const int StepSectors = 32;

    private readonly VhdxPages _pages;
    private readonly VhdxJournal _journal;
    private readonly VhdxSpace _space;
    private readonly Guid _nextFileWriteGuid = Guid.NewGuid();
    private readonly Guid _nextDataWriteGuid = Guid.NewGuid();
    private VhdxFile _vhdx;
    private VhdxMap _map;
    private bool _isSpaceMarked;

    /// <summary>Where the block lies that was given out and is not linked yet; 0 for none.</summary>
    private long _reserved;

    /// <param name="vhdx">What the file says of itself; its log must have been replayed into the file.</param>
    internal VhdxWritableImage(BlockDevice file, VhdxFile vhdx, DiskImage? backing)
        : base(file)
    {
        _journal = new VhdxJournal(file);
        _pages = new VhdxPages(file);
        _space = new VhdxSpace(file);
        _vhdx = vhdx;
        _map = new VhdxMap(this, vhdx, _pages.From, _pages.From);
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vhdx;

    public override long VirtualSize => Geometry.VirtualSize;

    public override int ClusterSize => Geometry.BlockSize;

    public override int LogicalSectorSize => Geometry.LogicalSectorSize;

    public override int ZeroAlignment => Geometry.LogicalSectorSize;

    public override DiskImage? Backing { get; }

    /// <summary>The identity that differencing disks know this one by. The first change of what the guest reads makes a new one.</summary>
    public Guid DataWriteGuid => _journal.Header.DataWriteGuid;

    public override (Guid Now, Guid Next)? ContentIds => (DataWriteGuid, _nextDataWriteGuid);

    private VhdxGeometry Geometry => _vhdx.Geometry;

    private bool HasParent => _vhdx.Metadata.Parent is not null;

    public override Extent Map(GuestOffset start, GuestOffset end) => _map.Map(start, end);

    public override void Flush()
    {
        if (_pages.ChangedSectors > 0)
            Commit();
        else
            File.Flush();
    }

    public override void Close()
    {
        TakeBackReserved();
        Flush();
        _journal.Close();
    }

    private void Commit()
    {
        _journal.Commit(_pages.Changes());
        _pages.Written();
        _space.Settle();
    }

    /// <summary>Comes before every change.</summary>
    /// <param name="ofData">The guest may see it, so that disks over this one must not be read any more ([MS-VHDX] 2.2.2, DataWriteGuid).</param>
    private void BeginChange(bool ofData = true)
    {
        TakeBackReserved();
        if (!_isSpaceMarked)
            MarkUsedSpace();
        _isSpaceMarked = true;
        VhdxHeader changed = _journal.Header with
        {
            FileWriteGuid = _nextFileWriteGuid,
            DataWriteGuid = ofData ? _nextDataWriteGuid : DataWriteGuid,
        };
        if (changed != _journal.Header)
            _journal.WriteHeader(changed);
        MakeRoomInEntry();
    }

    /// <summary>Everything that changed must fit into one entry of the log.</summary>
    private void MakeRoomInEntry()
    {
        if (_pages.ChangedSectors + StepSectors > _journal.Capacity)
            Commit();
    }

    /// <summary>What was given out and not linked, as its filling failed.</summary>
    private void TakeBackReserved()
    {
        if (_reserved != 0)
            _space.GiveBack(_reserved, Geometry.BlockSize);
        _reserved = 0;
    }

    /// <summary>Finds out which space is free, and that no block is used twice: writing to one would change the other.</summary>
    private void MarkUsedSpace()
    {
        foreach (VhdxRegion region in _vhdx.Regions.Taken)
            _space.TryMark(region.Offset, region.Length);
        for (long block = 0; block < Geometry.Blocks; block++)
        {
            VhdxBatEntry entry = _map.PayloadEntry(block);
            if (entry.IsPresent)
                MarkUsed(entry, Geometry.BlockSize, Geometry.BatIndex(block), $"BAT entry of block {block}");
        }

        for (long chunk = 0; HasParent && chunk < Geometry.Chunks; chunk++)
        {
            VhdxBatEntry entry = _map.BitmapEntry(chunk);
            if (entry.IsPresent)
                MarkUsed(entry, VhdxGeometry.BitmapBlockSize, Geometry.BitmapBatIndex(chunk), $"BAT entry of sector bitmap {chunk}");
        }
    }

    private void MarkUsed(VhdxBatEntry entry, long length, long index, string field)
    {
        if (!_space.TryMark((long)entry.Offset, length))
            throw new ImageFormatException(File, _map.BatOffset(index), field, $"a block at {entry.Offset}, where another one lies", "a place of its own: repair the image before it is written to");
    }

    private void SetEntry(long index, VhdxBatEntry entry) => _pages.Write64(_map.BatOffset(index), entry.Value);

    private void Adopt(VhdxFile vhdx)
    {
        _vhdx = vhdx;
        _map = new VhdxMap(this, vhdx, _pages.From, _pages.From);
    }
}
