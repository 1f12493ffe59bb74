namespace OpenStackStorage.Services;

/// <summary>
/// One pool as its backend reports it. Cinder, <c>scheduler/host_manager.py</c>, <c>PoolState</c>. There are no clusters here:
/// <c>backend_id</c> is the pool's name.
/// </summary>
public sealed record PoolState
{
    private readonly double? _provisioned;
    private readonly string? _backendName;

    /// <summary><c>host@backend#pool</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What stands before <c>#</c>: the service, <c>host@backend</c>.</summary>
    public string Host => Part(Name, '#').Before;

    /// <summary>What stands before <c>@</c>: the node that the service runs on.</summary>
    public string Node => Part(Host, '@').Before;

    /// <summary>What stands between <c>@</c> and <c>#</c>; empty where nothing does.</summary>
    public string Backend => Part(Host, '@').After;

    /// <summary>What stands after <c>#</c>; empty where nothing does.</summary>
    public string Pool => Part(Name, '#').After;

    /// <summary><c>volume_backend_name</c>, which types name; by default <see cref="Backend"/>.</summary>
    public string VolumeBackendName
    {
        get => _backendName ?? Backend;
        init => _backendName = value;
    }

    /// <summary>The zone of the service.</summary>
    public string AvailabilityZone { get; init; } = "nova";

    public PoolCapacity TotalCapacityGiB { get; init; }

    /// <summary>Null where the backend did not say, which the capacity filter takes for a failure.</summary>
    public PoolCapacity? FreeCapacityGiB { get; init; }

    /// <summary>The sum of the sizes of Cinder's volumes in it.</summary>
    public double AllocatedCapacityGiB { get; init; }

    /// <summary>What all volumes in it may grow to; by default <see cref="AllocatedCapacityGiB"/>.</summary>
    public double ProvisionedCapacityGiB
    {
        get => _provisioned ?? AllocatedCapacityGiB;
        init => _provisioned = value;
    }

    /// <summary>
    /// How many times its capacity may be promised; at least 1. <see cref="CapacityFactors.OverSubscriptionRatio"/> reads a
    /// backend's setting.
    /// </summary>
    public double MaxOverSubscriptionRatio { get; init; } = CapacityFactors.DefaultOverSubscriptionRatio;

    /// <summary>Percent of the total that volumes never get, 0 to 100.</summary>
    public double ReservedPercentage { get; init; }

    public bool ThinProvisioningSupport { get; init; }

    public bool ThickProvisioningSupport { get; init; }

    public bool Multiattach { get; init; }

    /// <summary>The number of volumes in it.</summary>
    public int TotalVolumes { get; init; }

    /// <summary>The expression that <see cref="DriverFilter"/> asks, or null.</summary>
    public string? FilterFunction { get; init; }

    /// <summary>The expression, 0 to 100, that <see cref="GoodnessWeigher"/> asks, or null.</summary>
    public string? GoodnessFunction { get; init; }

    /// <summary>
    /// Whatever else the backend reports: strings, numbers, booleans, lists, maps. Goes before the properties of the same Cinder
    /// name. A <c>storage_protocol</c> with several spellings matches by each of them.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Capabilities { get; init; } = new Dictionary<string, object?>();

    /// <summary>False where the service is down.</summary>
    public bool IsUp { get; init; } = true;

    /// <summary>True where an administrator has disabled the service.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>True where an administrator has frozen the service: what it has stays usable, nothing is added.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Why it is never asked, or null. <c>HostManager._update_backend_state_map</c>.</summary>
    internal string? Unavailable =>
        !IsUp ? $"the service '{Host}' is down" :
        IsDisabled ? $"the service '{Host}' is disabled" :
        IsFrozen ? $"the service '{Host}' is frozen" : null;

    /// <summary>The pool with a volume more, as the scheduler counts until the next report; a negative size takes it back.</summary>
    /// <param name="sizeGiB">GiB; for an extension the difference.</param>
    public PoolState Consume(double sizeGiB) => this with
    {
        AllocatedCapacityGiB = AllocatedCapacityGiB + sizeGiB,
        ProvisionedCapacityGiB = ProvisionedCapacityGiB + sizeGiB,
        FreeCapacityGiB = FreeCapacityGiB is { IsKnown: true } free ? free.GiB - sizeGiB : FreeCapacityGiB,
    };

    /// <summary>Everything under Cinder's names: what extra specs, expressions and queries see as capabilities.</summary>
    internal IReadOnlyDictionary<string, object?> AllCapabilities()
    {
        Dictionary<string, object?> all = new()
        {
            ["pool_name"] = Pool,
            ["volume_backend_name"] = VolumeBackendName,
            ["total_capacity_gb"] = TotalCapacityGiB.ToDynamic(),
            ["free_capacity_gb"] = FreeCapacityGiB?.ToDynamic(),
            ["allocated_capacity_gb"] = AllocatedCapacityGiB,
            ["provisioned_capacity_gb"] = ProvisionedCapacityGiB,
            ["max_over_subscription_ratio"] = MaxOverSubscriptionRatio,
            ["reserved_percentage"] = ReservedPercentage,
            ["thin_provisioning_support"] = ThinProvisioningSupport,
            ["thick_provisioning_support"] = ThickProvisioningSupport,
            ["multiattach"] = Multiattach,
            ["total_volumes"] = TotalVolumes,
        };
        if (FilterFunction is not null)
            all["filter_function"] = FilterFunction;
        if (GoodnessFunction is not null)
            all["goodness_function"] = GoodnessFunction;
        foreach ((string name, object? value) in Capabilities)
            all[name] = value;
        all["storage_protocol"] = StorageProtocols.Variants(all.GetValueOrDefault("storage_protocol"));
        return all;
    }

    private static (string Before, string After) Part(string name, char separator)
    {
        int at = name.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (name, "") : (name[..at], name[(at + 1)..]);
    }
}
