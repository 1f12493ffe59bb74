namespace OpenStackStorage.Services;

/// <summary>Where an image is in its life. Glance, <c>glance/domain/__init__.py</c>, <c>valid_state_targets</c>.</summary>
public enum ImageStatus
{
    Queued,
    Saving,
    Uploading,
    Importing,
    Active,
    Deactivated,
    Killed,
    PendingDelete,
    Deleted,
}

/// <summary>Who sees an image. Glance's default is shared.</summary>
public enum ImageVisibility
{
    /// <summary>Its owner's project and its members; listed for a member who accepted it.</summary>
    Shared,

    /// <summary>Its owner's project alone.</summary>
    Private,

    /// <summary>Everybody; listed for its owner alone unless asked for.</summary>
    Community,

    /// <summary>Everybody, in every list.</summary>
    Public,
}

/// <summary>What the data is: Glance's <c>disk_formats</c>.</summary>
public enum ImageDiskFormat
{
    Raw,
    Qcow2,
    Vhd,
    Vhdx,
    Vmdk,
    Vdi,
    Iso,
    Ploop,
    Ami,
    Ari,
    Aki,
}

/// <summary>What the data is wrapped in: Glance's <c>container_formats</c>.</summary>
public enum ImageContainerFormat
{
    Bare,
    Ovf,
    Ova,
    Docker,
    Compressed,
    Ami,
    Ari,
    Aki,
}

/// <summary>One place that holds an image's data.</summary>
/// <param name="Store">The store's name.</param>
/// <param name="Key">What that store finds the data by; for the file store, the path below its folder.</param>
public sealed record ImageLocation(string Store, string Key);

/// <summary>An image as the catalogue knows it. Immutable; the service makes the next one.</summary>
public sealed record Image
{
    public required ImageId Id { get; init; }

    /// <summary>Up to 255 characters; not unique.</summary>
    public string? Name { get; init; }

    public required ImageStatus Status { get; init; }

    public ImageVisibility Visibility { get; init; }

    /// <summary>Recorded at creation and never probed again. Null only while queued.</summary>
    public ImageDiskFormat? DiskFormat { get; init; }

    /// <summary>Null only while queued.</summary>
    public ImageContainerFormat? ContainerFormat { get; init; }

    /// <summary>Bytes of the data; null before there is any.</summary>
    public long? Size { get; init; }

    /// <summary>Bytes of the disk that a guest sees; null where the data is no disk or there is none yet.</summary>
    public long? VirtualSize { get; init; }

    /// <summary>MD5 of the data in lower case hex.</summary>
    public string? Checksum { get; init; }

    /// <summary>Glance's <c>os_hash_algo</c>: sha512.</summary>
    public string? HashAlgorithm { get; init; }

    /// <summary>Glance's <c>os_hash_value</c> in lower case hex.</summary>
    public string? HashValue { get; init; }

    /// <summary>The project that owns it.</summary>
    public required string Owner { get; init; }

    /// <summary>GiB of the smallest disk that it boots on.</summary>
    public int MinDisk { get; init; }

    /// <summary>MiB of the least memory that it boots with.</summary>
    public int MinRam { get; init; }

    public bool Protected { get; init; }

    /// <summary>Glance's <c>os_hidden</c>: left out of lists, usable all the same.</summary>
    public bool Hidden { get; init; }

    /// <summary>In ordinal order, each once.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Additional properties, <c>kernel_id</c> and <c>ramdisk_id</c> among them.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ImageLocation> Locations { get; init; } = [];

    /// <summary>UTC, whole microseconds.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Why the last upload or change of state failed; null when it did not. Glance keeps none.</summary>
    public string? LastError { get; init; }
}

/// <summary>A member's answer to a shared image.</summary>
public enum ImageMemberStatus
{
    Pending,
    Accepted,
    Rejected,
}

/// <summary>A project that an image is shared with.</summary>
public sealed record ImageMember(ImageId Image, string Member, ImageMemberStatus Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
