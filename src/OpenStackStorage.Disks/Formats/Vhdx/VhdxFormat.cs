namespace OpenStackStorage.Disks;

/// <summary>VHDX, the disk image of Hyper-V: dynamic, fixed and differencing.</summary>
public sealed class VhdxFormat : ImageFormat
{
    /// <summary>Bytes of a new parent locator at most: lengths of its texts have 16 bits.</summary>
    private const int MaximumLocator = 64 << 10;

    public override DiskImageFormat Format => DiskImageFormat.Vhdx;

    public override string Name => "vhdx";

    public override IReadOnlyList<string> Extensions { get; } = [".vhdx", ".avhdx"];

    /// <summary>Hyper-V does not attach a disk whose file is sparse (ERROR_VIRTUAL_DISK_LIMITATION, 0xC03A001A).</summary>
    public override bool AllowsSparseAttribute => false;

    /// <summary>By DataWriteGuid.</summary>
    public override bool OverlaysKnowContent => true;

    public override ImageDescription Describe(BlockDevice device)
    {
        VhdxFile vhdx = VhdxFile.Read(device);
        VhdxMetadataRegion metadata = vhdx.Metadata;
        Dictionary<string, object> details = new()
        {
            ["logical_sector_size"] = metadata.LogicalSectorSize,
            ["physical_sector_size"] = metadata.PhysicalSectorSize,
            ["log_size"] = (long)vhdx.Header.LogLength,
            ["disk_id"] = metadata.DiskId.ToString(),
            ["data_write_guid"] = vhdx.Header.DataWriteGuid.ToString(),
            ["creator"] = VhdxFile.ReadCreator(device),
        };
        if (metadata.Parent is { } parent)
        {
            details["parent_linkage"] = parent.Linkage.ToString();
            foreach ((string key, string? path) in new[] { ("relative_path", parent.RelativePath), ("volume_path", parent.VolumePath), ("absolute_win32_path", parent.AbsolutePath) })
            {
                if (path is not null)
                    details[key] = path;
            }
        }

        return new ImageDescription
        {
            Format = Format,
            SubFormat = metadata.Parent is not null ? "differencing" : metadata.LeaveBlocksAllocated ? "fixed" : "dynamic",
            VirtualSize = metadata.VirtualSize,
            ClusterSize = metadata.BlockSize,
            BackingFile = metadata.Parent?.Name,
            BackingFormat = metadata.Parent is null ? null : Name,
            Dirty = vhdx.Header.HasLog,
            Details = details,
        };
    }

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        if (options.Snapshot is not null)
            throw NoSnapshots(device);
        VhdxFile vhdx = VhdxFile.Read(device);
        DiskImage? parent = vhdx.Metadata.Parent is { } locator && options.OpensBacking ? OpenParent(device, vhdx, locator, options) : null;
        return new VhdxImage(device, vhdx, parent, options.Salvage);
    }

    public override WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        DiskImage? backing = null;
        try
        {
            if (options.Snapshot is not null)
                throw NoSnapshots(device);
            VhdxFile vhdx = VhdxFile.Read(device);
            backing = vhdx.Metadata.Parent is { } parent && options.OpensBacking ? OpenParent(device, vhdx, parent, options) : null;
            return new VhdxWritableImage(device, VhdxLog.Apply(device, vhdx), backing);
        }
        catch
        {
            backing?.Dispose();
            device.Dispose();
            throw;
        }
    }

    public override void Validate(ImageCreateOptions options) => VhdxLayout.Plan(options);

    public override long? LengthWhenFull(ImageCreateOptions options) => VhdxLayout.Plan(options).LengthWhenFull;

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options) => Create(device, options, VhdxIdentity.New());

    /// <param name="identity">The ids of the new file: the same ones make the same bytes.</param>
    internal static ImageWriter Create(BlockDevice device, ImageCreateOptions options, in VhdxIdentity identity)
    {
        VhdxLayout layout = VhdxLayout.Plan(options);
        return new VhdxWriter(device, layout, identity, layout.IsDifferencing ? LocatorOf(device, options.BackingFile!, RequireParent(options).DataWriteGuid) : null);
    }

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token) =>
        new VhdxChecker(device).Run(progress, token);

    private static StorageException NoSnapshots(BlockDevice device) =>
        new(ErrorIds.ParameterInvalid, $"'{device.Path}' is a VHDX image: it has no internal snapshots.") { Target = device.Path };

    /// <summary>Names are tried in the order of [MS-VHDX] 2.6.2.6.3; the identity decides whether what is found is the parent.</summary>
    private static DiskImage OpenParent(BlockDevice device, VhdxFile vhdx, VhdxParentLocator locator, ImageOpenOptions options)
    {
        IReadOnlyList<ImageReference> references = ParentNames.References(device, locator.RelativePath, locator.VolumePath, locator.AbsolutePath);
        if (references.Count == 0)
            throw new ImageFormatException(device, vhdx.Regions.Metadata.Offset, "Parent Locator", $"'{locator.Name}'", "the name of a file");
        DiskImage parent = ImageFormats.OpenBacking(references, formatName: null, options);
        string? problem = parent is not VhdxImage image ? $"it is {parent.Format} and no VHDX"
            : !locator.IsIdentity(image.DataWriteGuid) ? $"its DataWriteGuid is {image.DataWriteGuid}, and {locator.Linkage} was expected: it is another disk, or it was written to since"
            : image.LogicalSectorSize != vhdx.Metadata.LogicalSectorSize ? $"its sectors are of {image.LogicalSectorSize} bytes, and of {vhdx.Metadata.LogicalSectorSize} here"
            : null;
        if (problem is null)
            return parent;
        string path = parent.File.Path;
        parent.Dispose();
        throw new ImageReferenceException(ErrorIds.BackingFileMismatch, new ImageReference(device, "parent", locator.Name), $"'{path}' was found, but {problem}");
    }

    private static VhdxImage RequireParent(ImageCreateOptions options) => options.Backing as VhdxImage
        ?? throw CreateOptions.Invalid($"the parent '{options.BackingFile}' must be open: its identity is recorded");

    /// <param name="device">The differencing disk.</param>
    /// <param name="name">The parent's path, also relative to the disk's folder.</param>
    /// <param name="linkage">The parent's DataWriteGuid.</param>
    internal static VhdxParentLocator LocatorOf(BlockDevice device, string name, Guid linkage)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(device.Path))!;
        string absolute = Path.GetFullPath(name, folder);
        string? relative = Path.GetRelativePath(folder, absolute);
        if (!OperatingSystem.IsWindows() && relative.Contains('\\', StringComparison.Ordinal))
            throw CreateOptions.Invalid($"the parent's name '{relative}' holds a backslash, which separates folders in a VHDX");
        relative = Path.IsPathRooted(relative) ? null : relative.Replace('/', '\\'); // rooted: another drive of Windows
        if (relative is not null && !relative.StartsWith('.'))
            relative = $@".\{relative}";
        VhdxParentLocator locator = new()
        {
            Linkage = linkage,
            RelativePath = relative,
            AbsolutePath = OperatingSystem.IsWindows() ? @"\\?\" + absolute : null,
        };
        return locator.ToBytes().Length <= MaximumLocator
            ? locator
            : throw CreateOptions.Invalid($"the path of the parent has {absolute.Length} characters: a shorter one was expected");
    }
}
