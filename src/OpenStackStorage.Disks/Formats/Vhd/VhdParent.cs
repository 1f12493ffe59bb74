namespace OpenStackStorage.Disks;

/// <summary>Finds the parent of a differencing VHD, by the names that it has for it, and makes sure that it is the one.</summary>
internal static class VhdParent
{
    /// <summary>The names, the preferred one first: relative before absolute, so that a chain can be moved as a whole.</summary>
    /// <exception cref="ImageFormatException">A locator's data is too long or not in the file.</exception>
    public static List<string> Names(BlockDevice device, VhdMetadata metadata)
    {
        List<string> names = [];
        foreach (uint code in (ReadOnlySpan<uint>)[VhdParentLocator.WindowsRelative, VhdParentLocator.WindowsAbsolute, VhdParentLocator.MacUrl])
        {
            for (int i = 0; i < metadata.Header!.Locators.Count; i++)
            {
                if (metadata.Header.Locators[i].PlatformCode == code)
                    Add(metadata.Header.Locators[i].ReadName(device, EntryOffset(metadata, i)));
            }
        }

        Add(metadata.Header!.ParentName);
        return names;

        void Add(string name)
        {
            if (name.Length > 0 && !names.Contains(name))
                names.Add(name);
        }
    }

    /// <summary>Byte of the file at which a parent locator stands.</summary>
    public static long EntryOffset(VhdMetadata metadata, int index) => metadata.HeaderOffset + 576 + (index * (long)VhdParentLocator.Length);

    /// <summary>Opens the parent through the gate.</summary>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.BackingFileMismatch"/> when what is found by that name is another disk, and what <see cref="ImageFormats"/> throws.
    /// </exception>
    public static DiskImage Open(BlockDevice device, VhdMetadata metadata, ImageOpenOptions options)
    {
        IReadOnlyList<ImageReference> references = ParentNames.References(device, [.. Names(device, metadata)]);
        if (references.Count == 0)
            throw new ImageFormatException(device, metadata.HeaderOffset + 64, "Parent Unicode Name", "no name, and no parent locator with one", "the name of the parent");
        DiskImage parent = ImageFormats.OpenBacking(references, "vhd", options);
        Guid expected = metadata.Header!.ParentUniqueId;
        if (parent is VhdImage { UniqueId: var found } && found == expected)
            return parent;
        string path = parent.File.Path;
        parent.Dispose();
        throw new ImageReferenceException(ErrorIds.BackingFileMismatch, references[0],
            $"'{path}' has the unique id {((VhdImage)parent).UniqueId}, and {expected} was expected");
    }
}
