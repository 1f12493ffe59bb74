namespace OpenStackStorage.Model;

/// <summary>What one tier gains and loses from one ring to another.</summary>
public sealed class SwiftRingDifference
{
    /// <summary>"Cluster", "Region", "Zone", "Server" or "Device".</summary>
    public required string Level { get; init; }

    /// <summary>The tier as Swift names it: "r1z2-10.0.0.1".</summary>
    public required string Tier { get; init; }

    /// <summary>Partition replicas in the reference ring.</summary>
    public required long Before { get; init; }

    /// <summary>Partition replicas that must be copied to it.</summary>
    public required long Gained { get; init; }

    /// <summary>Partition replicas that it holds no longer.</summary>
    public required long Lost { get; init; }

    /// <summary>Partition replicas in the other ring.</summary>
    public required long After { get; init; }

    public override string ToString() => Tier;
}
