namespace OpenStackStorage.Disks;

/// <summary>A raw image: guest offsets are host offsets, and holes are zeroes.</summary>
public sealed class RawImage(BlockDevice file) : DiskImage(file)
{
    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override long VirtualSize { get; } = file.Length;

    public override int ClusterSize => 4096;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        HostOffset host = new(start.Value);
        HostExtent extent = File.ExtentAt(host, new HostOffset(end.Value));
        return extent.Length <= 0
            ? throw new StorageException(ErrorIds.ReadFailed, $"'{File.Path}' shrank below {VirtualSize} bytes while it was open.") { Target = File.Path }
            : extent.IsData
                ? new Extent(start, extent.Length, ExtentKind.Data, File, host, Layer: this)
                : new Extent(start, extent.Length, ExtentKind.Unallocated, Layer: this);
    }
}
