namespace OpenStackStorage.Disks;

/// <summary>An image that is open for writing and holds the guest's bytes at their own offsets: every place is there already.</summary>
internal abstract class FlatWritableImage(BlockDevice file) : WritableImage(file)
{
    public override int ClusterSize => 4096;

    public override int ZeroAlignment => 1;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        HostExtent extent = File.ExtentAt(new HostOffset(start.Value), new HostOffset(Math.Min(end.Value, VirtualSize)));
        return extent.IsData
            ? new Extent(start, extent.Length, ExtentKind.Data, File, extent.Start, Layer: this)
            : new Extent(start, extent.Length, ExtentKind.Unallocated, Layer: this);
    }

    public override WritePlace Place(GuestOffset start, GuestOffset end) =>
        new(start, end - start, File, new HostOffset(start.Value), IsNew: false);

    public override void Link(in WritePlace place) => throw new InvalidOperationException("The image has no new places.");

    public override bool Zero(GuestOffset start, long length, bool free)
    {
        if (free)
            File.WriteZeroes(new HostOffset(start.Value), length);
        return free;
    }

    public override void Flush() => File.Flush();
}
