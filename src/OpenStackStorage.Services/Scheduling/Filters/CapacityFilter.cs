using static OpenStackStorage.Services.SchedulerText;

namespace OpenStackStorage.Services;

/// <summary>The pool has room. <c>filters/capacity_filter.py</c>, with its looser and stricter corners.</summary>
public sealed class CapacityFilter : IPoolFilter
{
    public string Name => nameof(CapacityFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        long needed = request.NeededGiB;
        if (request.Operation == SchedulerOperation.Retype && pool.Name == request.CurrentPool)
            return PoolVerdict.Pass("the volume is there already");
        if (needed == 0)
            return PoolVerdict.Pass("no more room is needed");
        if (pool.FreeCapacityGiB is not { } free)
            return PoolVerdict.Fail("the backend does not report its free capacity");
        if (!free.IsKnown)
            return PoolVerdict.Pass($"free capacity is {free}");
        if (!pool.TotalCapacityGiB.IsKnown)
        {
            return pool.ReservedPercentage == 0
                ? PoolVerdict.Pass($"total capacity is {pool.TotalCapacityGiB} and nothing is reserved")
                : PoolVerdict.Fail($"total capacity is {pool.TotalCapacityGiB}: {Number(pool.ReservedPercentage)} % of it can not be reserved");
        }

        return pool.TotalCapacityGiB.GiB <= 0
            ? PoolVerdict.Fail($"total capacity is {pool.TotalCapacityGiB}")
            : Computed(pool, request, needed);
    }

    private static PoolVerdict Computed(PoolState pool, SchedulerRequest request, long needed)
    {
        // A type that asks for thick volumes gets a ratio too, where the pool is thin: the factors leave it out.
        double ratio = pool.MaxOverSubscriptionRatio;
        CapacityFactors factors = CapacityFactors.Of(pool, ratio, request.WantsThin);
        string reserve = pool.ReservedPercentage == 0 ? "" : $" after {Number(pool.ReservedPercentage)} % reserved";
        if (factors.IsThin)
        {
            if (!(ratio >= 1))
                return PoolVerdict.Fail($"the over-subscription ratio is {Number(ratio)}, less than 1");
            if (factors.Available == 0)
                return PoolVerdict.Fail($"nothing is left of {pool.TotalCapacityGiB}{reserve}");
            // The available capacity contains the ratio, and is held against it once more: Cinder's own looseness.
            double promised = (pool.ProvisionedCapacityGiB + needed) / factors.Available;
            if (promised > ratio)
                return PoolVerdict.Fail($"would be promised {Number(promised)} times, at most {Number(ratio)} times");
        }

        string from = factors.IsThin
            ? $"{GiB(factors.Available)} to promise ({Number(ratio)} times){reserve}, {GiB(pool.ProvisionedCapacityGiB)} promised"
            : $"{pool.TotalCapacityGiB}{reserve}";
        return new(factors.VirtualFree >= needed, $"needs {needed} GiB, {GiB(factors.VirtualFree)} free of {from}");
    }
}
