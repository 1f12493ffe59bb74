using System.Collections;

namespace OpenStackStorage.Disks;

/// <summary>An open VHD. Source: Virtual Hard Disk Image Format Specification, "Implementing a Dynamic Disk" and following.</summary>
public sealed class VhdImage : DiskImage
{
    private readonly VhdFooter _footer;
    private readonly RawImage? _fixed;
    private readonly VhdDynamicHeader _header;
    private readonly uint[] _table;
    private readonly VhdMap _map;

    /// <param name="salvage">Open with a damaged table too: then its bad entries fail where they are mapped.</param>
    internal VhdImage(BlockDevice file, VhdMetadata metadata, DiskImage? backing, bool salvage = false)
        : base(file)
    {
        _footer = metadata.Footer;
        VirtualSize = metadata.VirtualSize;
        Backing = backing;
        _fixed = metadata.Header is null ? new RawImage(file) : null;
        _header = metadata.Header ?? new VhdDynamicHeader { BlockSize = FixedClusterSize };
        BitArray? bad = null;
        _table = metadata.Header is null ? []
            : salvage ? VhdBlockTable.ReadDamaged(file, metadata, out bad)
            : VhdBlockTable.ReadTrusted(file, metadata);
        _map = new VhdMap(this, _header, new VhdBitmaps(file, _header), backing is null ? ExtentKind.Unallocated : ExtentKind.Backing, bad);
    }

    public override DiskImageFormat Format => DiskImageFormat.Vhd;

    public override long VirtualSize { get; }

    public override int ClusterSize => (int)_header.BlockSize;

    public override DiskImage? Backing { get; }

    /// <summary>What a child records as its parent's identity.</summary>
    internal Guid UniqueId => _footer.UniqueId;

    internal uint TimeStamp => _footer.TimeStamp;

    /// <summary>A fixed disk has no blocks: it is a raw image with a footer behind it.</summary>
    private const int FixedClusterSize = 4096;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > VirtualSize)
            end = new GuestOffset(VirtualSize);
        if (_fixed is not null)
            return _fixed.Map(start, end) with { Layer = this };
        return _map.Map(_table, start, end);
    }
}
