namespace OpenStackStorage.Rings;

/// <summary>What a ring file holds: all that a proxy needs to find objects, and nothing of how it came about.</summary>
/// <remarks>Source: swift/common/ring/ring.py, RingData.</remarks>
public sealed class RingData
{
    /// <summary>By id; null where a device was removed.</summary>
    public required IReadOnlyList<RingDevice?> Devices { get; init; }

    public required RingAssignments Assignments { get; init; }

    /// <summary>0 to 32; the ring has 2^PartPower partitions.</summary>
    public required int PartPower { get; init; }

    /// <summary>Bits by which a hash's first 32 are shifted down to its partition.</summary>
    public int PartShift => 32 - PartPower;

    /// <summary>Set while the part power is being increased.</summary>
    public int? NextPartPower { get; init; }

    /// <summary>The builder's version when the ring was written; null in very old and in composite rings.</summary>
    public int? Version { get; init; }

    /// <summary>Replicas with the last fraction.</summary>
    public double Replicas => Assignments.Replicas;
}
