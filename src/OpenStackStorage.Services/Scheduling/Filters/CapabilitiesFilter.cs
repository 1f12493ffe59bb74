namespace OpenStackStorage.Services;

/// <summary>
/// The pool reports what the type's extra specs ask for. <c>filters/capabilities_filter.py</c>. A key is a capability's name, or
/// <c>capabilities:</c> and names of nested maps between colons; keys of any other scope are for drivers, and are not looked at.
/// </summary>
public sealed class CapabilitiesFilter : IPoolFilter
{
    private const string Scope = "capabilities";

    public string Name => nameof(CapabilitiesFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        IReadOnlyDictionary<string, object?> capabilities = pool.AllCapabilities();
        if (request is { Operation: SchedulerOperation.Extend, IsAttached: true }
            && DynamicValue.From(capabilities.GetValueOrDefault("online_extend_support")) is false)
        {
            return PoolVerdict.Fail("does not extend attached volumes: online_extend_support is False");
        }

        int matched = 0;
        foreach ((string key, string requirement) in request.ExtraSpecs)
        {
            string[] scopes = key.Split(':');
            if (scopes.Length > 1 && scopes[0] != Scope)
                continue;
            if (Refusal(capabilities, scopes[0] == Scope ? scopes[1..] : scopes, requirement) is { } refusal)
                return PoolVerdict.Fail($"{key} is to be '{requirement}': {refusal}");
            matched++;
        }

        return PoolVerdict.Pass(matched == 0 ? "no capabilities are asked for" : matched == 1 ? "the extra spec matches" : $"{matched} extra specs match");
    }

    /// <summary>Why a capability does not satisfy an extra spec; null where it does.</summary>
    internal static string? Refusal(IReadOnlyDictionary<string, object?> capabilities, string[] path, string requirement)
    {
        object? value = capabilities;
        foreach (string name in path)
        {
            if (value is not IReadOnlyDictionary<string, object?> map || !map.TryGetValue(name, out object? inner))
                return "the backend does not report it";
            value = DynamicValue.From(inner);
        }

        try
        {
            // Of a list any member will do.
            IReadOnlyList<object?> values = value as List<object?> ?? [value];
            return values.Any(one => ExtraSpecs.Match(one, requirement)) ? null : $"the backend reports {DynamicValue.Describe(value)}";
        }
        catch (DynamicValueException e)
        {
            return e.Message;
        }
    }
}
