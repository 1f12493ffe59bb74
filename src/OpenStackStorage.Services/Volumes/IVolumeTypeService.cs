namespace OpenStackStorage.Services;

/// <summary>Volume types and QoS specs as one identity may use them: <c>cinder/volume/volume_types.py</c>, <c>qos_specs.py</c>.</summary>
public interface IVolumeTypeService
{
    /// <summary>A view of the same types that decides as this one and changes nothing.</summary>
    IVolumeTypeService DryRun();

    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeTypeConflict"/>: the name is taken.</exception>
    VolumeType CreateType(VolumeTypeSpec spec);

    /// <param name="nameOrId">A name, or a UUID.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeTypeNotFound"/>, also for what the identity may not see.</exception>
    VolumeType GetType(string nameOrId);

    /// <summary>Those that the identity may use.</summary>
    IReadOnlyList<VolumeType> ListTypes();

    VolumeType UpdateType(Guid id, VolumeTypeChange change);

    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeTypeInUse"/>: volumes are of it.</exception>
    void DeleteType(Guid id);

    /// <summary>The type for volumes that name none; null for none.</summary>
    /// <param name="project">Null for all projects that have none of their own.</param>
    VolumeType? GetDefaultType(string? project);

    /// <param name="type">Null takes the setting back.</param>
    void SetDefaultType(string? project, Guid? type);

    /// <exception cref="ServiceException"><see cref="ErrorIds.QosConflict"/>: the name is taken.</exception>
    QosSpecs CreateQos(string name, QosConsumer consumer, IReadOnlyDictionary<string, string> specs);

    /// <exception cref="ServiceException"><see cref="ErrorIds.QosNotFound"/>.</exception>
    QosSpecs GetQos(string nameOrId);

    IReadOnlyList<QosSpecs> ListQos();

    /// <param name="consumer">Null leaves it.</param>
    QosSpecs UpdateQos(Guid id, QosConsumer? consumer, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> remove);

    /// <param name="force">Also where types have it; they lose it.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QosInUse"/>.</exception>
    void DeleteQos(Guid id, bool force);
}

/// <summary>A new volume type.</summary>
public sealed record VolumeTypeSpec
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public bool IsPublic { get; init; } = true;

    public IReadOnlyList<string> Projects { get; init; } = [];

    public IReadOnlyDictionary<string, string> ExtraSpecs { get; init; } = new Dictionary<string, string>();

    public Guid? Qos { get; init; }
}

/// <summary>Changes to a volume type. What is null stays.</summary>
public sealed record VolumeTypeChange
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public bool? IsPublic { get; init; }

    public IReadOnlyDictionary<string, string> SetExtraSpecs { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> RemoveExtraSpecs { get; init; } = [];

    public IReadOnlyList<string> AddProjects { get; init; } = [];

    public IReadOnlyList<string> RemoveProjects { get; init; } = [];

    public Guid? Qos { get; init; }

    /// <summary>Takes the QoS specs away.</summary>
    public bool RemoveQos { get; init; }
}
