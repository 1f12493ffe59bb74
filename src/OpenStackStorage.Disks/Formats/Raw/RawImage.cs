namespace OpenStackStorage.Disks;

/// <summary>A raw image: guest offsets are host offsets, and holes are zeroes.</summary>
public sealed class RawImage(BlockDevice file) : DiskImage(file)
{
    private readonly StoredRanges _ranges = new(file, file.Length);

    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override long VirtualSize { get; } = file.Length;

    public override int ClusterSize => 4096;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        (long stored, bool isData) = _ranges.From(start.Value);
        long length = Math.Min(stored, end - start);
        return isData
            ? new Extent(start, length, ExtentKind.Data, File, new HostOffset(start.Value), Layer: this)
            : new Extent(start, length, ExtentKind.Unallocated, Layer: this);
    }
}
