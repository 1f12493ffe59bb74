namespace OpenStackStorage.Rings;

/// <summary>
/// How many replicas of a partition each tier may hold, and how many on average. Tiers without weight have 0 of all.
/// Source: builder.py, _build_target_replicas_by_tier and _build_replica_plan.
/// </summary>
internal sealed class ReplicaPlan
{
    private ReplicaPlan(double[] target)
    {
        Target = target;
        Minimum = Array.ConvertAll(target, static value => (int)Math.Floor(value + WeightedReplicas.Tolerance));
        Maximum = Array.ConvertAll(target, static value => (int)Math.Ceiling(value - WeightedReplicas.Tolerance));
    }

    /// <summary>By node: replicas per partition on average.</summary>
    public double[] Target { get; }

    /// <summary>By node.</summary>
    public int[] Minimum { get; }

    /// <summary>By node.</summary>
    public int[] Maximum { get; }

    public static ReplicaPlan Compute(RingBuilder builder, TierTree tree)
    {
        double[] weighted = WeightedReplicas.Compute(builder, tree);
        double[] wanted = WantedReplicas.Compute(builder, tree, weighted);
        double required = RequiredOverload(builder, tree, weighted, wanted);
        if (required <= 0)
            return new ReplicaPlan(wanted);

        double overload = Math.Min(builder.Overload, required);
        double[] target = new double[tree.Count];
        for (int node = 0; node < target.Length; node++)
        {
            double slope = (wanted[node] - weighted[node]) / required;
            target[node] = (slope * overload) + weighted[node];
        }

        WeightedReplicas.CheckSums(builder, tree, target);
        return new ReplicaPlan(target);
    }

    /// <summary>The greatest share by which a device must be overfilled for the best dispersion. Source: get_required_overload.</summary>
    public static double RequiredOverload(RingBuilder builder)
    {
        TierTree tree = new(builder.Devices);
        double[] weighted = WeightedReplicas.Compute(builder, tree);
        return RequiredOverload(builder, tree, weighted, WantedReplicas.Compute(builder, tree, weighted));
    }

    private static double RequiredOverload(RingBuilder builder, TierTree tree, double[] weighted, double[] wanted)
    {
        double required = 0;
        for (int id = 0; id < builder.Devices.Count; id++)
        {
            if (builder.Devices[id] is not { Weight: > 0 })
                continue;
            int node = tree.Paths[id].Device;
            required = Math.Max(required, (wanted[node] - weighted[node]) / weighted[node]);
        }

        return required;
    }
}
