namespace OpenStackStorage.Disks;

/// <content>Another parent, or none.</content>
public sealed partial class VhdxWritableImage
{
    public override void ValidateBacking(string? name, DiskImage? backing) => LocatorOf(name, backing);

    /// <inheritdoc/>
    /// <remarks>
    /// Without a parent the disk is a dynamic one. A disk that never had a parent gets none: what it does not store is zero.
    /// What the guest reads is said to be the same: DataWriteGuid stays.
    /// </remarks>
    public override void SetBacking(string? name, DiskImage? backing)
    {
        if (LocatorOf(name, backing) is { } locator)
            SetLocator(locator);
        else
            ForgetParent();
    }

    /// <inheritdoc/>
    /// <remarks>The entries parent_linkage and parent_linkage2 of the locator ([MS-VHDX] 2.6.2.6.3).</remarks>
    public override void SetBackingId(Guid id, Guid? other)
    {
        if (_vhdx.Metadata.Parent is { } locator)
            SetLocator(locator with { Linkage = id, Linkage2 = other });
    }

    /// <summary>How the disk is to know its parent; null where it is to have none.</summary>
    private VhdxParentLocator? LocatorOf(string? name, DiskImage? backing)
    {
        if (!HasParent)
            throw Invalid($"'{File.Path}' is no differencing disk: it can't have a parent. Create a differencing one over the parent instead.");
        if (name is null)
            return null;
        (Guid linkage, int sectorSize) = backing switch
        {
            VhdxImage image => (image.DataWriteGuid, image.LogicalSectorSize),
            null => throw Invalid($"The parent '{name}' must be open: its identity is recorded."),
            _ => throw Invalid($"The parent of a differencing VHDX must be a VHDX, and '{name}' is {ImageFormats.Get(backing.Format).Name}: convert it first."),
        };
        return sectorSize == Geometry.LogicalSectorSize
            ? VhdxFormat.LocatorOf(File, name, linkage)
            : throw Invalid($"The sectors of '{name}' are of {sectorSize} bytes, and of {Geometry.LogicalSectorSize} in '{File.Path}'.");
    }

    private void SetLocator(VhdxParentLocator locator)
    {
        byte[] bytes = locator.ToBytes();
        BeginChange(ofData: false);
        VhdxRegion region = _vhdx.Regions.Metadata;
        (long entry, uint item) = VhdxMetadataRegion.PlaceLocator(File, region, bytes.Length);
        _pages.Write(region.Offset + item, bytes);
        _pages.Write64(entry + 16, item | ((ulong)bytes.Length << 32));
        AdoptMetadata();
    }

    /// <summary>Blocks are whole first, then no bitmap is needed, and at last the disk has no parent: each step is valid by itself.</summary>
    private void ForgetParent()
    {
        for (long block = 0; block < Geometry.Blocks; block++)
        {
            if (_map.PayloadEntry(block).State == VhdxBlockState.PartiallyPresent)
                CompleteBlock(block);
        }

        for (long chunk = 0; chunk < Geometry.Chunks; chunk++)
        {
            VhdxBatEntry entry = _map.BitmapEntry(chunk);
            if (!entry.IsPresent)
                continue;
            BeginChange(ofData: false);
            FreeBitmap(entry);
            SetEntry(Geometry.BitmapBatIndex(chunk), default);
        }

        BeginChange(ofData: false);
        VhdxRegion region = _vhdx.Regions.Metadata;
        (byte[] table, long flags) = VhdxMetadataRegion.WithoutParent(File, region);
        _pages.WriteChanged(region.Offset, table);
        _pages.Write(flags, new byte[sizeof(uint)]);
        AdoptMetadata();
    }

    /// <summary>Fills with zeroes the sectors of a block through which the parent showed.</summary>
    private void CompleteBlock(long block)
    {
        BeginChange(ofData: false);
        VhdxBatEntry entry = _map.PayloadEntry(block);
        GuestOffset start = new(block * Geometry.BlockSize);
        GuestOffset end = start + Geometry.UsedLength(block);
        for (GuestOffset at = start; at < end;)
        {
            Extent extent = _map.Map(at, end);
            if (extent.Kind != ExtentKind.Data)
                File.WriteZeroes(new HostOffset((long)entry.Offset + (at - start)), extent.Length);
            at = extent.End;
        }

        SetEntry(Geometry.BatIndex(block), new VhdxBatEntry(VhdxBlockState.FullyPresent, (long)entry.Offset));
    }

    private void AdoptMetadata()
    {
        Commit();
        Adopt(_vhdx with { Metadata = VhdxMetadataRegion.Read(File, _vhdx.Regions.Metadata) });
    }
}
