namespace OpenStackStorage.Services;

/// <summary>A volume as the catalogue knows it: Cinder's row with what belongs to it. A snapshot of one moment; never changes.</summary>
public sealed record Volume
{
    public required VolumeId Id { get; init; }

    /// <summary>Need not be there, need not be unique.</summary>
    public string? Name { get; init; }

    public string? Description { get; init; }

    public required VolumeStatus Status { get; init; }

    /// <summary>What it was before a backup, an upload or a resize, and becomes again.</summary>
    public VolumeStatus? PreviousStatus { get; init; }

    public MigrationStatus MigrationStatus { get; init; }

    /// <summary>Size in GiB.</summary>
    public required int SizeGiB { get; init; }

    /// <summary>The owning project.</summary>
    public required string Project { get; init; }

    /// <summary>Who made it.</summary>
    public required string User { get; init; }

    /// <summary>The name of its type; null for none.</summary>
    public string? VolumeType { get; init; }

    /// <summary>The pool that holds it, as Cinder writes it: <c>host@backend#pool</c>. Null while no pool is chosen.</summary>
    public string? Host { get; init; }

    public required string AvailabilityZone { get; init; }

    /// <summary>It was made from an image, or was declared to be bootable.</summary>
    public bool Bootable { get; init; }

    /// <summary>Several attachments at once are allowed, by its type's <c>multiattach</c>.</summary>
    public bool Multiattach { get; init; }

    /// <summary>Attachments may only read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The image that it was made from.</summary>
    public ImageId? SourceImage { get; init; }

    /// <summary>The volume that it was cloned from. It may be gone.</summary>
    public VolumeId? SourceVolume { get; init; }

    /// <summary>The snapshot that it was made from. It may be gone.</summary>
    public SnapshotId? SourceSnapshot { get; init; }

    /// <summary>The user's own.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What its image said: <c>volume_glance_metadata</c>. Goes into the images that are made of it.</summary>
    public IReadOnlyDictionary<string, string> ImageMetadata { get; init; } = new Dictionary<string, string>();

    /// <summary>What its driver needs to know of it: Cinder's <c>provider_location</c> and <c>admin_metadata</c>. Nobody else looks inside.</summary>
    public IReadOnlyDictionary<string, string> DriverState { get; init; } = new Dictionary<string, string>();

    /// <summary>Not null: this is no user's volume, but an image's content that a backend holds to clone volumes from.</summary>
    public CachedImage? Cached { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Why the last operation failed; null after one that did not.</summary>
    public string? LastError { get; init; }
}

/// <summary>
/// An entry of a backend's image cache: Cinder's <c>image_volume_cache_entries</c>. Its volume belongs to the project
/// <see cref="InternalProject"/>, counts against nobody's quota, and is never written again.
/// </summary>
/// <param name="Image">The image whose content it is.</param>
/// <param name="ImageUpdatedAt">When the image had been changed last: another time makes the entry stale.</param>
/// <param name="LastUsedAt">When a volume was last made from it.</param>
public sealed record CachedImage(ImageId Image, DateTimeOffset ImageUpdatedAt, DateTimeOffset LastUsedAt)
{
    /// <summary>Owner of cache entries: <c>cinder_internal_tenant_project_id</c>.</summary>
    public const string InternalProject = "cinder-internal";
}

/// <summary>A snapshot of a volume.</summary>
public sealed record VolumeSnapshot
{
    public required SnapshotId Id { get; init; }

    public required VolumeId Volume { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public required SnapshotStatus Status { get; init; }

    /// <summary>The volume's size when the snapshot was taken.</summary>
    public required int SizeGiB { get; init; }

    public required string Project { get; init; }

    /// <summary>The volume's type when the snapshot was taken, for quotas.</summary>
    public string? VolumeType { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>As <see cref="Volume.DriverState"/>.</summary>
    public IReadOnlyDictionary<string, string> DriverState { get; init; } = new Dictionary<string, string>();

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public string? LastError { get; init; }
}

/// <summary>A volume's attachment to something that uses it.</summary>
public sealed record VolumeAttachment
{
    public required AttachmentId Id { get; init; }

    public required VolumeId Volume { get; init; }

    public required string Project { get; init; }

    /// <summary>The server that uses the volume; null for consumers that are none.</summary>
    public string? Instance { get; init; }

    public required AttachStatus Status { get; init; }

    /// <summary><c>rw</c> or <c>ro</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Who connects: <c>host</c>, <c>ip</c>, <c>initiator</c> ...; empty while only reserved.</summary>
    public IReadOnlyDictionary<string, string> Connector { get; init; } = new Dictionary<string, string>();

    /// <summary>How to reach the data, as the driver says: <c>driver_volume_type</c>, <c>export</c>, <c>name</c>, <c>format</c> ...; empty while only reserved.</summary>
    public IReadOnlyDictionary<string, string> ConnectionInfo { get; init; } = new Dictionary<string, string>();

    /// <summary>The device's name in the server.</summary>
    public string? MountPoint { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? AttachedAt { get; init; }
}
