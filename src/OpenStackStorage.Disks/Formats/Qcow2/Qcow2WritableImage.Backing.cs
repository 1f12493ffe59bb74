namespace OpenStackStorage.Disks;

/// <content>Another backing file.</content>
public sealed partial class Qcow2WritableImage
{
    /// <inheritdoc/>
    /// <remarks>The name has at most 1023 bytes. Without <paramref name="backing"/> its format is left to who opens it.</remarks>
    public override void SetBacking(string? name, DiskImage? backing)
    {
        if (name is { Length: 0 } || (name is null && backing is not null))
            throw Invalid("A backing file goes with its name, which is not empty.");
        if (name is not null && DataFileIsRaw)
            throw Invalid($"'{File.Path}' can't have a backing file: its data file alone is a raw image of the disk.");
        BeginChange();
        _metadata.Write();
        Qcow2FirstCluster first = new(File, Header, _metadata.Barrier);
        _metadata.Adopt(first.SetBackingFile(name, backing is null ? null : ImageFormats.Get(backing.Format).Name));
    }
}
