namespace OpenStackStorage.Disks;

/// <summary>Tells the extents of a VMDK disk, which end in .vmdk too, from disks.</summary>
public static class VmdkExtentFiles
{
    /// <summary>The descriptor in the same folder that names a file as its extent; null when there is none. Reads nothing unless the name ends as extents' names do.</summary>
    public static string? FindDescriptor(string path)
    {
        if (Stem(Path.GetFileName(path)) is not { } stem)
            return null;
        string descriptor = Path.Combine(Path.GetDirectoryName(path) ?? "", stem + ".vmdk");
        try
        {
            if (!File.Exists(descriptor))
                return null;
            using FileBlockDevice device = FileBlockDevice.OpenRead(descriptor);
            if (device.Length > VmdkDescriptor.MaximumLength)
                return null; // a disk in one file
            StringComparison comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
            VmdkDescriptor? text = VmdkContent.Read(device).Descriptor;
            return text is not null && text.Extents.Any(extent => string.Equals(extent.Name, Path.GetFileName(path), comparison)) ? descriptor : null;
        }
        catch (StorageException)
        {
            return null; // whoever opens that file says what is wrong with it
        }
    }

    /// <summary>"disk" for "disk-flat.vmdk", "disk-s001.vmdk" and the like; null for other names.</summary>
    private static string? Stem(string name)
    {
        if (!name.EndsWith(".vmdk", StringComparison.OrdinalIgnoreCase))
            return null;
        int dash = name.LastIndexOf('-');
        if (dash <= 0)
            return null;
        ReadOnlySpan<char> end = name.AsSpan(dash + 1, name.Length - dash - 1 - ".vmdk".Length);
        bool isExtent = end is "flat" or "delta" or "sesparse"
            || (end.Length >= 4 && end[0] is 's' or 'f' && !end[1..].ContainsAnyExceptInRange('0', '9'));
        return isExtent ? name[..dash] : null;
    }
}
