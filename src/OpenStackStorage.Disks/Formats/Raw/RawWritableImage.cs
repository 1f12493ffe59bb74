namespace OpenStackStorage.Disks;

/// <summary>A raw image that is open for writing: every place is there already.</summary>
internal sealed class RawWritableImage(BlockDevice file) : WritableImage(file)
{
    private long _size = file.Length;

    public override DiskImageFormat Format => DiskImageFormat.Raw;

    public override long VirtualSize => _size;

    public override int ClusterSize => 4096;

    public override int ZeroAlignment => 1;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        HostExtent extent = File.ExtentAt(new HostOffset(start.Value), new HostOffset(Math.Min(end.Value, _size)));
        return extent.IsData
            ? new Extent(start, extent.Length, ExtentKind.Data, File, extent.Start, Layer: this)
            : new Extent(start, extent.Length, ExtentKind.Unallocated, Layer: this);
    }

    public override WritePlace Place(GuestOffset start, GuestOffset end) =>
        new(start, end - start, File, new HostOffset(start.Value), IsNew: false);

    public override void Link(in WritePlace place) => throw new InvalidOperationException("A raw image has no new places.");

    public override bool Zero(GuestOffset start, long length, bool free)
    {
        if (free)
            File.WriteZeroes(new HostOffset(start.Value), length);
        return free;
    }

    public override void Flush() => File.Flush();

    public override void Resize(long size)
    {
        if (File.IsFixedSize)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{File.Path}' is a block device: its size is fixed.") { Target = File.Path };
        File.SetLength(size);
        _size = size;
        File.Flush();
    }
}
