namespace OpenStackStorage.Rings;

/// <summary>One line of the dispersion graph: a tier, and how many partitions have 0, 1, 2.. replicas in it.</summary>
/// <param name="Zone">Null in the tier of a region.</param>
/// <param name="Ip">Null in the tiers of regions and zones.</param>
/// <param name="DeviceId">Null in all tiers but that of devices.</param>
internal sealed record DispersionRecord(int Region, int? Zone, string? Ip, int? DeviceId, long[] Counts);

/// <summary>All that a builder file holds. Source: swift/common/ring/builder.py, to_dict and copy_from.</summary>
internal sealed class BuilderContent
{
    /// <summary>0 to <see cref="BuilderFile.MaximumPartPower"/>.</summary>
    public required int PartPower { get; init; }

    /// <summary>Set while the partition power is being increased.</summary>
    public int? NextPartPower { get; init; }

    /// <summary>From 1; the CLI makes a float, libraries may have made an int.</summary>
    public required FileNumber Replicas { get; init; }

    /// <summary>Hours.</summary>
    public required int MinPartHours { get; init; }

    /// <summary>By id; null where a device was removed.</summary>
    public required IReadOnlyList<DeviceRecord?> Devices { get; init; }

    public bool DevicesChanged { get; init; }

    public int Version { get; init; }

    /// <summary>A fraction: 0.1 is 10%.</summary>
    public FileNumber Overload { get; init; }

    /// <summary>Null before the first rebalance.</summary>
    public DeviceTable? Table { get; init; }

    /// <summary>Seconds since 1970 that <see cref="LastPartMoves"/> counts from.</summary>
    public long LastPartMovesEpoch { get; init; }

    /// <summary>Hours since each partition moved, at most 255.</summary>
    public required byte[] LastPartMoves { get; init; }

    public long LastPartGatherStart { get; init; }

    public IReadOnlyList<DispersionRecord> DispersionGraph { get; init; } = [];

    /// <summary>Percent; null in files older than it.</summary>
    public FileNumber? Dispersion { get; init; }

    /// <summary>Devices that the next rebalance takes out: the same objects as in <see cref="Devices"/>.</summary>
    public IReadOnlyList<DeviceRecord> RemovedDevices { get; init; } = [];

    /// <summary>32 hexadecimal digits; null in files from before 2017 that were never saved since.</summary>
    public string? Id { get; init; }
}
