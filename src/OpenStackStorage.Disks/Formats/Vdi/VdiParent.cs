using System.Globalization;

namespace OpenStackStorage.Disks;

/// <summary>
/// Finds the parent of a differencing VDI. The image holds only its id: VirtualBox keeps the names in the virtual machine's
/// settings. So the id is looked for in the headers of the VDIs in the image's own folder, and in the folder above, as
/// VirtualBox puts differencing disks into a folder "Snapshots" below their base.
/// </summary>
internal static class VdiParent
{
    /// <summary>Files whose headers are read at most.</summary>
    private const int MaximumCandidates = 1000;

    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.BackingFileNotFound"/> with the id, <see cref="ErrorIds.BackingFileNotAllowed"/> when the gate
    /// opens nothing, <see cref="ErrorIds.BackingFileMismatch"/> when the parent was written to since.
    /// </exception>
    public static DiskImage Open(BlockDevice device, VdiHeader header, ImageOpenOptions options)
    {
        DiskImage parent = ImageFormats.OpenBacking(Find(device, header.ParentId, options.Gate), "vdi", options);
        VdiHeader found = ((VdiImage)parent).Header;
        bool isParent = found.Id == header.ParentId;
        if (isParent && (header.ParentModificationId == Guid.Empty || header.ParentModificationId == found.ModificationId))
            return parent;
        string path = parent.File.Path;
        parent.Dispose();
        throw new ImageReferenceException(ErrorIds.BackingFileMismatch, Reference(device, path), isParent
            ? $"it was written to since: its modification id is {found.ModificationId}, and {header.ParentModificationId} was expected"
            : $"its id is {found.Id}, and {header.ParentId} was expected");
    }

    private static ImageReference Find(BlockDevice device, Guid id, OpenGate gate)
    {
        // VirtualBox calls its differencing disks by their id. A gate that opens nothing says so here, before any folder is listed.
        ImageReference named = Reference(device, string.Create(CultureInfo.InvariantCulture, $"{{{id}}}.vdi"));
        if (HasId(named, id, gate, throwing: true))
            return named;
        bool refused = false;
        foreach (ImageReference candidate in Candidates(device))
        {
            try
            {
                if (HasId(candidate, id, gate, throwing: false))
                    return candidate;
            }
            catch (ImageReferenceException error)
            {
                refused |= error.Id == ErrorIds.BackingFileNotAllowed;
            }
        }

        string place = refused ? "no VDI in the image's own folder has that id, and others may not be opened" : "no VDI in the image's folder or in the one above has that id";
        throw new ImageReferenceException(ErrorIds.BackingFileNotFound, named, place);
    }

    private static IEnumerable<ImageReference> Candidates(BlockDevice device)
    {
        EnumerationOptions files = new() { IgnoreInaccessible = true, MatchCasing = MatchCasing.CaseInsensitive };
        string? folder = Path.GetDirectoryName(Path.GetFullPath(device.Path));
        List<string> paths = [];
        foreach (string? place in new[] { folder, folder is null ? null : Path.GetDirectoryName(folder) })
        {
            if (Directory.Exists(place))
                paths.AddRange(Directory.EnumerateFiles(place, "*.vdi", files).Take(MaximumCandidates - paths.Count).Order(StringComparer.Ordinal));
        }

        return paths.Select(path => Reference(device, path));
    }

    /// <summary>Opens a candidate through the gate and reads its header; what is no VDI is not it.</summary>
    private static bool HasId(ImageReference reference, Guid id, OpenGate gate, bool throwing)
    {
        try
        {
            using BlockDevice candidate = gate.Open(reference);
            return VdiHeader.Read(candidate).Id == id;
        }
        catch (ImageReferenceException error) when (throwing && error.Id == ErrorIds.BackingFileNotFound)
        {
            return false;
        }
        catch (StorageException error) when (error is not ImageReferenceException)
        {
            return false;
        }
    }

    private static ImageReference Reference(BlockDevice device, string name) => new(device, "parent", name);
}
