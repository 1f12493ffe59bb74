namespace OpenStackStorage.Services;

/// <summary>The request has not failed in this pool before. <c>filters/ignore_attempted_hosts_filter.py</c>; not among the defaults.</summary>
/// <param name="maxAttempts">With 1 nothing is tried twice, and every pool passes.</param>
public sealed class IgnoreAttemptedHostsFilter(int maxAttempts) : IPoolFilter
{
    public string Name => nameof(IgnoreAttemptedHostsFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        if (maxAttempts == 1)
            return PoolVerdict.Pass("requests are tried once");
        return request.RetriedPools.Contains(pool.Name)
            ? PoolVerdict.Fail($"attempt {request.RetriedPools.Count + 1}: the request has failed here before")
            : PoolVerdict.Pass("not tried before");
    }
}
