namespace OpenStackStorage.Services;

/// <summary>
/// The hints <c>same_host</c> and <c>different_host</c>: one id of a volume or a list of them. <c>filters/affinity_filter.py</c>. As
/// there, "host" means the very pool, and an id that is none fails the request rather than being ignored.
/// </summary>
internal static class Affinity
{
    /// <summary>The ids of a hint; empty where it was not given, null where one of them is no id.</summary>
    public static IReadOnlyList<string>? VolumeIds(SchedulerRequest request, string hint)
    {
        if (!request.Hints.TryGetValue(hint, out object? value))
            return [];
        object? ids = DynamicValue.From(value);
        List<object?> list = ids as List<object?> ?? [ids];
        return list.TrueForAll(id => id is string text && IsUuidLike(text)) ? [.. list.Cast<string>()] : null;
    }

    /// <summary>Those of the volumes that lie in the pool.</summary>
    public static IReadOnlyList<string> In(PoolState pool, IReadOnlyList<string> volumeIds, SchedulerRequest request) =>
        [.. volumeIds.Where(id => request.PoolOfVolume(id) == pool.Name)];

    /// <summary>32 hexadecimal digits, however written. oslo.utils, <c>uuidutils.is_uuid_like</c>.</summary>
    public static bool IsUuidLike(string text)
    {
        string digits = text.Replace("urn:", "", StringComparison.Ordinal).Replace("uuid:", "", StringComparison.Ordinal)
            .Trim('{', '}').Replace("-", "", StringComparison.Ordinal);
        return digits.Length == 32 && digits.All(char.IsAsciiHexDigit);
    }

    public static PoolVerdict NoIds(string hint) => PoolVerdict.Fail($"the hint {hint} is no id of a volume, nor a list of them");
}

/// <summary>No volume of the hint <c>different_host</c> lies in the pool.</summary>
public sealed class DifferentBackendFilter : IPoolFilter
{
    private const string Hint = "different_host";

    public string Name => nameof(DifferentBackendFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        if (Affinity.VolumeIds(request, Hint) is not { } ids)
            return Affinity.NoIds(Hint);
        IReadOnlyList<string> here = Affinity.In(pool, ids, request);
        return here.Count == 0
            ? PoolVerdict.Pass(ids.Count == 0 ? $"no hint {Hint}" : $"none of the {ids.Count} volumes to keep away from is here")
            : PoolVerdict.Fail($"volume {here[0]}, to keep away from, is here");
    }
}

/// <summary>Any volume of the hint <c>same_host</c> lies in the pool.</summary>
public sealed class SameBackendFilter : IPoolFilter
{
    private const string Hint = "same_host";

    public string Name => nameof(SameBackendFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        if (Affinity.VolumeIds(request, Hint) is not { } ids)
            return Affinity.NoIds(Hint);
        if (ids.Count == 0)
            return PoolVerdict.Pass($"no hint {Hint}");
        IReadOnlyList<string> here = Affinity.In(pool, ids, request);
        return here.Count > 0
            ? PoolVerdict.Pass($"volume {here[0]}, to be near to, is here")
            : PoolVerdict.Fail($"none of the {ids.Count} volumes to be near to is here");
    }
}
