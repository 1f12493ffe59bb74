namespace OpenStackStorage.Disks;

/// <summary>An open VDI: maps guest ranges through the block map. Source: VirtualBox, VDICore.h.</summary>
public sealed class VdiImage : DiskImage
{
    private readonly VdiHeader _header;
    private readonly uint[] _map;

    /// <summary>A static image has a place for every block; where the file has a hole there, nothing is stored.</summary>
    private readonly StoredRanges? _ranges;

    /// <param name="salvage">Open with a damaged map too: then its bad entries fail where they are mapped.</param>
    internal VdiImage(BlockDevice file, VdiHeader header, DiskImage? backing, bool salvage = false)
        : base(file)
    {
        _header = header;
        _map = salvage ? VdiBlockMap.ReadDamaged(file, header) : VdiBlockMap.ReadTrusted(file, header);
        Backing = backing;
        _ranges = header.Type == VdiImageType.Static ? new StoredRanges(file, file.Length) : null;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vdi;

    public override long VirtualSize => _header.VirtualSize;

    public override int ClusterSize => (int)_header.BlockSize;

    public override DiskImage? Backing { get; }

    internal VdiHeader Header => _header;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > VirtualSize)
            end = new GuestOffset(VirtualSize);
        Extent extent = VdiBlockMap.Map(this, _header, _map, Backing is null ? ExtentKind.Unallocated : ExtentKind.Backing, start, end);
        if (_ranges is null || extent.Kind != ExtentKind.Data)
            return extent;
        (long stored, bool isData) = _ranges.From(extent.Host.Value);
        long length = Math.Min(extent.Length, stored);
        return isData ? extent with { Length = length } : new Extent(start, length, ExtentKind.Zero, Layer: this);
    }
}
