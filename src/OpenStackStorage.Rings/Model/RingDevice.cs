namespace OpenStackStorage.Rings;

/// <summary>One device of a ring. Only its builder changes it. Source: swift/common/ring/builder.py, add_dev.</summary>
public sealed class RingDevice
{
    /// <summary>The table of a ring counts devices by id; 2^24 is far above what Swift can work with.</summary>
    public const int MaximumId = (1 << 24) - 1;

    internal RingDevice()
    {
    }

    public RingDeviceId Id { get; internal init; }

    public int Region { get; internal set; }

    public int Zone { get; internal set; }

    /// <summary>Address or host name of the server: the tier above the device.</summary>
    public string Ip { get; internal set; } = "";

    public int Port { get; internal set; }

    /// <summary>Where replication connects to; the same as <see cref="Ip"/> unless given.</summary>
    public string ReplicationIp { get; internal set; } = "";

    public int ReplicationPort { get; internal set; }

    /// <summary>The name of the disk on its server, such as <c>sda</c>.</summary>
    public string Device { get; internal set; } = "";

    /// <summary>Free text.</summary>
    public string Meta { get; internal set; } = "";

    /// <summary>The device's share of the partitions, relative to the others'; 0 drains it. Finite, never negative.</summary>
    public double Weight { get; internal set; }

    /// <summary>Python holds the weight as an <c>int</c>: files then say 0, not 0.0, and Python's sums treat it apart.</summary>
    public bool WeightIsInteger { get; internal set; }

    /// <summary>Partition replicas that the device holds.</summary>
    public int Parts { get; internal set; }

    /// <summary>
    /// Partition replicas that the last rebalance still wished to give to the device; negative where it wished to take some
    /// away. Null before the first rebalance. A fraction only on devices without weight in rings of fractional replicas.
    /// </summary>
    public double? PartsWanted { get; internal set; }

    /// <summary>Fields that Swift does not know, and keeps.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Others { get; internal init; } = [];

    public RingTier Tier(RingTierLevel level) => level switch
    {
        RingTierLevel.Cluster => RingTier.Cluster,
        RingTierLevel.Region => new(Region),
        RingTierLevel.Zone => new(Region, Zone),
        RingTierLevel.Server => new(Region, Zone, Ip),
        _ => new(Region, Zone, Ip, Id),
    };

    /// <summary>As Swift's own listing names a device: <c>d0r1z2-10.0.0.1:6200R10.0.0.1:6200/sda_""</c>.</summary>
    public override string ToString() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"d{Id.Value}r{Region}z{Zone}-{Bracket(Ip)}:{Port}R{Bracket(ReplicationIp)}:{ReplicationPort}/{Device}_\"{Meta}\"");

    /// <summary>A copy, for another ring or another id.</summary>
    internal RingDevice Copy(RingDeviceId id) => new()
    {
        Id = id,
        Region = Region,
        Zone = Zone,
        Ip = Ip,
        Port = Port,
        ReplicationIp = ReplicationIp,
        ReplicationPort = ReplicationPort,
        Device = Device,
        Meta = Meta,
        Weight = Weight,
        WeightIsInteger = WeightIsInteger,
        Parts = Parts,
        PartsWanted = PartsWanted,
        Others = Others,
    };

    private static string Bracket(string ip) => ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip;
}
