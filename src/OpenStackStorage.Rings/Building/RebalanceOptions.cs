namespace OpenStackStorage.Rings;

/// <summary>How a rebalance is done.</summary>
public sealed record RebalanceOptions
{
    /// <summary>The same seed gives the same ring; none gives another each time.</summary>
    public RingSeed Seed { get; init; }

    /// <summary>
    /// Count moved partitions and dispersion as Swift does: with fractional replicas it leaves out all partitions that have no
    /// replica in the last row. The assignments are the same.
    /// </summary>
    public bool Compatible { get; init; }

    /// <summary>The system's clock if null.</summary>
    public TimeProvider? Clock { get; init; }
}

/// <summary>The state of a ring right before a rebalance.</summary>
/// <param name="Balance">Percent.</param>
/// <param name="Dispersion">Percent; null if it was never counted.</param>
/// <param name="DevicesChanged">Devices, weights or replicas had been changed since the rebalance before.</param>
/// <param name="MinPartSecondsLeft">Seconds until partitions could move again; 0 if they could.</param>
public sealed record RebalanceChange(double Balance, double? Dispersion, bool DevicesChanged, long MinPartSecondsLeft);

/// <summary>What a rebalance did. The judgements are those of swift/cli/ringbuilder.py, rebalance.</summary>
public sealed record RebalanceResult
{
    public required RebalanceChange Before { get; init; }

    /// <summary>Partition replicas that lie on another device than before.</summary>
    public required long PartsMoved { get; init; }

    /// <summary>By how many percent the worst device has too much or too little; <see cref="RingBuilder.MaximumBalance"/> for infinity.</summary>
    public required double Balance { get; init; }

    /// <summary>Percent of partition replicas that share a tier with more others than needed.</summary>
    public required double Dispersion { get; init; }

    /// <summary>Devices taken out.</summary>
    public required int RemovedDevices { get; init; }

    /// <summary>No device holds more than it should; false where partitions had moved too recently or found no better place.</summary>
    public required bool IsSettled { get; init; }

    /// <summary>Partitions of the ring.</summary>
    public required int Parts { get; init; }

    public required double Overload { get; init; }

    public required int MinPartHours { get; init; }

    /// <summary>Moved partition replicas in percent of the partitions: above 100 where more than one replica of each moved.</summary>
    public double PercentMoved => 100.0 * PartsMoved / Parts;

    /// <summary>Nothing moved and no device went: "No partitions could be reassigned".</summary>
    public bool IsUnchanged => PartsMoved == 0 && RemovedDevices == 0;

    /// <summary>The ring got better by so little that it is not worth a new one: "Cowardly refusing to save".</summary>
    public bool IsTooSmall
    {
        get
        {
            if (Before.DevicesChanged)
                return false;
            bool balanceChanged = Math.Abs(Before.Balance - Balance) >= 1
                || (Before.Balance == RingBuilder.MaximumBalance && Balance == RingBuilder.MaximumBalance);
            bool dispersionChanged = Before.Dispersion is not { } dispersion || Math.Abs(dispersion - Dispersion) >= 1;
            return !balanceChanged && !dispersionChanged;
        }
    }

    /// <summary>Some partitions could lie further apart: change weights, raise the overload, or see the dispersion report.</summary>
    public bool IsBadlyDispersed => Dispersion > 0;

    /// <summary>The ring should be distributed now, and rebalanced again after <see cref="MinPartHours"/>.</summary>
    public bool NeedsAnotherRebalance => !IsBadlyDispersed && Balance > 5 && Balance / 100.0 > Overload;
}
