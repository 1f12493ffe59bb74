namespace OpenStackStorage.Model;

/// <summary>A builder file, or a ring file, and what can be said of it without looking at every partition.</summary>
public sealed class SwiftRing
{
    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>"Builder" or "Ring".</summary>
    public required string Kind { get; init; }

    /// <summary>The ring has 2^PartPower partitions.</summary>
    public required int PartPower { get; init; }

    /// <summary>Set while the part power is being increased.</summary>
    public int? NextPartPower { get; init; }

    /// <summary>Replicas of each partition; may have a fraction.</summary>
    public required double Replica { get; init; }

    /// <summary>Hours for which a partition that moved is left alone; null for a ring file.</summary>
    public int? MinPartHours { get; init; }

    /// <summary>Seconds until partitions that moved last may move again; null for a ring file.</summary>
    public long? MinPartSecondsLeft { get; init; }

    /// <summary>By how much a device may get more than its weight asks for: 0.1 is 10 %. Null for a ring file.</summary>
    public double? Overload { get; init; }

    public int Regions { get; init; }

    public int Zones { get; init; }

    /// <summary>How many devices there are.</summary>
    public int Devices { get; init; }

    /// <summary>By how many percent the worst device has too much or too little; null for a ring file or a ring without weight.</summary>
    public double? Balance { get; init; }

    /// <summary>Percent of partition replicas that share a tier with more others than needed; null where it was never counted.</summary>
    public double? Dispersion { get; init; }

    /// <summary>Counts the changes of the builder; null in very old and composite rings.</summary>
    public int? Version { get; init; }

    /// <summary>True when the builder was changed since its last rebalance.</summary>
    public bool Changed { get; init; }

    /// <summary>Whether the ring file beside a builder is "up-to-date", "obsolete", "not found" or "invalid"; null for a ring file.</summary>
    public string? RingState { get; init; }

    /// <summary>Bytes of a device id in the table: 2 or 4.</summary>
    public int DeviceIdBytes { get; init; }

    /// <summary>The builder's own identity; null before its first save and for a ring file.</summary>
    public string? Id { get; init; }

    public override string ToString() => Path;
}
