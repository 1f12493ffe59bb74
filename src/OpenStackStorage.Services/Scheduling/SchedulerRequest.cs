namespace OpenStackStorage.Services;

/// <summary>What a pool is sought for. Cinder's filters differ in what they ask.</summary>
public enum SchedulerOperation
{
    /// <summary>A new volume, or a new snapshot in the pool of its volume.</summary>
    Create,

    /// <summary>Another type: the volume stays where it is if that pool passes, whatever its room.</summary>
    Retype,

    /// <summary>A larger volume, where it is; only the difference needs room.</summary>
    Extend,

    /// <summary>The same volume in the pool or backend that is named.</summary>
    Migrate,

    /// <summary>Data that is there already becomes a volume.</summary>
    Manage,
}

/// <summary>What a volume needs. Cinder's <c>request_spec</c> and <c>filter_properties</c> in one; whatever filters ask the world is a function here.</summary>
public sealed record SchedulerRequest
{
    private static readonly Dictionary<string, string> _noText = [];
    private static readonly Dictionary<string, object?> _noValues = [];

    /// <summary>The volume's size in GiB; for an extension the present one. 0 needs no room: data that is there already.</summary>
    public required long SizeGiB { get; init; }

    /// <summary>The size that an extension is to give, in GiB.</summary>
    public long? NewSizeGiB { get; init; }

    public SchedulerOperation Operation { get; init; }

    /// <summary>The volume that is placed, for messages.</summary>
    public string? VolumeId { get; init; }

    /// <summary>The zone that was asked for, or the volume's; null for any.</summary>
    public string? AvailabilityZone { get; init; }

    public string? VolumeTypeName { get; init; }

    /// <summary>The type's extra specs; for a retype those of the new type.</summary>
    public IReadOnlyDictionary<string, string> ExtraSpecs { get; init; } = _noText;

    /// <summary>The specs of the type's QoS: <c>qos.x</c> in expressions.</summary>
    public IReadOnlyDictionary<string, string> QosSpecs { get; init; } = _noText;

    /// <summary><c>same_host</c>, <c>different_host</c>: an id or a list; <c>local_to_instance</c>: an id; <c>query</c>: JSON text.</summary>
    public IReadOnlyDictionary<string, object?> Hints { get; init; } = _noValues;

    /// <summary>Further facts of the volume under Cinder's names: <c>volume.x</c> in expressions.</summary>
    public IReadOnlyDictionary<string, object?> VolumeProperties { get; init; } = _noValues;

    /// <summary>The pool of a volume that a hint names, by its id; null where there is no such volume, or the user may not see it.</summary>
    public Func<string, string?> PoolOfVolume { get; init; } = _ => null;

    /// <summary>The node of an instance that a hint names, by its id. Null where nobody can tell.</summary>
    public Func<string, string?>? NodeOfInstance { get; init; }

    /// <summary>Pools in which the same request has failed before, in that order.</summary>
    public IReadOnlyList<string> RetriedPools { get; init; } = [];

    /// <summary>
    /// The pool or backend it must be: that of the source volume, snapshot or group; of the volume that is extended; the target of a
    /// migration. Null for any.
    /// </summary>
    public string? RequiredBackend { get; init; }

    /// <summary>Where the volume of a retype lies.</summary>
    public string? CurrentPool { get; init; }

    /// <summary>A retype may move the volume: migration policy <c>on-demand</c>.</summary>
    public bool AllowMigration { get; init; }

    /// <summary>The volume is attached.</summary>
    public bool IsAttached { get; init; }

    /// <summary>The room that is needed, GiB.</summary>
    public long NeededGiB => Operation == SchedulerOperation.Extend ? (NewSizeGiB ?? SizeGiB) - SizeGiB : SizeGiB;

    /// <summary>The type does not ask for thick volumes.</summary>
    internal bool WantsThin => ExtraSpecs.GetValueOrDefault("provisioning:type") != "thick";
}
