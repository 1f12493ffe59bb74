namespace OpenStackStorage.Services;

/// <summary>A backend as it is set up: a section of <c>cinder.conf</c>.</summary>
public sealed record Backend
{
    /// <summary>Unique; letters, digits, <c>.</c>, <c>_</c> and <c>-</c>. The section's name.</summary>
    public required string Name { get; init; }

    /// <summary>The driver's name: <c>File</c>.</summary>
    public required string Driver { get; init; }

    /// <summary>What types name in <c>volume_backend_name</c>; several backends may have one. The name itself by default.</summary>
    public string? VolumeBackendName { get; init; }

    /// <summary>The node that runs it: the <c>host</c> of <c>host@backend#pool</c>.</summary>
    public required string Host { get; init; }

    public string AvailabilityZone { get; init; } = "nova";

    /// <summary>What the driver wants: for <c>File</c>, <c>path</c>, <c>format</c>, <c>tier</c> ... The driver says which it knows.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>False: <c>cinder service-disable</c>. What is there stays usable, nothing new comes.</summary>
    public bool Enabled { get; init; } = true;

    public string? DisabledReason { get; init; }

    /// <summary>Percent of the capacity that stays free: <c>reserved_percentage</c>.</summary>
    public int ReservedPercentage { get; init; }

    /// <summary>How many times its capacity thin volumes may have: <c>max_over_subscription_ratio</c>; null for <c>auto</c>. Cinder's default is 20.</summary>
    public double? MaxOverSubscriptionRatio { get; init; } = 20.0;

    /// <summary>Most GiB of cached images; 0 for no limit: <c>image_volume_cache_max_size_gb</c>.</summary>
    public int ImageCacheMaxSizeGiB { get; init; }

    /// <summary>Most cached images; 0 for no limit: <c>image_volume_cache_max_count</c>.</summary>
    public int ImageCacheMaxCount { get; init; }

    /// <summary><c>image_volume_cache_enabled</c>.</summary>
    public bool ImageCacheEnabled { get; init; } = true;

    /// <summary>What a deletion overwrites: <c>volume_clear</c>. Thin volumes and files give nothing to read back, so nothing by default.</summary>
    public VolumeClear Clear { get; init; }

    /// <summary>How much of it, in MiB from the start; 0 for all: <c>volume_clear_size</c>, 0 to 1024.</summary>
    public int ClearSizeMiB { get; init; }

    /// <summary>Further capabilities that types may ask for.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; init; } = new Dictionary<string, string>();

    /// <summary><c>filter_function</c>; null for none.</summary>
    public string? FilterFunction { get; init; }

    /// <summary><c>goodness_function</c>; null for none.</summary>
    public string? GoodnessFunction { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary><c>volume_clear</c>.</summary>
public enum VolumeClear
{
    None,
    Zero,
}
