using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A service of Cinder: the scheduler, or the one that runs a backend.</summary>
public sealed class CinderService
{
    private readonly ServiceState _state;

    internal CinderService(ServiceState state) => _state = state;

    /// <summary><c>cinder-volume</c> or <c>cinder-scheduler</c>.</summary>
    public string Binary => _state.Binary;

    /// <summary><c>host@backend</c>.</summary>
    public string NodeName => _state.Host;

    public string Zone => _state.Zone;

    /// <summary><c>enabled</c> or <c>disabled</c>.</summary>
    public string Status => _state.Enabled ? "enabled" : "disabled";

    /// <summary><c>up</c> or <c>down</c>.</summary>
    public string State => _state.Up ? "up" : "down";

    public string? DisabledReason => _state.DisabledReason;

    public DateTimeOffset UpdatedAt => _state.UpdatedAt;

    public override string ToString() => $"{Binary} {NodeName}";
}
