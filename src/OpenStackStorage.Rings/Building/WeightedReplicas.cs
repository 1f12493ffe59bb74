namespace OpenStackStorage.Rings;

/// <summary>Replicas that each tier would get by weight alone. Source: builder.py, _build_weighted_replicas_by_tier.</summary>
internal static class WeightedReplicas
{
    /// <summary>Rounding that Swift ignores.</summary>
    public const double Tolerance = 1e-10;

    /// <summary>By node of <paramref name="tree"/>.</summary>
    public static double[] Compute(RingBuilder builder, TierTree tree)
    {
        double[] replicas = ByDevice(builder);
        double[] byTier = new double[tree.Count];
        for (int id = 0; id < replicas.Length; id++)
        {
            if (builder.Devices[id] is not { Weight: > 0 })
                continue;
            TierPath path = tree.Paths[id];
            byTier[0] += replicas[id];
            byTier[path.Region] += replicas[id];
            byTier[path.Zone] += replicas[id];
            byTier[path.Server] += replicas[id];
            byTier[path.Device] += replicas[id];
        }

        CheckSums(builder, tree, byTier);
        return byTier;
    }

    /// <summary>At every level the replicas must sum up to the ring's. Source: utils.py, validate_replicas_by_tier.</summary>
    public static void CheckSums(RingBuilder builder, TierTree tree, double[] replicas)
    {
        for (int level = 0; level < TierTree.Levels; level++)
        {
            PythonSummation sum = new(builder.PythonSum);
            for (int node = tree.LevelStart[level]; node < tree.LevelStart[level + 1]; node++)
                sum.Add(replicas[node]);
            if (!(Math.Abs(builder.Replicas - sum.Result) <= Tolerance))
            {
                throw RingErrors.Unsolvable(
                    $"The replicas planned for all tiers of level {(RingTierLevel)level} sum up to {sum.Result:R}; {builder.Replicas:R} were expected.");
            }
        }
    }

    /// <summary>A device never gets more than one replica of a partition; what it can't take goes to the others.</summary>
    private static double[] ByDevice(RingBuilder builder)
    {
        double weightOfOnePart = builder.WeightOfOnePart();
        double[] replicas = new double[builder.Devices.Count];
        List<int> withRoom = [];
        for (int id = 0; id < replicas.Length; id++)
        {
            if (builder.Devices[id] is not { Weight: > 0 } device)
                continue;
            replicas[id] = device.Weight * weightOfOnePart / builder.Parts;
            if (replicas[id] < 1)
                withRoom.Add(id);
            else
                replicas[id] = 1;
        }

        while (true)
        {
            double remaining = builder.Replicas - Sum(builder, replicas);
            if (remaining < Tolerance)
                return replicas;
            withRoom.RemoveAll(id => replicas[id] >= 1);
            PythonSummation room = new(builder.PythonSum);
            foreach (int id in withRoom)
                room.Add(replicas[id]);
            double factor = (remaining / room.Result) + 1;
            if (!(factor > 1) || !double.IsFinite(factor))
                throw RingErrors.Unsolvable($"No device is left that could take {remaining:R} more replicas.");
            foreach (int id in withRoom)
                replicas[id] = Math.Min(1, replicas[id] * factor);
        }
    }

    /// <summary>Python holds a device's full replica as the int 1.</summary>
    private static double Sum(RingBuilder builder, double[] replicas)
    {
        PythonSummation sum = new(builder.PythonSum);
        for (int id = 0; id < replicas.Length; id++)
        {
            if (builder.Devices[id] is not { Weight: > 0 })
                continue;
            if (replicas[id] < 1)
                sum.Add(replicas[id]);
            else
                sum.AddInteger(1);
        }

        return sum.Result;
    }
}
