namespace OpenStackStorage.Disks;

/// <summary>A raw image: guest offsets are host offsets, and holes are zeroes.</summary>
public sealed class RawImage(BlockDevice file) : DiskImage(file)
{
    /// <summary>The extent that was asked for last. Finding where one ends may cost the file system a walk through all of it.</summary>
    private volatile FoundExtent? _last;

    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override long VirtualSize { get; } = file.Length;

    public override int ClusterSize => 4096;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        FoundExtent? found = _last;
        if (found is null || start.Value < found.Start || start.Value >= found.End)
            _last = found = Find(start);
        long length = Math.Min(found.End, end.Value) - start.Value;
        return found.IsData
            ? new Extent(start, length, ExtentKind.Data, File, new HostOffset(start.Value), Layer: this)
            : new Extent(start, length, ExtentKind.Unallocated, Layer: this);
    }

    private FoundExtent Find(GuestOffset start)
    {
        HostExtent extent = File.ExtentAt(new HostOffset(start.Value), new HostOffset(VirtualSize));
        return extent.Length > 0
            ? new FoundExtent(start.Value, start.Value + extent.Length, extent.IsData)
            : throw new StorageException(ErrorIds.ReadFailed, $"'{File.Path}' shrank below {VirtualSize} bytes while it was open.") { Target = File.Path };
    }

    private sealed record FoundExtent(long Start, long End, bool IsData);
}
