namespace OpenStackStorage.Disks;

/// <summary>An open VMDK disk: its extents, one after the other. Source: "Virtual Disk Format 5.0".</summary>
public sealed class VmdkImage : DiskImage
{
    private readonly VmdkExtent[] _extents;

    internal VmdkImage(BlockDevice file, VmdkDescriptor descriptor, VmdkExtent[] extents, DiskImage? backing)
        : base(file)
    {
        Descriptor = descriptor;
        _extents = extents;
        Backing = backing;
        VirtualSize = extents[^1].End.Value;
        ClusterSize = extents.OfType<VmdkGrainExtent>().Select(extent => extent.GrainSize).DefaultIfEmpty(FlatClusterSize).Max();
    }

    /// <summary>Flat extents have no unit of allocation: the block of common file systems stands for it.</summary>
    internal const int FlatClusterSize = 4096;

    public override DiskImageFormat Format => DiskImageFormat.Vmdk;

    public override long VirtualSize { get; }

    public override int ClusterSize { get; }

    public override DiskImage? Backing { get; }

    /// <summary>What a child of this disk records as its parentCID.</summary>
    public uint ContentId => Descriptor.ContentId;

    public override IEnumerable<BlockDevice> Files => _extents.Select(extent => extent.Device).OfType<BlockDevice>().Append(File).Distinct();

    internal VmdkDescriptor Descriptor { get; }

    internal IReadOnlyList<VmdkExtent> Extents => _extents;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        Extent extent = ExtentOf(start).Map(start, end);
        ExtentKind kind = extent.Kind == ExtentKind.Backing && Backing is null ? ExtentKind.Unallocated : extent.Kind;
        return extent with { Kind = kind, Layer = this };
    }

    public override void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster) =>
        ExtentOf(extent.Start).Decompress(extent, stored, cluster);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (VmdkExtent extent in _extents)
                extent.Dispose();
        }

        base.Dispose(disposing);
    }

    private VmdkExtent ExtentOf(GuestOffset start) => _extents[VmdkExtent.IndexOf(_extents, start)];
}
