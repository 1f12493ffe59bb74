using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>How deep a tier of failure lies. Ports do not count: two ports of one address fail together.</summary>
public enum RingTierLevel
{
    /// <summary>All devices of the ring.</summary>
    Cluster,
    Region,
    Zone,
    /// <summary>One address.</summary>
    Server,
    Device,
}

/// <summary>
/// A tier of failure: all devices of a region, of a zone, of a server, or one device. Source:
/// swift/common/ring/utils.py, tiers_for_dev.
/// </summary>
/// <param name="Region">Null for the whole cluster.</param>
/// <param name="Zone">Null above zones.</param>
/// <param name="Ip">Null above servers.</param>
/// <param name="Device">Null above devices.</param>
public readonly record struct RingTier(int? Region, int? Zone = null, string? Ip = null, RingDeviceId? Device = null) : IComparable<RingTier>
{
    public static RingTier Cluster => default;

    public RingTierLevel Level =>
        Device is not null ? RingTierLevel.Device
        : Ip is not null ? RingTierLevel.Server
        : Zone is not null ? RingTierLevel.Zone
        : Region is not null ? RingTierLevel.Region
        : RingTierLevel.Cluster;

    /// <summary>The order of Python's tuples: a tier comes right before what lies in it.</summary>
    public int CompareTo(RingTier other)
    {
        int order = Nullable.Compare(Region, other.Region);
        if (order == 0)
            order = Nullable.Compare(Zone, other.Zone);
        if (order == 0)
            order = CompareIps(Ip, other.Ip);
        return order == 0 ? Nullable.Compare(Device, other.Device) : order;
    }

    /// <summary>As Swift shows it: <c>r1</c>, <c>r1z2</c>, <c>r1z2-10.0.0.1</c>; a device by its id.</summary>
    public override string ToString() => Level switch
    {
        RingTierLevel.Cluster => "cluster",
        RingTierLevel.Region => string.Create(CultureInfo.InvariantCulture, $"r{Region}"),
        RingTierLevel.Zone => string.Create(CultureInfo.InvariantCulture, $"r{Region}z{Zone}"),
        RingTierLevel.Server => string.Create(CultureInfo.InvariantCulture, $"r{Region}z{Zone}-{Ip}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"r{Region}z{Zone}-{Ip}/IDd{Device!.Value.Value}"),
    };

    public static bool operator <(RingTier left, RingTier right) => left.CompareTo(right) < 0;

    public static bool operator >(RingTier left, RingTier right) => left.CompareTo(right) > 0;

    public static bool operator <=(RingTier left, RingTier right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RingTier left, RingTier right) => left.CompareTo(right) >= 0;

    /// <summary>By code point, as Python compares text; UTF-16 order differs above U+D7FF.</summary>
    internal static int CompareIps(string? left, string? right)
    {
        if (left is null || right is null)
            return (left is null ? 0 : 1) - (right is null ? 0 : 1);
        int length = Math.Min(left.Length, right.Length);
        for (int i = 0; i < length; i++)
        {
            if (left[i] == right[i])
                continue;
            bool leftIsPair = char.IsSurrogate(left[i]), rightIsPair = char.IsSurrogate(right[i]);
            return leftIsPair == rightIsPair ? left[i] - right[i] : leftIsPair ? 1 : -1;
        }

        return left.Length - right.Length;
    }
}
