namespace OpenStackStorage.Disks;

/// <content>Another backing file.</content>
public sealed partial class Qcow2WritableImage
{
    /// <summary>
    /// Names another backing file, or none. Only the name changes, at once: what the disk reads as through the new one is
    /// for the caller to keep the same. This open image goes on reading the old one.
    /// </summary>
    /// <param name="name">At most 1023 bytes; null for none.</param>
    /// <param name="format">Its format; null to have it recognised by its content.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> when the image can't have it.</exception>
    public void SetBackingFile(string? name, DiskImageFormat? format)
    {
        if (name is { Length: 0 } || (name is null && format is not null))
            throw Invalid("A backing file's format goes with its name, which is not empty.");
        if (name is not null && DataFileIsRaw)
            throw Invalid($"'{File.Path}' can't have a backing file: its data file alone is a raw image of the disk.");
        BeginChange();
        _metadata.Write();
        Qcow2FirstCluster first = new(File, Header, _metadata.Barrier);
        _metadata.Adopt(first.SetBackingFile(name, format is { } known ? ImageFormats.Get(known).Name : null));
    }
}
