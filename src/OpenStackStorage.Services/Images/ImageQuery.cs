namespace OpenStackStorage.Services;

/// <summary>A comparison of Glance's list filters: <c>created_at=gt:2026-01-01T00:00:00Z</c>.</summary>
public enum FilterOperator
{
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// <summary>A bound on a time.</summary>
public sealed record TimeFilter(FilterOperator Operator, DateTimeOffset Value);

/// <summary>What images are sorted by: Glance's sort keys.</summary>
public enum ImageSortKey
{
    Name,
    Status,
    ContainerFormat,
    DiskFormat,
    Size,
    Id,
    CreatedAt,
    UpdatedAt,
}

/// <summary>One key of a sort. Ties are broken by creation time, then id, as Glance does.</summary>
public sealed record ImageSort(ImageSortKey Key, bool Descending = false);

/// <summary>
/// Which images a list holds and in what order: the filters of Glance's <c>GET /v2/images</c>, <c>glance/api/v2/images.py</c>.
/// What is null or empty does not filter; several values of one filter are alternatives, several filters must all hold.
/// </summary>
public sealed record ImageQuery
{
    /// <summary>Exact names.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Names with <c>*</c>, <c>?</c> and <c>[ ]</c>, without regard to case. Glance has none.</summary>
    public IReadOnlyList<string> NamePatterns { get; init; } = [];

    public IReadOnlyList<ImageId> Ids { get; init; } = [];

    public IReadOnlyList<ImageStatus> Statuses { get; init; } = [];

    public IReadOnlyList<ImageDiskFormat> DiskFormats { get; init; } = [];

    public IReadOnlyList<ImageContainerFormat> ContainerFormats { get; init; } = [];

    /// <summary>
    /// Null: what Glance lists without the filter: own, public, and shared that the viewer accepted; for admins, all but
    /// the community images of others.
    /// </summary>
    public ImageVisibility? Visibility { get; init; }

    /// <summary>Lists every image that the viewer may read, community images too: Glance's <c>visibility=all</c>.</summary>
    public bool AllVisible { get; init; }

    /// <summary>With shared images of others: the viewer's answer. Null means accepted, as in Glance.</summary>
    public ImageMemberStatus? MemberStatus { get; init; }

    /// <summary>Shared images of others whatever the viewer's answer: Glance's <c>member_status=all</c>.</summary>
    public bool AnyMemberStatus { get; init; }

    public string? Owner { get; init; }

    public bool? Protected { get; init; }

    /// <summary>False or null: those that are not hidden; true: the hidden alone.</summary>
    public bool? Hidden { get; init; }

    public long? SizeMin { get; init; }

    public long? SizeMax { get; init; }

    /// <summary>All must be there.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Properties with their values; all must be there.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<TimeFilter> CreatedAt { get; init; } = [];

    public IReadOnlyList<TimeFilter> UpdatedAt { get; init; } = [];

    public string? Checksum { get; init; }

    public string? HashValue { get; init; }

    /// <summary>Empty: newest first, as Glance lists.</summary>
    public IReadOnlyList<ImageSort> Sort { get; init; } = [];

    /// <summary>Images after this one in the order; null for the first page.</summary>
    public ImageId? Marker { get; init; }
}
