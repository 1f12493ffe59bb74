namespace OpenStackStorage.Model;

/// <summary>How far apart the replicas lie in one tier.</summary>
public sealed class SwiftRingDispersion
{
    /// <summary>Full path of the builder file.</summary>
    public required string Path { get; init; }

    /// <summary>"Region", "Zone", "Server" or "Device".</summary>
    public required string Level { get; init; }

    /// <summary>The tier as Swift names it: "r1z2-10.0.0.1".</summary>
    public required string Tier { get; init; }

    /// <summary>Partitions with a replica in the tier.</summary>
    public required long Partitions { get; init; }

    /// <summary>Percent of them with more replicas in the tier than they should have.</summary>
    public required double AtRisk { get; init; }

    /// <summary>Replicas that a partition should have in the tier at most.</summary>
    public required int MaximumReplica { get; init; }

    /// <summary>By replicas in the tier: how many partitions have 0, 1, 2.. of them there.</summary>
    public required int[] Count { get; init; }

    public override string ToString() => Tier;
}
