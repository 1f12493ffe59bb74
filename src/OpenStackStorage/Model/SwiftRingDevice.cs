namespace OpenStackStorage.Model;

/// <summary>One device of a ring.</summary>
public sealed class SwiftRingDevice
{
    /// <summary>Full path of the builder or ring file that it belongs to.</summary>
    public required string Path { get; init; }

    /// <summary>Its number in the ring. A removed device's is given to a later one.</summary>
    public required int Id { get; init; }

    public required int Region { get; init; }

    public required int Zone { get; init; }

    public required string Ip { get; init; }

    public required int Port { get; init; }

    public required string ReplicationIp { get; init; }

    public required int ReplicationPort { get; init; }

    /// <summary>The name of the disk on its server: "sda".</summary>
    public required string Device { get; init; }

    /// <summary>Its share of the partitions, relative to the others'; 0 drains it.</summary>
    public required double Weight { get; init; }

    /// <summary>Partition replicas that it holds.</summary>
    public int Partitions { get; init; }

    /// <summary>Partition replicas that the last rebalance still wished to give to it, or to take; null before the first, and in ring files.</summary>
    public double? PartitionsWanted { get; init; }

    /// <summary>By how many percent it holds more, or less, than its weight asks for; null in ring files.</summary>
    public double? Balance { get; init; }

    /// <summary>"DEL" when the next rebalance takes it out; else empty.</summary>
    public string Flags { get; init; } = "";

    public string Meta { get; init; } = "";

    public override string ToString() => $"d{Id}r{Region}z{Zone}-{Ip}:{Port}/{Device}";
}
