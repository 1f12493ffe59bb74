using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>A device of one ring, from 0. Ids of removed devices are given to later ones.</summary>
public readonly record struct RingDeviceId(int Value) : IComparable<RingDeviceId>
{
    public int CompareTo(RingDeviceId other) => Value.CompareTo(other.Value);

    public override string ToString() => "d" + Value.ToString(CultureInfo.InvariantCulture);

    public static bool operator <(RingDeviceId left, RingDeviceId right) => left.Value < right.Value;

    public static bool operator >(RingDeviceId left, RingDeviceId right) => left.Value > right.Value;

    public static bool operator <=(RingDeviceId left, RingDeviceId right) => left.Value <= right.Value;

    public static bool operator >=(RingDeviceId left, RingDeviceId right) => left.Value >= right.Value;
}

/// <summary>A partition of a ring: 0 to 2^part power - 1.</summary>
public readonly record struct RingPartition(int Value) : IComparable<RingPartition>
{
    public int CompareTo(RingPartition other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public static bool operator <(RingPartition left, RingPartition right) => left.Value < right.Value;

    public static bool operator >(RingPartition left, RingPartition right) => left.Value > right.Value;

    public static bool operator <=(RingPartition left, RingPartition right) => left.Value <= right.Value;

    public static bool operator >=(RingPartition left, RingPartition right) => left.Value >= right.Value;
}
