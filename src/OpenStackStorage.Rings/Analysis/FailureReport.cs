namespace OpenStackStorage.Rings;

/// <summary>What the failure of one tier leaves.</summary>
/// <param name="Tier">The tier that fails, with all devices in it.</param>
/// <param name="PartsLeft">By replicas left: how many partitions have 0, 1, 2.. of them.</param>
public sealed record TierFailure(RingTier Tier, IReadOnlyList<long> PartsLeft);

/// <summary>Simulates the failure of each tier of one level: how many replicas of the partitions are left then.</summary>
public static class FailureReport
{
    /// <param name="level">Region, zone, server or device.</param>
    /// <returns>One row for each tier that holds partitions, in the order of tiers.</returns>
    public static IReadOnlyList<TierFailure> Create(RingData ring, RingTierLevel level, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(ring);
        RingAssignments table = ring.Assignments;
        if (table.RowCount == 0)
            throw new RingException(ErrorIds.RingNotRebalanced, "The ring has no assignments: it was never rebalanced.");
        RingTier[] tiers = [.. ring.Devices.OfType<RingDevice>().Select(device => device.Tier(level)).Distinct().Order()];
        Dictionary<RingTier, int> numbers = tiers.Select((tier, number) => (tier, number)).ToDictionary(pair => pair.tier, pair => pair.number);
        int[] tierOfDevice = [.. ring.Devices.Select(device => device is null ? -1 : numbers[device.Tier(level)])];

        int replicas = table.RowCount;
        long[][] left = [.. tiers.Select(_ => new long[replicas + 1])];
        long[] partsByReplicas = new long[replicas + 1];
        long[][] touched = [.. tiers.Select(_ => new long[replicas + 1])];
        int[] inPart = new int[replicas];
        for (int part = 0; part < table.RowLength(0); part++)
        {
            if (part % 65536 == 0)
                token.ThrowIfCancellationRequested();
            int count = 0;
            for (int row = 0; row < replicas && part < table.RowLength(row); row++)
            {
                if (table[row, new RingPartition(part)] is { } id)
                    inPart[count++] = tierOfDevice[id.Value];
            }

            Span<int> held = inPart.AsSpan(0, count);
            partsByReplicas[count]++;
            held.Sort();
            for (int start = 0; start < count;)
            {
                int end = start + 1;
                while (end < count && held[end] == held[start])
                    end++;
                left[held[start]][count - (end - start)]++;
                touched[held[start]][count]++;
                start = end;
            }
        }

        // Partitions without a replica in the tier keep all of theirs.
        for (int tier = 0; tier < tiers.Length; tier++)
        {
            for (int count = 0; count <= replicas; count++)
                left[tier][count] += partsByReplicas[count] - touched[tier][count];
        }

        return [.. tiers.Select((tier, number) => new TierFailure(tier, left[number]))];
    }
}
