namespace OpenStackStorage.Disks;

/// <summary>A byte position on the disk that the guest sees.</summary>
public readonly record struct GuestOffset(long Value) : IComparable<GuestOffset>
{
    public static GuestOffset operator +(GuestOffset offset, long bytes) => new(offset.Value + bytes);

    public static long operator -(GuestOffset end, GuestOffset start) => end.Value - start.Value;

    public static bool operator <(GuestOffset left, GuestOffset right) => left.Value < right.Value;

    public static bool operator >(GuestOffset left, GuestOffset right) => left.Value > right.Value;

    public static bool operator <=(GuestOffset left, GuestOffset right) => left.Value <= right.Value;

    public static bool operator >=(GuestOffset left, GuestOffset right) => left.Value >= right.Value;

    public int CompareTo(GuestOffset other) => Value.CompareTo(other.Value);
}

/// <summary>A byte position in a file or on a device of the host. It never converts to a <see cref="GuestOffset"/>.</summary>
public readonly record struct HostOffset(long Value) : IComparable<HostOffset>
{
    public static HostOffset operator +(HostOffset offset, long bytes) => new(offset.Value + bytes);

    public static long operator -(HostOffset end, HostOffset start) => end.Value - start.Value;

    public static bool operator <(HostOffset left, HostOffset right) => left.Value < right.Value;

    public static bool operator >(HostOffset left, HostOffset right) => left.Value > right.Value;

    public static bool operator <=(HostOffset left, HostOffset right) => left.Value <= right.Value;

    public static bool operator >=(HostOffset left, HostOffset right) => left.Value >= right.Value;

    public int CompareTo(HostOffset other) => Value.CompareTo(other.Value);
}
