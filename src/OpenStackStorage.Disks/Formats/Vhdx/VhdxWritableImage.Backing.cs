namespace OpenStackStorage.Disks;

/// <content>Another parent.</content>
public sealed partial class VhdxWritableImage
{
    /// <inheritdoc/>
    /// <remarks>A differencing disk has a parent always, and others never. What the guest reads is said to be the same: DataWriteGuid stays.</remarks>
    public override void SetBacking(string? name, DiskImage? backing)
    {
        if (!HasParent)
            throw Invalid($"'{File.Path}' is no differencing disk: it can't have a parent. Create a differencing one over the parent instead.");
        if (string.IsNullOrEmpty(name))
            throw Invalid($"'{File.Path}' is a differencing disk: it must have a parent. Convert it to a dynamic one instead.");
        (Guid Linkage, int SectorSize) parent = backing switch
        {
            VhdxImage image => (image.DataWriteGuid, image.LogicalSectorSize),
            VhdxWritableImage image => (image.DataWriteGuid, image.Geometry.LogicalSectorSize),
            null => throw Invalid($"The parent '{name}' must be open: its identity is recorded."),
            _ => throw Invalid($"The parent of a differencing VHDX must be a VHDX, and '{name}' is {ImageFormats.Get(backing.Format).Name}: convert it first."),
        };
        if (parent.SectorSize != Geometry.LogicalSectorSize)
            throw Invalid($"The sectors of '{name}' are of {parent.SectorSize} bytes, and of {Geometry.LogicalSectorSize} in '{File.Path}'.");

        byte[] locator = VhdxFormat.LocatorOf(File, name, parent.Linkage).ToBytes();
        BeginChange(ofData: false);
        VhdxRegion region = _vhdx.Regions.Metadata;
        (long entry, uint item) = VhdxMetadataRegion.PlaceLocator(File, region, locator.Length);
        _pages.Write(region.Offset + item, locator);
        _pages.Write64(entry + 16, item | ((ulong)locator.Length << 32));
        Commit();
        Adopt(_vhdx with { Metadata = VhdxMetadataRegion.Read(File, region) });
    }
}
