namespace OpenStackStorage.Rings;

/// <summary>A device to add to a ring.</summary>
public sealed record RingDeviceSpec
{
    public int Region { get; init; } = 1;

    public required int Zone { get; init; }

    /// <summary>Address or host name; tiers compare it as text, so write it always in the same way.</summary>
    public required string Ip { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary><see cref="Ip"/> if null.</summary>
    public string? ReplicationIp { get; init; }

    /// <summary><see cref="Port"/> if null.</summary>
    public int? ReplicationPort { get; init; }

    /// <summary>The name of the disk, such as <c>sda</c>; neither empty nor with spaces around it.</summary>
    public required string Device { get; init; }

    public string Meta { get; init; } = "";

    /// <summary>Finite and not negative.</summary>
    public required double Weight { get; init; }

    /// <summary>The first free id if null.</summary>
    public RingDeviceId? Id { get; init; }
}
