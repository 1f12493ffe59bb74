namespace OpenStackStorage.Services;

/// <summary>A new volume: Cinder's <c>POST /v3/volumes</c>. At most one source.</summary>
public sealed record VolumeSpec
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    /// <summary>GiB, 1 or more; null takes the source's: that of the volume or snapshot, or the least that holds the image.</summary>
    public int? SizeGiB { get; init; }

    public ImageId? Image { get; init; }

    public VolumeId? Volume { get; init; }

    public SnapshotId? Snapshot { get; init; }

    /// <summary>Name or id. Null takes the source's type; without a source, the project's default type or none.</summary>
    public string? VolumeType { get; init; }

    /// <summary>Null takes the source's, else the default.</summary>
    public string? AvailabilityZone { get; init; }

    /// <summary>The backend or pool to take, without asking the scheduler's weighers; its filters still decide. Null for any.</summary>
    public string? Backend { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary><c>same_host</c>, <c>different_host</c>, <c>local_to_instance</c>, <c>query</c>; several values with commas.</summary>
    public IReadOnlyDictionary<string, string> Hints { get; init; } = new Dictionary<string, string>();

    public bool Multiattach { get; init; }

    /// <summary>Copy all data: no linked clone, and no image cache.</summary>
    public bool Full { get; init; }
}

/// <summary>Changes to a volume's description. What is null stays.</summary>
public sealed record VolumeChange
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public IReadOnlyDictionary<string, string> SetMetadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> RemoveMetadata { get; init; } = [];

    public bool? Bootable { get; init; }

    public bool? ReadOnly { get; init; }
}

/// <summary>A new snapshot.</summary>
public sealed record SnapshotSpec
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Also of a volume in use; its consumer may have writes in flight.</summary>
    public bool Force { get; init; }
}

/// <summary>Which volumes or snapshots a list holds. What is null or empty does not filter.</summary>
public sealed record VolumeQuery
{
    /// <summary>Names with <c>*</c>, <c>?</c> and <c>[ ]</c>, without regard to case; alternatives.</summary>
    public IReadOnlyList<string> NamePatterns { get; init; } = [];

    public IReadOnlyList<Guid> Ids { get; init; } = [];

    /// <summary>Cinder's words.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>Snapshots: of this volume.</summary>
    public VolumeId? Volume { get; init; }

    public string? VolumeType { get; init; }

    /// <summary>A backend's or pool's name, or <c>host@backend#pool</c>.</summary>
    public string? Backend { get; init; }

    public string? AvailabilityZone { get; init; }

    public bool? Bootable { get; init; }

    /// <summary>All must be there with these values.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Another project's: for admins.</summary>
    public string? Project { get; init; }

    /// <summary>Those of all projects: for admins.</summary>
    public bool AllProjects { get; init; }
}

/// <summary>How a volume is removed.</summary>
public sealed record VolumeDeletion
{
    /// <summary>With its snapshots.</summary>
    public bool Cascade { get; init; }

    /// <summary>Whatever its status is: <c>os-force_delete</c>, for admins.</summary>
    public bool Force { get; init; }

    /// <summary>Overwrite first; null as the backend is set up.</summary>
    public VolumeClear? Clear { get; init; }

    /// <summary>MiB from its start to overwrite; 0 for all. Null as the backend is set up.</summary>
    public int? ClearSizeMiB { get; init; }
}

/// <summary>A new attachment.</summary>
public sealed record AttachmentSpec
{
    public string? Instance { get; init; }

    /// <summary><c>rw</c> or <c>ro</c>.</summary>
    public string Mode { get; init; } = "rw";

    /// <summary>Who connects; empty to reserve only.</summary>
    public IReadOnlyDictionary<string, string> Connector { get; init; } = new Dictionary<string, string>();

    public string? MountPoint { get; init; }
}

/// <summary>An image that is made of a volume.</summary>
public sealed record VolumeExport
{
    public required string Name { get; init; }

    public ImageDiskFormat DiskFormat { get; init; } = ImageDiskFormat.Qcow2;

    public ImageVisibility Visibility { get; init; } = ImageVisibility.Shared;

    public bool Protected { get; init; }

    /// <summary>Also a volume in use: <c>enable_force_upload</c>.</summary>
    public bool Force { get; init; }
}

/// <summary>When a retype may move data to another backend: <c>migration_policy</c>.</summary>
public enum MigrationPolicy
{
    Never,
    OnDemand,
}

/// <summary>What depends on what: a volume, snapshot, cached image or shared layer, and what was made from it.</summary>
/// <param name="Kind"><c>Image</c>, <c>CachedImage</c>, <c>Volume</c>, <c>Snapshot</c> or <c>Layer</c>.</param>
/// <param name="Id">Its id; a layer's name.</param>
/// <param name="IsLinked">It shares data with what it hangs on, so that one can't go without the other's help.</param>
/// <param name="IsSubject">The volume that was asked for.</param>
public sealed record VolumeDependency(string Kind, string Id, string? Name, bool IsLinked, bool IsSubject, IReadOnlyList<VolumeDependency> Children);

/// <summary>A fault of a volume, as its catalogue and its driver know it.</summary>
/// <param name="Code">Stable: <c>StatusStuck</c>, <c>LayerMissing</c>, <c>SizeDiffers</c> ...</param>
public sealed record VolumeFinding(VolumeId Volume, string Code, string Place, string Message, bool CanRepair);
