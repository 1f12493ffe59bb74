using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>A new image: Glance's <c>POST /v2/images</c>.</summary>
public sealed record ImageSpec
{
    /// <summary>Chosen by the caller; null for a new one.</summary>
    public ImageId? Id { get; init; }

    public string? Name { get; init; }

    public ImageVisibility Visibility { get; init; }

    public ImageDiskFormat? DiskFormat { get; init; }

    public ImageContainerFormat? ContainerFormat { get; init; }

    /// <summary>The owning project; null for the caller's. Others are for admins.</summary>
    public string? Owner { get; init; }

    public int MinDisk { get; init; }

    public int MinRam { get; init; }

    public bool Protected { get; init; }

    public bool Hidden { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();
}

/// <summary>Changes to an image: Glance's <c>PATCH</c>. What is null stays.</summary>
public sealed record ImageChange
{
    public string? Name { get; init; }

    public ImageVisibility? Visibility { get; init; }

    /// <summary>Only while queued.</summary>
    public ImageDiskFormat? DiskFormat { get; init; }

    /// <summary>Only while queued.</summary>
    public ImageContainerFormat? ContainerFormat { get; init; }

    public string? Owner { get; init; }

    public int? MinDisk { get; init; }

    public int? MinRam { get; init; }

    public bool? Protected { get; init; }

    public bool? Hidden { get; init; }

    /// <summary>All tags that the image has afterwards.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Tags to add to those; others stay.</summary>
    public IReadOnlyList<string> AddTags { get; init; } = [];

    /// <summary>Tags to take away, where they are.</summary>
    public IReadOnlyList<string> RemoveTags { get; init; } = [];

    /// <summary>Properties to set; others stay.</summary>
    public IReadOnlyDictionary<string, string> SetProperties { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> RemoveProperties { get; init; } = [];
}

/// <summary>How data comes in.</summary>
public sealed record ImageUploadOptions
{
    /// <summary>Bytes that the data must have, as the caller counted them; null to take what comes.</summary>
    public long? ExpectedSize { get; init; }

    /// <summary>The format in which it is stored; null to store the bytes as they are.</summary>
    public DiskImageFormat? ConvertTo { get; init; }

    /// <summary>The store's name; null for the one that its weights choose.</summary>
    public string? Store { get; init; }
}

/// <summary>The data of an upload: a file on this machine, a stream that is read once, or an open disk.</summary>
public abstract record ImageContent
{
    private ImageContent()
    {
    }

    public sealed record FromFile(string Path) : ImageContent;

    /// <param name="Length">Bytes; null when that is not known before the end.</param>
    public sealed record FromStream(Stream Stream, long? Length) : ImageContent;

    /// <summary>A disk, whatever it is stored in; with <see cref="ImageUploadOptions.ConvertTo"/> alone.</summary>
    /// <param name="Disk">It stays open.</param>
    public sealed record FromDisk(DiskImage Disk) : ImageContent;
}
