namespace OpenStackStorage.Model;

/// <summary>What a rebalance did.</summary>
public sealed class SwiftRebalanceResult
{
    /// <summary>Full path of the builder file.</summary>
    public required string Path { get; init; }

    /// <summary>Full path of the ring file that was written; null when none was.</summary>
    public string? RingPath { get; init; }

    /// <summary>True when the builder was written.</summary>
    public required bool Saved { get; init; }

    /// <summary>Partition replicas that lie on another device than before.</summary>
    public required long PartitionsMoved { get; init; }

    /// <summary>The same in percent of the partitions: above 100 where more than one replica of each moved.</summary>
    public required double PercentMoved { get; init; }

    /// <summary>By how many percent the worst device has too much or too little.</summary>
    public required double Balance { get; init; }

    public required double PreviousBalance { get; init; }

    /// <summary>Percent of partition replicas that share a tier with more others than needed.</summary>
    public required double Dispersion { get; init; }

    public double? PreviousDispersion { get; init; }

    /// <summary>Devices taken out of the ring.</summary>
    public required int RemovedDevices { get; init; }

    /// <summary>The builder's version now.</summary>
    public required int Version { get; init; }

    public override string ToString() => Path;
}
