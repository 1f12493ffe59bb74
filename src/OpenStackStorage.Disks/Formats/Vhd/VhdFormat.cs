using System.Globalization;

namespace OpenStackStorage.Disks;

/// <summary>VHD, which qemu calls vpc: fixed, dynamic and differencing disks.</summary>
/// <param name="clock">What new disks are stamped with; null for the system's clock.</param>
/// <param name="newId">Gives a new disk its unique id; null for random ones.</param>
public sealed class VhdFormat(TimeProvider? clock = null, Func<Guid>? newId = null) : ImageFormat
{
    public override DiskImageFormat Format => DiskImageFormat.Vhd;

    public override string Name => "vhd";

    public override IReadOnlyList<string> OtherNames { get; } = ["vpc"];

    public override IReadOnlyList<string> Extensions { get; } = [".vhd", ".avhd", ".vpc"];

    /// <summary>Hyper-V does not attach a disk whose file is sparse (ERROR_VIRTUAL_DISK_LIMITATION, 0xC03A001A).</summary>
    public override bool AllowsSparseAttribute => false;

    public override ImageDescription Describe(BlockDevice device)
    {
        VhdMetadata metadata = VhdMetadata.Read(device);
        VhdFooter footer = metadata.Footer;
        VhdGeometry geometry = footer.Geometry;
        Dictionary<string, object> details = new()
        {
            ["creator_application"] = VhdCreator.Name(footer.CreatorApplication),
            ["creator_version"] = $"{footer.CreatorVersion >> 16}.{footer.CreatorVersion & 0xFFFF}",
            ["creator_host_os"] = VhdCreator.Name(footer.CreatorHost),
            ["time_stamp"] = footer.CreatedAt.ToString("s", CultureInfo.InvariantCulture) + "Z",
            ["unique_id"] = footer.UniqueId.ToString(),
            ["original_size"] = (long)Math.Min(footer.OriginalSize, long.MaxValue),
            ["current_size"] = (long)footer.CurrentSize,
            ["disk_geometry"] = $"{geometry.Cylinders}/{geometry.Heads}/{geometry.SectorsPerTrack}",
            ["saved_state"] = footer.SavedState,
        };
        string? parent = null;
        if (footer.DiskType == VhdDiskType.Differencing)
        {
            parent = VhdParent.Names(device, metadata).FirstOrDefault();
            details["parent_unique_id"] = metadata.Header!.ParentUniqueId.ToString();
        }

        return new ImageDescription
        {
            Format = Format,
            SubFormat = VhdLayout.NameOf(footer.DiskType),
            VirtualSize = metadata.VirtualSize,
            ClusterSize = (int)(metadata.Header?.BlockSize ?? 0),
            BackingFile = parent,
            BackingFormat = parent is null ? null : Name,
            Dirty = metadata.FooterDamage is not null,
            Details = details,
        };
    }

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        if (options.Snapshot is not null)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{device.Path}' is a VHD: it has no internal snapshots.") { Target = device.Path };
        VhdMetadata metadata = VhdMetadata.Read(device);
        DiskImage? parent = metadata.Footer.DiskType == VhdDiskType.Differencing && options.OpensBacking ? VhdParent.Open(device, metadata, options) : null;
        try
        {
            return new VhdImage(device, metadata, parent, options.Salvage);
        }
        catch
        {
            parent?.Dispose();
            throw;
        }
    }

    public override WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        DiskImage? parent = null;
        try
        {
            VhdMetadata metadata = VhdMetadata.Read(device);
            if (metadata.Footer.SavedState)
                throw new ImageFeatureException(device, "writing to a disk that belongs to a virtual machine whose state was saved");
            if (metadata.Header is null)
                return new VhdFixedWritableImage(device, metadata);
            if (metadata.Footer.DiskType == VhdDiskType.Differencing && options.OpensBacking)
                parent = VhdParent.Open(device, metadata, options);
            return new VhdWritableImage(device, metadata, parent);
        }
        catch
        {
            parent?.Dispose();
            device.Dispose();
            throw;
        }
    }

    public override void Validate(ImageCreateOptions options) => VhdLayout.Plan(options, default, default);

    public override long? LengthWhenFull(ImageCreateOptions options) => VhdLayout.Plan(options, default, default).LengthWhenFull();

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options)
    {
        VhdLayout layout = VhdLayout.Plan(options, (newId ?? Guid.NewGuid)(), (clock ?? TimeProvider.System).GetUtcNow().UtcDateTime);
        return layout.DiskType == VhdDiskType.Fixed ? new VhdFixedWriter(device, layout, options) : new VhdWriter(device, layout.WithParent(options.Backing));
    }

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token) =>
        new VhdChecker(device, VhdMetadata.Read(device)).Run(deep, progress, token);
}
