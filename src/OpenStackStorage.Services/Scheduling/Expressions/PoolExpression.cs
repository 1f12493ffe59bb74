namespace OpenStackStorage.Services;

/// <summary>What a function of a pool gives: a value, or the reason why there is none.</summary>
internal sealed record PoolExpressionResult(object? Value, string? Error);

/// <summary>
/// Evaluates filter and goodness functions with the names that Cinder gives them. <c>filters/driver_filter.py</c>,
/// <c>weights/goodness.py</c>.
/// </summary>
internal static class PoolExpression
{
    /// <summary>One result for each spelling of the pool's protocol where the function asks for it, otherwise one.</summary>
    public static IReadOnlyList<PoolExpressionResult> Evaluate(string function, PoolState pool, SchedulerRequest request)
    {
        IReadOnlyDictionary<string, object?> capabilities = pool.AllCapabilities();
        bool usesProtocol = function.Contains("storage_protocol", StringComparison.Ordinal);
        return usesProtocol && capabilities["storage_protocol"] is string[] spellings
            ? [.. spellings.Select(protocol => Evaluate(function, pool, With(capabilities, protocol), request))]
            : [Evaluate(function, pool, capabilities, request)];
    }

    private static PoolExpressionResult Evaluate(
        string function, PoolState pool, IReadOnlyDictionary<string, object?> capabilities, SchedulerRequest request)
    {
        ExpressionScopes scopes = new()
        {
            ["stats"] = Stats(pool, capabilities),
            ["capabilities"] = capabilities,
            ["extra"] = Values(request.ExtraSpecs),
            ["qos"] = Values(request.QosSpecs),
            ["volume"] = Volume(request),
        };
        try
        {
            return new(SchedulerExpression.Parse(function).Evaluate(scopes), Error: null);
        }
        catch (ServiceException e)
        {
            return new(Value: null, e.Found);
        }
    }

    private static Dictionary<string, object?> Stats(PoolState pool, IReadOnlyDictionary<string, object?> capabilities)
    {
        Dictionary<string, object?> stats = new()
        {
            ["host"] = pool.Name,
            ["cluster_name"] = null,
            ["backend_id"] = pool.Name,
            ["QoS_support"] = capabilities.GetValueOrDefault("QoS_support") ?? false,
        };
        string[] reported =
        [
            "volume_backend_name", "vendor_name", "driver_version", "storage_protocol", "total_capacity_gb", "allocated_capacity_gb", "free_capacity_gb",
            "reserved_percentage",
        ];
        foreach (string name in reported)
            stats[name] = capabilities.GetValueOrDefault(name);
        return stats;
    }

    private static Dictionary<string, object?> Volume(SchedulerRequest request)
    {
        Dictionary<string, object?> volume = new(request.VolumeProperties) { ["size"] = request.SizeGiB };
        if (request.AvailabilityZone is not null)
            volume["availability_zone"] = request.AvailabilityZone;
        return volume;
    }

    private static Dictionary<string, object?> Values(IReadOnlyDictionary<string, string> texts) =>
        texts.ToDictionary(pair => pair.Key, pair => (object?)pair.Value);

    private static Dictionary<string, object?> With(IReadOnlyDictionary<string, object?> capabilities, string protocol) =>
        new(capabilities) { ["storage_protocol"] = protocol };
}
