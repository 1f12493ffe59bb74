using OpenStackStorage.Disks;

namespace OpenStackStorage.Commands;

/// <summary>Tells by the identities that images carry whether one is the parent that another one was made over.</summary>
internal static class ParentIdentity
{
    /// <summary>What a child records of its parent, and where the parent carries it; by the names of the formats' details.</summary>
    private static readonly (string Recorded, string Own)[] Facts =
    [
        ("parent_unique_id", "unique_id"), // VHD
        ("parent_linkage", "data_write_guid"), // VHDX
        ("parentCID", "cid"), // VMDK
    ];

    /// <summary>Refuses a parent with another identity than the recorded one. Formats without identities have nothing to refuse.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.BackingFileMismatch"/></exception>
    public static void Require(string path, ImageDescription child, BackingFilePlan parent)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(parent.Path);
        IReadOnlyDictionary<string, object> own = ImageFormats.Get(parent.Format).Describe(device).Details;
        foreach ((string recordedName, string ownName) in Facts)
        {
            if (!child.Details.TryGetValue(recordedName, out object? recorded))
                continue;
            object found = own.GetValueOrDefault(ownName, "none");
            if (recorded.Equals(found))
                continue;
            throw new StorageException(ErrorIds.BackingFileMismatch, $"'{parent.Path}' is not the parent that '{path}' was made over.")
            {
                Target = path,
                Found = $"{ownName} {found}",
                Expected = $"{ownName} {recorded}",
                Remedy = "Name the parent itself. If this one holds the same, add -IgnoreIdMismatch.",
            };
        }
    }
}
