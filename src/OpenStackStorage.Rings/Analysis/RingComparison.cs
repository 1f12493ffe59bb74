namespace OpenStackStorage.Rings;

/// <summary>What a tier, or a device, has gained and lost from one ring to another.</summary>
/// <param name="Before">Partition replicas in the reference ring.</param>
/// <param name="Gained">Those of the other ring that the tier had not: data that must be copied to it.</param>
/// <param name="Lost">Those of the reference ring that it has no longer.</param>
/// <param name="After">Partition replicas in the other ring.</param>
public sealed record TierMoves(RingTier Tier, long Before, long Gained, long Lost, long After);

/// <summary>Counts, partition by partition, what moves between two rings, for every tier down to the devices.</summary>
public static class RingComparison
{
    private const int Before = 0, Gained = 1, Lost = 2, After = 3;

    private static readonly RingTierLevel[] Levels =
        [RingTierLevel.Cluster, RingTierLevel.Region, RingTierLevel.Zone, RingTierLevel.Server, RingTierLevel.Device];

    /// <returns>One row for each tier of either ring, in the order of tiers; the first is the whole cluster.</returns>
    /// <exception cref="RingException"><see cref="ErrorIds.RingParameterInvalid"/> when the part powers differ: partitions are not the same then.</exception>
    public static IReadOnlyList<TierMoves> Create(RingData reference, RingData difference, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(difference);
        if (reference.PartPower != difference.PartPower)
            throw RingErrors.Invalid("The part power", $"{difference.PartPower}", RingErrors.Text($"{reference.PartPower}, that of the ring it is compared with"));
        Dictionary<RingTier, long[]> counts = [];
        long[][][] before = Counters(reference, counts);
        long[][][] after = Counters(difference, counts);
        List<long[]> tiersBefore = [];
        List<long[]> tiersAfter = [];
        for (int part = 0; part < 1 << reference.PartPower; part++)
        {
            if (part % 65536 == 0)
                token.ThrowIfCancellationRequested();
            for (int level = 0; level < Levels.Length; level++)
            {
                Collect(reference, before, part, level, tiersBefore);
                Collect(difference, after, part, level, tiersAfter);
                foreach (long[] tier in tiersBefore)
                {
                    tier[Before]++;
                    if (!tiersAfter.Remove(tier))
                        tier[Lost]++;
                    else
                        tier[After]++;
                }

                foreach (long[] tier in tiersAfter)
                {
                    tier[Gained]++;
                    tier[After]++;
                }
            }
        }

        return [.. counts.OrderBy(tier => tier.Key).Select(tier => new TierMoves(tier.Key, tier.Value[Before], tier.Value[Gained], tier.Value[Lost], tier.Value[After]))];
    }

    /// <summary>The counters of each device's tiers, by device id and level; tiers of the same place share theirs.</summary>
    private static long[][][] Counters(RingData ring, Dictionary<RingTier, long[]> counts)
    {
        long[][][] counters = new long[ring.Devices.Count][][];
        for (int id = 0; id < counters.Length; id++)
        {
            if (ring.Devices[id] is not { } device)
                continue;
            counters[id] = new long[Levels.Length][];
            for (int level = 0; level < Levels.Length; level++)
            {
                RingTier tier = device.Tier(Levels[level]);
                if (!counts.TryGetValue(tier, out long[]? counter))
                    counts[tier] = counter = new long[4];
                counters[id][level] = counter;
            }
        }

        return counters;
    }

    private static void Collect(RingData ring, long[][][] counters, int part, int level, List<long[]> tiers)
    {
        tiers.Clear();
        for (int row = 0; row < ring.Assignments.RowCount && part < ring.Assignments.RowLength(row); row++)
        {
            if (ring.Assignments[row, new RingPartition(part)] is { } id)
                tiers.Add(counters[id.Value][level]);
        }
    }
}
