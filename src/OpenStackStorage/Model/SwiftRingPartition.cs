namespace OpenStackStorage.Model;

/// <summary>One replica of a partition and the device that holds it.</summary>
public sealed class SwiftRingPartition
{
    /// <summary>Full path of the builder or ring file.</summary>
    public required string Path { get; init; }

    public required int Partition { get; init; }

    /// <summary>Which replica: from 0.</summary>
    public required int Replica { get; init; }

    public required int DeviceId { get; init; }

    public required int Region { get; init; }

    public required int Zone { get; init; }

    public required string Ip { get; init; }

    public required int Port { get; init; }

    public required string Device { get; init; }
}
