namespace OpenStackStorage.Rings;

/// <summary>One tier of a dispersion report.</summary>
/// <param name="Name">As Swift names it: <c>r1z2-10.0.0.1/sda</c>.</param>
/// <param name="MaximumReplicas">Replicas of one partition that the tier should hold at most.</param>
/// <param name="PlacedParts">Partition replicas in the tier.</param>
/// <param name="Dispersion">Percent of them that are above the maximum.</param>
/// <param name="Counts">Partitions with 0, 1, 2.. replicas in the tier.</param>
public sealed record DispersionTier(
    RingTier Tier, string Name, int MaximumReplicas, long PlacedParts, double Dispersion, IReadOnlyList<int> Counts);

/// <summary>How far apart replicas lie, tier by tier. Source: swift/common/ring/utils.py, dispersion_report.</summary>
/// <param name="Tiers">In the order of tiers.</param>
/// <param name="Worst">The first tier with the greatest dispersion; null if all are perfect.</param>
public sealed record DispersionReport(IReadOnlyList<DispersionTier> Tiers, DispersionTier? Worst)
{
    /// <summary>Percent.</summary>
    public double MaximumDispersion => Worst?.Dispersion ?? 0;

    /// <param name="compatible">
    /// Swift's numbers: of rings with fractional replicas, only partitions with a replica in the last row are counted.
    /// </param>
    /// <param name="recalculate">Count anew even if the last rebalance left its count.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingNotRebalanced"/>.</exception>
    public static DispersionReport Create(RingBuilder builder, bool compatible = false, bool recalculate = false, CancellationToken token = default)
    {
        bool isFractional = builder.Replicas != Math.Floor(builder.Replicas);
        bool mustCount = recalculate || builder.DispersionGraph.Count == 0 || (isFractional && !compatible);
        IReadOnlyList<KeyValuePair<RingTier, int[]>> graph =
            mustCount ? builder.CountDispersion(compatible, token).Graph : builder.DispersionGraph;
        TierTree tree = new(builder.Devices);
        double[] split = WantedReplicas.EvenSplit(builder.Replicas, tree, Math.Ceiling);
        Dictionary<RingTier, int> maximum = [];
        for (int node = 1; node < tree.Count; node++)
            maximum[tree.TierAt(node)] = (int)split[node];

        List<DispersionTier> tiers = [];
        DispersionTier? worst = null;
        foreach ((RingTier tier, int[] counts) in graph.OrderBy(pair => pair.Key))
        {
            DispersionTier entry = Measure(tier, Name(tier, builder), maximum.GetValueOrDefault(tier), counts);
            tiers.Add(entry);
            if (entry.Dispersion > (worst?.Dispersion ?? 0))
                worst = entry;
        }

        return new DispersionReport(tiers, worst);
    }

    /// <summary>A tier's name, with the name of its device. Source: utils.py, get_tier_name.</summary>
    public static string Name(RingTier tier, RingBuilder builder) =>
        tier.Device is { } id && id.Value < builder.Devices.Count && builder.Devices[id.Value] is { } device
            ? $"{device.Tier(RingTierLevel.Server)}/{device.Device}"
            : tier.ToString();

    private static DispersionTier Measure(RingTier tier, string name, int maximum, int[] counts)
    {
        long atRisk = 0, placed = 0;
        for (int i = 1; i < counts.Length; i++)
        {
            placed += (long)counts[i] * i;
            atRisk += (long)counts[i] * Math.Max(0, i - maximum);
        }

        return new DispersionTier(tier, name, maximum, placed, placed == 0 ? 0 : 100.0 * atRisk / placed, counts);
    }
}
