namespace OpenStackStorage.Services;

/// <summary>
/// By the backend's own goodness function, 0 to 100. <c>weights/goodness.py</c>: True is 100; no function, a failure, False and
/// anything out of range is 0. Text and lists are 0 as well; Cinder ends the request there.
/// </summary>
public sealed class GoodnessWeigher : IPoolWeigher
{
    public string Name => nameof(GoodnessWeigher);

    public double Multiplier => 1;

    public IReadOnlyList<RawWeight> Weigh(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random) =>
        [.. pools.Select(pool => Rate(pool, request))];

    private static RawWeight Rate(PoolState pool, SchedulerRequest request) =>
        pool.GoodnessFunction is not { } function
            ? new(0, "the backend has no goodness function")
            : PoolExpression.Evaluate(function, pool, request).Select(Rate).MaxBy(weight => weight.Value)!;

    private static RawWeight Rate(PoolExpressionResult result)
    {
        if (result.Error is { } error)
            return new(0, $"the goodness function can not be computed: {error}");
        if (result.Value is bool yes)
            return new(yes ? 100 : 0, $"the goodness function gives {DynamicValue.Describe(yes)}");
        return DynamicValue.IsNumber(result.Value) && DynamicValue.Compare(result.Value, 0d) >= 0 && DynamicValue.Compare(result.Value, 100d) <= 0
            ? new(DynamicValue.ToDouble(result.Value))
            : new(0, $"the goodness function gives {DynamicValue.Describe(result.Value)}, which is not in 0 to 100");
    }
}
