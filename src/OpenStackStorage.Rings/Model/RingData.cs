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

    /// <summary>The same ring with device ids of 2 or 4 bytes.</summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingDeviceIdTooLarge"/> when an id does not fit.</exception>
    public RingData WithDeviceIds(int bytes) => new()
    {
        Devices = Devices,
        Assignments = Assignments.Resize(bytes),
        PartPower = PartPower,
        NextPartPower = NextPartPower,
        Version = Version,
    };

    /// <summary>True when both hold the same: a ring file is then up to date with its builder. Source: ring.py, RingData.to_dict.</summary>
    public bool HasSameContentAs(RingData other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (PartPower != other.PartPower || NextPartPower != other.NextPartPower || Version != other.Version || !Assignments.HasSameContentAs(other.Assignments))
            return false;
        if (Devices.Count != other.Devices.Count)
            return false;
        for (int id = 0; id < Devices.Count; id++)
        {
            if (!IsSame(Devices[id], other.Devices[id]))
                return false;
        }

        return true;
    }

    private static bool IsSame(RingDevice? left, RingDevice? right)
    {
        if (left is null || right is null)
            return left is null && right is null;
        return (left.Region, left.Zone, left.Ip, left.Port, left.Device, left.ReplicationIp, left.ReplicationPort)
                == (right.Region, right.Zone, right.Ip, right.Port, right.Device, right.ReplicationIp, right.ReplicationPort)
            && left.Weight == right.Weight && left.Meta == right.Meta;
    }
}
