namespace OpenStackStorage.Services;

/// <summary>
/// The pool's service runs on the node of the instance of the hint <c>local_to_instance</c>.
/// <c>filters/instance_locality_filter.py</c>; where Cinder ends the request with an error, no pool passes.
/// </summary>
public sealed class InstanceLocalityFilter : IPoolFilter
{
    private const string Hint = "local_to_instance";

    public string Name => nameof(InstanceLocalityFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        object? hint = DynamicValue.From(request.Hints.GetValueOrDefault(Hint));
        if (!DynamicValue.IsTruthy(hint))
            return PoolVerdict.Pass($"no hint {Hint}");
        if (hint is not string instance || !Affinity.IsUuidLike(instance))
            return PoolVerdict.Fail($"the hint {Hint} is no id of an instance");
        if (request.NodeOfInstance is null)
            return PoolVerdict.Fail($"the hint {Hint} is not supported: nobody tells where instances run");
        return request.NodeOfInstance(instance) is { } node
            ? new(node == pool.Node, $"on node '{pool.Node}', the instance runs on '{node}'")
            : PoolVerdict.Fail($"instance {instance} is not known");
    }
}
