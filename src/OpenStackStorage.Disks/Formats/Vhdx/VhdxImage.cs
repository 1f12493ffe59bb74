namespace OpenStackStorage.Disks;

/// <summary>An open VHDX image: maps guest ranges as it is when its log is replayed.</summary>
public sealed class VhdxImage : DiskImage
{
    private readonly VhdxFile _vhdx;
    private readonly VhdxMap _map;

    /// <summary>A fixed disk has a place for every block; where the file has a hole there, nothing is stored.</summary>
    private readonly StoredRanges? _ranges;

    internal VhdxImage(BlockDevice file, VhdxFile vhdx, DiskImage? backing, bool salvage)
        : base(file)
    {
        _vhdx = vhdx;
        VhdxPageCache bat = new(vhdx.Content, fillUnreadable: salvage);
        VhdxPageCache bitmaps = new(vhdx.Content, fillUnreadable: false); // any bits there would be believed
        _map = new VhdxMap(this, vhdx, bat.From, bitmaps.From);
        _ranges = vhdx.Metadata.LeaveBlocksAllocated ? new StoredRanges(vhdx.Content, vhdx.Content.Length) : null;
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vhdx;

    public override long VirtualSize => _vhdx.Geometry.VirtualSize;

    public override int ClusterSize => _vhdx.Geometry.BlockSize;

    public override DiskImage? Backing { get; }

    /// <summary>The identity that a differencing disk knows this one by.</summary>
    public Guid DataWriteGuid => _vhdx.Header.DataWriteGuid;

    public override int LogicalSectorSize => _vhdx.Geometry.LogicalSectorSize;

    /// <summary>Bytes of a sector as the guest is told that the medium has it.</summary>
    public int PhysicalSectorSize => _vhdx.Metadata.PhysicalSectorSize;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (_ranges is null || _map.Map(start, start + 1) is not { Kind: ExtentKind.Data } first)
            return _map.Map(start, end);
        (long stored, bool isData) = _ranges.From(first.Host.Value);
        Extent extent = _map.Map(start, end - start > stored ? start + stored : end);
        return isData ? extent : new Extent(start, extent.Length, ExtentKind.Zero, Layer: this);
    }
}
