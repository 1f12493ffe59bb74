namespace OpenStackStorage.Disks;

/// <summary>VDI, VirtualBox's own format, version 1.1.</summary>
/// <param name="newId">Gives new images their ids; null for random ones.</param>
public sealed class VdiFormat(Func<Guid>? newId = null) : ImageFormat
{
    public override DiskImageFormat Format => DiskImageFormat.Vdi;

    public override string Name => "vdi";

    /// <summary>By the modification id.</summary>
    public override bool OverlaysKnowContent => true;

    public override IReadOnlyList<string> Extensions { get; } = [".vdi"];

    public override ImageDescription Describe(BlockDevice device)
    {
        VdiHeader header = VdiHeader.Read(device);
        Dictionary<string, object> details = new()
        {
            ["uuid"] = header.Id.ToString(),
            ["modification_uuid"] = header.ModificationId.ToString(),
            ["flags"] = (int)header.Flags,
            ["blocks"] = (int)header.Blocks,
            ["blocks_allocated"] = (int)header.BlocksAllocated,
            ["data_offset"] = (long)header.DataOffset,
        };
        if (header.Comment.Length > 0)
            details["comment"] = header.Comment;
        if (header.HasParent)
            details["parent_uuid"] = header.ParentId.ToString();
        return new ImageDescription
        {
            Format = Format,
            SubFormat = VdiLayout.NameOf(header.Type),
            VirtualSize = header.VirtualSize,
            ClusterSize = (int)header.BlockSize,
            BackingFile = header.HasParent ? $"{{{header.ParentId}}}" : null,
            BackingFormat = header.HasParent ? Name : null,
            Details = details,
        };
    }

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        if (options.Snapshot is not null)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{device.Path}' is a VDI: it has no internal snapshots.") { Target = device.Path };
        VdiHeader header = VdiHeader.Read(device);
        DiskImage? parent = header.HasParent && options.OpensBacking ? VdiParent.Open(device, header, options) : null;
        try
        {
            return new VdiImage(device, header, parent, options.Salvage);
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
            VdiHeader header = VdiHeader.Read(device);
            if (header.MapOffset % 512 != 0 || header.DataOffset % 512 != 0)
                throw new ImageFeatureException(device, $"writing with a block map at byte {header.MapOffset} and data at {header.DataOffset}, which are not whole sectors");
            if (header.HasParent && options.OpensBacking)
                parent = VdiParent.Open(device, header, options);
            return new VdiWritableImage(device, header, parent, newId ?? Guid.NewGuid);
        }
        catch
        {
            parent?.Dispose();
            device.Dispose();
            throw;
        }
    }

    public override void Validate(ImageCreateOptions options) => VdiLayout.Plan(options, default, default);

    public override long? LengthWhenFull(ImageCreateOptions options)
    {
        VdiHeader header = VdiLayout.Plan(options, default, default);
        return header.DataOffset + (header.Blocks * (long)header.BlockSize);
    }

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options)
    {
        Func<Guid> next = newId ?? Guid.NewGuid;
        return new VdiWriter(device, VdiLayout.Plan(options, next(), next()), options.Preallocation);
    }

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token) =>
        new VdiChecker(device, VdiHeader.Read(device)).Run(progress, token);
}
