using OpenStackStorage.Disks;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>What the cmdlets for internal snapshots share.</summary>
internal static class DiskImageSnapshots
{
    /// <summary>The snapshots of an image, oldest first. Only its header and snapshot table are read.</summary>
    /// <exception cref="ImageFeatureException">The format has none.</exception>
    public static List<DiskImageSnapshot> Of(string path)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        ImageFormat format = ImageFormats.Recognise(device);
        if (format.Format != DiskImageFormat.Qcow2)
        {
            throw new ImageFeatureException(device, $"an internal snapshot in a {format.Name} image")
            {
                Remedy = "Convert it with Convert-DiskImage -Format Qcow2, or make an overlay with New-DiskImage -BackingFile.",
            };
        }

        return [.. format.Describe(device).Snapshots.Select(snapshot => DiskImageInfoReader.ToModel(path, snapshot))];
    }

    /// <summary>The one snapshot that is meant: by id where that is given, else by what is its name or id.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when there is none, or more than one.</exception>
    public static DiskImageSnapshot Find(string path, string name, string? id)
    {
        List<DiskImageSnapshot> all = Of(path);
        List<DiskImageSnapshot> found = id is null
            ? all.FindAll(snapshot => snapshot.Name == name || snapshot.Id == name)
            : all.FindAll(snapshot => snapshot.Name == name && snapshot.Id == id);
        if (found.Count == 1)
            return found[0];
        string wanted = id is null ? $"'{name}'" : $"'{name}' with the id {id}";
        string message = found.Count == 0 ? $"'{path}' has no snapshot {wanted}." : $"'{path}' has {found.Count} snapshots with the name or id {wanted}.";
        throw new StorageException(ErrorIds.ParameterInvalid, message)
        {
            Target = path,
            Found = all.Count == 0 ? "no snapshots" : string.Join(", ", all.Select(Describe)),
            Expected = $"one snapshot {wanted}",
            Remedy = found.Count == 0 ? "Get-DiskImageSnapshot lists the snapshots." : "Add -SnapshotId with the id of the one that is meant.",
        };
    }

    /// <summary>For messages and questions.</summary>
    public static string Describe(DiskImageSnapshot snapshot) => $"'{snapshot.Name}' (id {snapshot.Id}, {snapshot.CreatedAt:u})";

    /// <summary>
    /// Opens the image for a change of its snapshots. Nothing is read through it, so that what is behind it stays closed, even
    /// when it is gone.
    /// </summary>
    public static Qcow2WritableImage Open(string path) =>
        (Qcow2WritableImage)ImageFormats.OpenWritable(path, new ImageOpenOptions { Format = DiskImageFormat.Qcow2, Gate = OpenGate.SameFolder, OpensBacking = false });
}
