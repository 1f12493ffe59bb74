namespace OpenStackStorage.Disks;

/// <content>Another parent.</content>
internal sealed partial class VhdWritableImage
{
    public override void ValidateBacking(string? name, DiskImage? backing) => HeaderOver(name, backing);

    /// <inheritdoc/>
    /// <remarks>Without a parent the disk is a dynamic one. A dynamic disk gets no parent: what it does not store is zero.</remarks>
    public override void SetBacking(string? name, DiskImage? backing)
    {
        VhdDynamicHeader named = HeaderOver(name, backing);
        BeginChange();
        Flush();
        if (name is null)
            _footers.Replace(_footers.Footer with { DiskType = VhdDiskType.Dynamic });
        ReplaceHeader(named, name);
        Trim();
    }

    private VhdDynamicHeader HeaderOver(string? name, DiskImage? backing)
    {
        if (_footers.Footer.DiskType != VhdDiskType.Differencing)
            throw CreateOptions.Invalid($"'{File.Path}' is a dynamic VHD: it has no parent. Make a differencing disk over the new one, and copy into it");
        return name is null
            ? _header with { ParentUniqueId = default, ParentTimeStamp = 0 }
            : VhdLayout.WithParent(_header, VirtualSize, backing);
    }

    /// <summary>
    /// Replaces the header, whose two sectors have one checksum and could be torn. So the footers first refer to another
    /// place with the new one, and, when it stands at the old place too, to that again.
    /// </summary>
    private void ReplaceHeader(VhdDynamicHeader header, string? parentName)
    {
        byte[] locator = [];
        (header, locator) = parentName is null
            ? (header with { ParentName = "", Locators = [] }, locator)
            : VhdLayout.WithNames(header, parentName, 0);
        if (locator.Length > 0)
        {
            long locatorOffset = _space.TakeSectors(locator.Length);
            header = header with { Locators = [header.Locators[0] with { DataOffset = (ulong)locatorOffset }] };
            File.Write(new HostOffset(locatorOffset), locator);
        }

        header.Update(_headerBytes);
        _header = header;
        long home = HeaderOffset;
        WriteHeaderAt(_space.TakeSectors(VhdDynamicHeader.Length));
        WriteHeaderAt(home);
    }

    private void WriteHeaderAt(long offset)
    {
        File.Write(new HostOffset(offset), _headerBytes);
        File.Flush();
        _footers.Replace(_footers.Footer with { DataOffset = (ulong)offset });
    }
}
