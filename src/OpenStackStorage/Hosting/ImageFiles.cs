using OpenStackStorage.Disks;

namespace OpenStackStorage.Hosting;

/// <summary>Which of the files that a wildcard or a pipeline brings are images of their own.</summary>
public static class ImageFiles
{
    /// <summary>Leaves out the extents of VMDK disks, with a warning for each: "*.vmdk" matches them too, and their disk holds all that they do.</summary>
    public static IEnumerable<string> WithoutExtents(IReadOnlyList<string> paths, ICmdletHost host)
    {
        foreach (string path in paths)
        {
            if (VmdkExtentFiles.FindDescriptor(path) is not { } descriptor)
                yield return path;
            else
                host.WriteWarning($"'{path}' is skipped: it is an extent of the disk '{Path.GetFileName(descriptor)}'.");
        }
    }
}
