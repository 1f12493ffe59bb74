namespace OpenStackStorage.Rings;

/// <summary>The nodes of a device: one at each level.</summary>
internal readonly record struct TierPath(int Region, int Zone, int Server, int Device);

/// <summary>
/// All tiers of a ring as numbered nodes: 0 is the cluster, then come all regions, zones, servers and devices, each level in
/// the order of Python's tuples, so a node's children are neighbours. Devices without weight have nodes too: they may still
/// hold partitions. Source: swift/common/ring/utils.py, build_tier_tree.
/// </summary>
internal sealed class TierTree
{
    /// <summary>Levels, the cluster counted.</summary>
    public const int Levels = 5;

    private readonly RingDevice[] _sorted;
    private readonly RingDeviceId[] _ids;
    private readonly int _firstDevice;

    public TierTree(IReadOnlyList<RingDevice?> devices)
    {
        _sorted = Sort(devices);
        _ids = Array.ConvertAll(_sorted, static device => device.Id);
        Paths = new TierPath[devices.Count];
        List<int> parents = [-1];
        List<int> first = [0];
        int[,] nodes = new int[Levels, _sorted.Length];
        for (int level = 1; level < Levels; level++)
        {
            LevelStart[level] = parents.Count;
            for (int i = 0; i < _sorted.Length; i++)
            {
                if (i == 0 || nodes[level - 1, i] != nodes[level - 1, i - 1] || !AreSame(_sorted[i], _sorted[i - 1], level))
                {
                    parents.Add(nodes[level - 1, i]);
                    first.Add(i);
                }

                nodes[level, i] = parents.Count - 1;
            }
        }

        LevelStart[Levels] = parents.Count;
        _firstDevice = LevelStart[Levels - 1];
        Parent = [.. parents];
        FirstDevice = [.. first];
        ChildStart = new int[Count];
        ChildEnd = new int[Count];
        for (int node = Count - 1; node > 0; node--)
        {
            ChildStart[Parent[node]] = node;
            ChildEnd[Parent[node]] = Math.Max(ChildEnd[Parent[node]], node + 1);
        }

        WeightedDevices = new int[Count];
        for (int i = 0; i < _sorted.Length; i++)
        {
            TierPath path = new(nodes[1, i], nodes[2, i], nodes[3, i], nodes[4, i]);
            Paths[_sorted[i].Id.Value] = path;
            if (_sorted[i].Weight <= 0)
                continue;
            WeightedDevices[0]++;
            WeightedDevices[path.Region]++;
            WeightedDevices[path.Zone]++;
            WeightedDevices[path.Server]++;
            WeightedDevices[path.Device]++;
        }
    }

    /// <summary>Nodes in all.</summary>
    public int Count => Parent.Length;

    /// <summary>By level: its first node; at <see cref="Levels"/> the count of all.</summary>
    public int[] LevelStart { get; } = new int[Levels + 1];

    /// <summary>By node: the node above; -1 for the cluster.</summary>
    public int[] Parent { get; }

    /// <summary>By node: its first child.</summary>
    public int[] ChildStart { get; }

    /// <summary>By node: the node after its last child; 0 for devices.</summary>
    public int[] ChildEnd { get; }

    /// <summary>By node: devices with weight in it. Upstream's tree has only nodes where this is not 0.</summary>
    public int[] WeightedDevices { get; }

    /// <summary>By device id; default where there is no such device.</summary>
    public TierPath[] Paths { get; }

    /// <summary>By node: a device in it, by its place in the sorted order.</summary>
    private int[] FirstDevice { get; }

    /// <summary>The device of a node of the lowest level.</summary>
    public RingDeviceId DeviceAt(int node) => _ids[node - _firstDevice];

    public int LevelOf(int node)
    {
        int level = Levels - 1;
        while (LevelStart[level] > node)
            level--;
        return level;
    }

    public RingTier TierAt(int node) =>
        node == 0 ? RingTier.Cluster : _sorted[FirstDevice[node]].Tier((RingTierLevel)LevelOf(node));

    /// <summary>Children with weighted devices in them, in the order of tuples.</summary>
    public int[] WeightedChildren(int node)
    {
        int[] children = new int[Math.Max(0, ChildEnd[node] - ChildStart[node])];
        int count = 0;
        for (int child = ChildStart[node]; child < ChildEnd[node]; child++)
        {
            if (WeightedDevices[child] > 0)
                children[count++] = child;
        }

        return children.AsSpan(0, count).ToArray();
    }

    private static RingDevice[] Sort(IReadOnlyList<RingDevice?> devices)
    {
        List<RingDevice> sorted = new(devices.Count);
        for (int i = 0; i < devices.Count; i++)
        {
            if (devices[i] is { } device)
                sorted.Add(device);
        }

        sorted.Sort(static (left, right) =>
        {
            int order = left.Region.CompareTo(right.Region);
            if (order == 0)
                order = left.Zone.CompareTo(right.Zone);
            if (order == 0)
                order = RingTier.CompareIps(left.Ip, right.Ip);
            return order == 0 ? left.Id.CompareTo(right.Id) : order;
        });
        return [.. sorted];
    }

    private static bool AreSame(RingDevice left, RingDevice right, int level) => (RingTierLevel)level switch
    {
        RingTierLevel.Region => left.Region == right.Region,
        RingTierLevel.Zone => left.Zone == right.Zone,
        RingTierLevel.Server => left.Ip == right.Ip,
        _ => false,
    };
}
