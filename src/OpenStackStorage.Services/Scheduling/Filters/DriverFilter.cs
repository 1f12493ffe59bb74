namespace OpenStackStorage.Services;

/// <summary>The backend's own filter function says yes. <c>filters/driver_filter.py</c>; one that fails says no.</summary>
public sealed class DriverFilter : IPoolFilter
{
    public string Name => nameof(DriverFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        if (pool.FilterFunction is not { } function)
            return PoolVerdict.Pass("the backend has no filter function");
        IReadOnlyList<PoolExpressionResult> results = PoolExpression.Evaluate(function, pool, request);
        if (results.Any(result => DynamicValue.IsTruthy(result.Value)))
            return PoolVerdict.Pass($"the filter function {function} holds");
        return results[0].Error is { } error
            ? PoolVerdict.Fail($"the filter function {function} can not be computed: {error}")
            : PoolVerdict.Fail($"the filter function {function} gives {DynamicValue.Describe(results[0].Value)}");
    }
}
