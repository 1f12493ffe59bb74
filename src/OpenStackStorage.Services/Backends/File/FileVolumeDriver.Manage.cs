using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <content>Files that become volumes, and volumes that become files again.</content>
public sealed partial class FileVolumeDriver
{
    private const string GivenBack = "unmanaged-";

    public IReadOnlyList<ManageableVolume> ListManageable() => Guarded(() =>
        (IReadOnlyList<ManageableVolume>)[.. _folder.Names().Where(name => IsForeignName(name) && _folder.Exists(name)).Select(Judge)]);

    /// <inheritdoc/>
    /// <remarks>The old name stays on record, so that a takeover that died gives the file back.</remarks>
    public (IReadOnlyDictionary<string, string> State, int SizeGiB) Manage(Volume volume, string reference) => Guarded(() =>
    {
        if (!IsForeignName(reference) || !_folder.Exists(reference))
            throw new ServiceException(ErrorIds.VolumeNotFound, $"'{reference}' is no file in '{_folder.Path}' that could be taken over.") { Target = reference, Remedy = "List them with Get-CinderManageableVolume." };
        RequireAbsent(volume.Id);
        RequireIdle(reference);
        (DiskImageFormat format, long size) = Recognise(reference);
        return Undoing([volume with { DriverState = NoState }], () =>
        {
            _folder.WriteText(LayerNames.Managed(volume.Id), reference);
            _folder.Move(reference, LayerNames.First(volume.Id), overwrite: false);
            _folder.Flush();
            return (StateOf(format, format), (int)((size + GiB - 1) / GiB));
        });
    });

    /// <inheritdoc/>
    /// <remarks>The name says the format: what is inside a raw volume may look like another.</remarks>
    public string Unmanage(Volume volume) => Guarded(() =>
    {
        LayerChain chain = ReadChain(volume);
        string name = LayerNames.First(volume.Id);
        if (chain.Layers.Count > 1 || (_marks.IsKnown(name) && Children(name).Any()))
        {
            throw new ServiceException(ErrorIds.VolumeConflict, $"Volume {volume.Id} shares layers or has several; only a single file can be given back.")
            {
                Target = volume.Id.ToString(),
                Found = $"{chain.Layers.Count} layers",
                Expected = "one that nothing reads through",
                Remedy = "Expand the volume, and remove its snapshots and linked clones.",
            };
        }

        RequireIdle(name);
        string reference = GivenBack + volume.Id + ImageFormats.Get(chain.Active.Format).Extensions[0];
        _folder.Delete(LayerNames.Info(volume.Id)); // it told of this one layer
        _folder.Delete(LayerNames.Managed(volume.Id));
        _folder.Move(name, reference, overwrite: false);
        if (_marks.IsKnown(name))
            ForgetLayer(name);
        _folder.Flush();
        return reference;
    });

    /// <summary>The name of a file in the folder itself that is neither hidden nor a volume's.</summary>
    private static bool IsForeignName(string name) =>
        name.Length > 0 && name == Path.GetFileName(name) && name[0] != '.' && !name.Contains('\0', StringComparison.Ordinal)
        && !LayerNames.TryParseOwner(name, out _) && !name.Contains(LayerNames.PartialMark, StringComparison.Ordinal);

    private ManageableVolume Judge(string name)
    {
        try
        {
            (_, long size) = Recognise(name);
            return new ManageableVolume(name, (int)((size + GiB - 1) / GiB), Obstacle: null);
        }
        catch (StorageException error)
        {
            return new ManageableVolume(name, 0, error.Message);
        }
    }

    /// <summary>
    /// What a file is: a disk that refers to no other file, of a format that volumes may have. A name that ends as those of raw
    /// disks do has to be right.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageFormatMismatch"/>, <see cref="ErrorIds.ImageUnsafe"/>.</exception>
    private (DiskImageFormat Format, long Size) Recognise(string name)
    {
        using BlockDevice device = _folder.OpenRead(name);
        string found = ImageContentRules.RequireSafe(device).ImageFormat;
        DiskImageFormat? format = ImageFormats.Find(found)?.Format is { } known and (DiskImageFormat.Raw or DiskImageFormat.Qcow2 or DiskImageFormat.Vhdx) ? known : null;
        bool isNamedRaw = ImageFormats.Get(DiskImageFormat.Raw).Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
        if (format is not { } usable || (isNamedRaw && usable != DiskImageFormat.Raw))
        {
            throw new ServiceException(ErrorIds.ImageFormatMismatch, $"'{_folder[name]}' can't become a volume: its content is {found}.")
            {
                Target = _folder[name],
                Found = found,
                Expected = isNamedRaw ? "raw, as its name says" : "raw, qcow2 or vhdx",
                Remedy = "Convert it with Convert-DiskImage.",
            };
        }

        ImageDescription? description = usable == DiskImageFormat.Raw ? null : ImageFormats.Get(usable).Describe(device);
        if (description?.BackingFile is { } backing)
            throw new ServiceException(ErrorIds.ImageUnsafe, $"'{_folder[name]}' reads through '{backing}'; a disk of one file was expected.") { Target = _folder[name], Found = backing };
        return (usable, description?.VirtualSize ?? device.Length);
    }
}
