namespace OpenStackStorage.Services;

/// <summary>
/// By what can still be promised. <c>weights/capacity.py</c>: capacities that are not known are the least of all when room is sought,
/// and far beyond the largest when volumes are stacked.
/// </summary>
public sealed class CapacityWeigher(double multiplier) : IPoolWeigher
{
    private const double OffsetFactor = 100;
    private const double LeastOffset = 10_000;

    public string Name => nameof(CapacityWeigher);

    public double Multiplier => multiplier;

    public IReadOnlyList<RawWeight> Weigh(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random)
    {
        ArgumentNullException.ThrowIfNull(pools);
        ArgumentNullException.ThrowIfNull(request);
        double?[] free = [.. pools.Select(pool => IsKnown(pool, request)
            ? CapacityFactors.Of(pool, pool.MaxOverSubscriptionRatio, request.WantsThin).VirtualFree
            : multiplier > 0 ? -1 : (double?)null)];
        double most = free.Max() ?? 0, range = most - (free.Min() ?? 0);
        double beyond = most + (range == 0 ? LeastOffset : range * OffsetFactor);
        return [.. pools.Zip(free, (pool, gib) => new RawWeight(gib ?? beyond, IsKnown(pool, request) ? null : "the capacity is not known"))];
    }

    // Where volumes are thin, a free capacity that was not reported is not asked for; elsewhere Cinder ends the request there.
    private static bool IsKnown(PoolState pool, SchedulerRequest request) =>
        pool.TotalCapacityGiB.IsKnown && (pool.FreeCapacityGiB?.IsKnown ?? (pool.ThinProvisioningSupport && request.WantsThin));
}
