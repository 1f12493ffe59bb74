namespace OpenStackStorage.Rings;

/// <summary>
/// Replicas that each tier should get for the best dispersion, as near to the weights as that allows. Source: builder.py,
/// _build_wanted_replicas_by_tier.
/// </summary>
internal sealed class WantedReplicas
{
    /// <summary>Far more passes than any ring needs; upstream would never end.</summary>
    private const int MaximumPasses = 100_000;

    private readonly RingBuilder _builder;
    private readonly TierTree _tree;
    private readonly double[] _weighted;
    private readonly double[] _even;
    private readonly double[] _wanted;

    private WantedReplicas(RingBuilder builder, TierTree tree, double[] weighted)
    {
        _builder = builder;
        _tree = tree;
        _weighted = weighted;
        _even = EvenSplit(builder.Replicas, tree, static replicas => replicas);
        _wanted = new double[tree.Count];
    }

    /// <summary>By node of <paramref name="tree"/>.</summary>
    public static double[] Compute(RingBuilder builder, TierTree tree, double[] weighted)
    {
        WantedReplicas plan = new(builder, tree, weighted);
        plan.Place(0, builder.Replicas);
        WeightedReplicas.CheckSums(builder, tree, plan._wanted);
        return plan._wanted;
    }

    /// <summary>Replicas split evenly over the children at each level, at most one per device. Source: _build_max_replicas_by_tier.</summary>
    public static double[] EvenSplit(double replicas, TierTree tree, Func<double, double> bound)
    {
        double[] split = new double[tree.Count];
        split[0] = replicas;
        for (int node = 0; node < tree.LevelStart[TierTree.Levels - 1]; node++)
        {
            int[] children = tree.WeightedChildren(node);
            foreach (int child in children)
            {
                double share = bound(split[node] / children.Length);
                split[child] = child >= tree.LevelStart[TierTree.Levels - 1] ? Math.Min(1, share) : share;
            }
        }

        return split;
    }

    private void Place(int node, double replicas)
    {
        if (replicas > _tree.WeightedDevices[node])
        {
            throw RingErrors.Unsolvable(
                $"{_tree.TierAt(node)} would need {replicas:R} devices with weight, and has {_tree.WeightedDevices[node]}.");
        }

        _wanted[node] = replicas;
        int[] children = _tree.WeightedChildren(node);
        if (children.Length == 0)
            return;
        Share[] shares = Spread(node, replicas, children);
        for (int i = 0; i < children.Length; i++)
            Place(children[i], shares[i].Value);
    }

    private Share[] Spread(int node, double replicas, int[] children)
    {
        Share[] shares = new Share[children.Length];
        bool[] takes = new bool[children.Length];
        Array.Fill(takes, true);
        bool deviceLimited = false;
        double remaining = replicas;
        for (int pass = 0; pass < MaximumPasses; pass++)
        {
            AddByWeight(children, shares, takes, remaining, deviceLimited);
            remaining = replicas - Sum(shares);
            if (remaining < -WeightedReplicas.Tolerance)
            {
                for (int i = 0; i < children.Length; i++)
                    takes[i] = shares[i].Value > Math.Floor(_even[children[i]]);
            }
            else if (remaining > WeightedReplicas.Tolerance)
            {
                bool any = false;
                for (int i = 0; i < children.Length; i++)
                {
                    double share = shares[i].Value;
                    any |= takes[i] = share < _tree.WeightedDevices[children[i]] && share < Math.Ceiling(_even[children[i]]);
                }

                if (any)
                    continue;
                deviceLimited = true;
                for (int i = 0; i < children.Length; i++)
                    takes[i] = shares[i].Value < _tree.WeightedDevices[children[i]];
            }
            else
            {
                return shares;
            }
        }

        throw RingErrors.Unsolvable($"No way was found to spread {replicas:R} replicas over what lies in {_tree.TierAt(node)}.");
    }

    private void AddByWeight(int[] children, Share[] shares, bool[] takes, double remaining, bool deviceLimited)
    {
        PythonSummation weight = new(_builder.PythonSum);
        for (int i = 0; i < children.Length; i++)
        {
            if (takes[i])
                weight.Add(_weighted[children[i]]);
        }

        if (weight.Result == 0)
            throw RingErrors.Unsolvable($"{remaining:R} replicas are left over, and no tier can take or give them.");
        double factor = remaining / weight.Result;
        for (int i = 0; i < children.Length; i++)
        {
            if (!takes[i])
                continue;
            int child = children[i];
            Share share = new(shares[i].Value + (_weighted[child] * factor), IsInteger: false);
            double least = Math.Floor(_even[child]), most = Math.Ceiling(_even[child]);
            if (share.Value < least)
                share = new(least, IsInteger: true);
            else if (share.Value > most && !deviceLimited)
                share = new(most, IsInteger: true);
            if (share.Value > _tree.WeightedDevices[child])
                share = new(_tree.WeightedDevices[child], IsInteger: true);
            shares[i] = share;
        }
    }

    private double Sum(Share[] shares)
    {
        PythonSummation sum = new(_builder.PythonSum);
        foreach (Share share in shares)
        {
            if (share.IsInteger)
                sum.AddInteger(share.Value);
            else
                sum.Add(share.Value);
        }

        return sum.Result;
    }

    /// <summary>A bound is an int in Python, and its sums treat those apart.</summary>
    private readonly record struct Share(double Value, bool IsInteger);
}
