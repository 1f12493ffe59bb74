namespace OpenStackStorage.Services;

/// <summary>By the sum of the sizes of Cinder's volumes. <c>weights/capacity.py</c>.</summary>
public sealed class AllocatedCapacityWeigher(double multiplier) : IPoolWeigher
{
    public string Name => nameof(AllocatedCapacityWeigher);

    public double Multiplier => multiplier;

    public IReadOnlyList<RawWeight> Weigh(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random) =>
        [.. pools.Select(pool => new RawWeight(pool.AllocatedCapacityGiB))];
}

/// <summary>By the number of volumes. <c>weights/volume_number.py</c>.</summary>
public sealed class VolumeNumberWeigher(double multiplier) : IPoolWeigher
{
    public string Name => nameof(VolumeNumberWeigher);

    public double Multiplier => multiplier;

    public IReadOnlyList<RawWeight> Weigh(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random) =>
        [.. pools.Select(pool => new RawWeight(pool.TotalVolumes))];
}

/// <summary>By chance. <c>weights/chance.py</c>.</summary>
public sealed class ChanceWeigher : IPoolWeigher
{
    public string Name => nameof(ChanceWeigher);

    public double Multiplier => 1;

    public IReadOnlyList<RawWeight> Weigh(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random) =>
        [.. pools.Select(_ => new RawWeight(random.NextDouble()))];
}
