namespace OpenStackStorage.Rings;

/// <summary>All that a ring file holds. Source: swift/common/ring/ring.py, RingData.</summary>
internal sealed class RingContent
{
    /// <summary>0 to <see cref="BuilderFile.MaximumPartPower"/>.</summary>
    public required int PartPower { get; init; }

    /// <summary>Set while the partition power is being increased.</summary>
    public int? NextPartPower { get; init; }

    /// <summary>The builder's version; null in rings from before 2014 and in composite rings.</summary>
    public int? Version { get; init; }

    /// <summary>By id; null where a device was removed.</summary>
    public required IReadOnlyList<DeviceRecord?> Devices { get; init; }

    public required DeviceTable Table { get; init; }

    /// <summary>Replicas, with the last row's fraction: what version 2 calls replica_count.</summary>
    public double Replicas => Table.RowCount == 0 ? 0 : Table.RowCount - 1 + ((double)Table.RowLength(Table.RowCount - 1) / Table.RowLength(0));
}
