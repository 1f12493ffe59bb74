namespace OpenStackStorage.Disks;

/// <summary>VMware's disks, in all the varieties that VMware's products and other hypervisors write.</summary>
public sealed class VmdkFormat : ImageFormat
{
    public override DiskImageFormat Format => DiskImageFormat.Vmdk;

    public override string Name => "vmdk";

    /// <summary>By CID.</summary>
    public override bool OverlaysKnowContent => true;

    public override IReadOnlyList<string> Extensions { get; } = [".vmdk"];

    public override ImageDescription Describe(BlockDevice device)
    {
        VmdkContent content = VmdkContent.Read(device);
        Dictionary<string, object> details = [];
        if (content.Header is { } header)
        {
            details["version"] = (int)header.Version;
            details["zeroed_grain"] = header.Flags.HasFlag(VmdkSparseFlags.ZeroedGrains);
        }

        if (content.BareType is { } type)
            details["extentType"] = type.ToString().ToUpperInvariant();
        VmdkDescriptor? descriptor = content.Descriptor;
        if (descriptor is not null)
            AddDetails(details, descriptor);
        return new ImageDescription
        {
            Format = Format,
            SubFormat = descriptor?.CreateType ?? "extent",
            VirtualSize = content.VirtualSize,
            ClusterSize = content.Header?.GrainSize ?? 0,
            BackingFile = descriptor?.ParentName,
            BackingFormat = descriptor?.ParentName is null ? null : Name,
            Compressed = content.Header?.IsCompressed ?? false,
            Dirty = content.Header is { UncleanShutdown: not 0 },
            Details = details,
        };
    }

    public override DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        RefuseSnapshot(device, options);
        return VmdkOpening.Open(device, options);
    }

    public override bool Compresses(string? subFormat, bool asked) =>
        asked || string.Equals(subFormat, nameof(VmdkKind.StreamOptimized), StringComparison.OrdinalIgnoreCase);
    public override WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        try
        {
            RefuseSnapshot(device, options);
            return VmdkOpening.OpenWritable(device, options);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    public override void Validate(ImageCreateOptions options) => VmdkLayout.Plan(options);

    public override long? LengthWhenFull(ImageCreateOptions options) => VmdkLayout.Plan(options).LengthWhenFull();

    public override IReadOnlyList<string> FilesOf(string path, ImageCreateOptions options) => VmdkLayout.Plan(options).FilesOf(path);

    public override ImageWriter Create(BlockDevice device, ImageCreateOptions options) => Create([new ImageFile(device.Path, device)], options);

    public override ImageWriter Create(IReadOnlyList<ImageFile> files, ImageCreateOptions options) => VmdkLayout.Plan(options).CreateWriter(files);

    public override IEnumerable<CheckFinding> Check(BlockDevice device, bool deep, WorkProgress progress, CancellationToken token) =>
        Check(device, OpenGate.Deny, deep, progress, token);

    public override IEnumerable<CheckFinding> Check(BlockDevice device, OpenGate gate, bool deep, WorkProgress progress, CancellationToken token) =>
        VmdkChecker.Run(device, gate, deep, progress, token);

    private static void RefuseSnapshot(BlockDevice device, ImageOpenOptions options)
    {
        if (options.Snapshot is not null)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{device.Path}' is a VMDK disk: it has no internal snapshots.")
            {
                Target = device.Path,
                Remedy = "A snapshot of VMware is a disk of its own: give the .vmdk file of that snapshot.",
            };
        }
    }

    private static void AddDetails(Dictionary<string, object> details, VmdkDescriptor descriptor)
    {
        details["cid"] = $"{descriptor.ContentId:x8}";
        if (descriptor.ParentContentId != VmdkDescriptor.NoParent)
            details["parentCID"] = $"{descriptor.ParentContentId:x8}";
        details["extents"] = descriptor.Extents.Count;
        foreach (string field in new[] { "adapterType", "virtualHWVersion", "toolsVersion" })
        {
            if (descriptor[$"ddb.{field}"] is { } value)
                details[field] = value;
        }
    }
}
