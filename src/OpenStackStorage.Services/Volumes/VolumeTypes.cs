namespace OpenStackStorage.Services;

/// <summary>A volume type: what a volume is to be like, in words that the scheduler and the drivers understand.</summary>
public sealed record VolumeType
{
    /// <summary>A UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>Unique; 1 to 255 characters.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>False: only projects in <see cref="Projects"/> and admins see and use it.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>Projects with access to a private type.</summary>
    public IReadOnlyList<string> Projects { get; init; } = [];

    /// <summary><c>volume_backend_name</c>, <c>RESKEY:availability_zones</c>, <c>provisioning:type</c>, <c>multiattach</c> ...</summary>
    public IReadOnlyDictionary<string, string> ExtraSpecs { get; init; } = new Dictionary<string, string>();

    /// <summary>The QoS specs that go with it; null for none.</summary>
    public Guid? Qos { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Who carries a limit out: <c>consumer</c> of QoS specs.</summary>
public enum QosConsumer
{
    /// <summary>The backend, by its driver.</summary>
    BackEnd,

    /// <summary>The hypervisor that uses the volume.</summary>
    FrontEnd,

    Both,
}

/// <summary>Limits of speed: Cinder's QoS specs.</summary>
public sealed record QosSpecs
{
    /// <summary>A UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    public QosConsumer Consumer { get; init; }

    /// <summary><c>total_iops_sec</c>, <c>read_bytes_sec</c>, <c>write_iops_sec_max</c>, <c>total_iops_sec_per_gb</c> ...</summary>
    public IReadOnlyDictionary<string, string> Specs { get; init; } = new Dictionary<string, string>();

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}
