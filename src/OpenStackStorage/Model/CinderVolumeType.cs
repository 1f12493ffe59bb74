using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A volume type as one connection saw it.</summary>
public sealed class CinderVolumeType
{
    private readonly VolumeType _type;

    internal CinderVolumeType(VolumeType type, OpenStackStorageConnection connection)
    {
        _type = type;
        Connection = connection;
    }

    public Guid VolumeTypeId => _type.Id;

    /// <summary>Unique.</summary>
    public string Name => _type.Name;

    public string? Description => _type.Description;

    /// <summary>False: only <see cref="Projects"/> and admins see and use it.</summary>
    public bool Public => _type.IsPublic;

    /// <summary>Projects with access to a private type.</summary>
    public string[] Projects => [.. _type.Projects];

    public IReadOnlyDictionary<string, string> ExtraSpecs => _type.ExtraSpecs;

    /// <summary>The id of its QoS specs; null for none.</summary>
    public Guid? Qos => _type.Qos;

    public DateTimeOffset CreatedAt => _type.CreatedAt;

    public DateTimeOffset UpdatedAt => _type.UpdatedAt;

    internal OpenStackStorageConnection Connection { get; }

    public override string ToString() => Name;
}
