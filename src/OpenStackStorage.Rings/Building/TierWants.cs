namespace OpenStackStorage.Rings;

/// <summary>Replicas that the devices of each tier still want. Source: builder.py, parts_wanted_in_tier.</summary>
internal sealed class TierWants
{
    private readonly TierTree _tree;
    private readonly long[] _wanted;
    private readonly long[] _wantedOfChildren;

    /// <param name="isRemoved">By device id: devices that are gone.</param>
    public TierWants(TierTree tree, IReadOnlyList<RingDevice?> devices, double[] partsWanted, bool[] isRemoved)
    {
        _tree = tree;
        _wanted = Sum(tree, devices, partsWanted, isRemoved);
        _wantedOfChildren = new long[tree.Count];
        for (int node = 1; node < tree.Count; node++)
        {
            if (tree.WeightedDevices[node] > 0)
                _wantedOfChildren[tree.Parent[node]] += _wanted[node];
        }
    }

    /// <summary>By node: what its devices want; a device that has too much wants nothing.</summary>
    public static long[] Sum(TierTree tree, IReadOnlyList<RingDevice?> devices, double[] partsWanted, bool[] isRemoved)
    {
        long[] sum = new long[tree.Count];
        for (int id = 0; id < devices.Count; id++)
        {
            if (devices[id] is null || isRemoved[id] || partsWanted[id] <= 0)
                continue;
            long wanted = (long)partsWanted[id];
            TierPath path = tree.Paths[id];
            sum[path.Region] += wanted;
            sum[path.Zone] += wanted;
            sum[path.Server] += wanted;
            sum[path.Device] += wanted;
        }

        return sum;
    }

    /// <summary>What the children of a tier want that the device does not lie in.</summary>
    public long Elsewhere(int node, in TierPath path)
    {
        int own = node == path.Region ? path.Zone : node == path.Zone ? path.Server : path.Device;
        if (node == path.Device)
            return 0;
        return _wantedOfChildren[node] - (_tree.WeightedDevices[own] > 0 ? _wanted[own] : 0);
    }

    /// <summary>A replica leaves the device.</summary>
    public void Take(in TierPath path)
    {
        Take(path.Region);
        Take(path.Zone);
        Take(path.Server);
        Take(path.Device);
    }

    private void Take(int node)
    {
        _wanted[node]--;
        if (_tree.WeightedDevices[node] > 0)
            _wantedOfChildren[_tree.Parent[node]]--;
    }
}
