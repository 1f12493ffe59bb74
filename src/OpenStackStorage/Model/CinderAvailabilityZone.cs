namespace OpenStackStorage.Model;

/// <summary>An availability zone of backends.</summary>
public sealed class CinderAvailabilityZone
{
    public required string Name { get; init; }

    /// <summary>Volumes can be made there now.</summary>
    public required bool Available { get; init; }

    public override string ToString() => Name;
}
