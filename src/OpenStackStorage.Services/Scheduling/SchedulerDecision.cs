namespace OpenStackStorage.Services;

/// <summary>A filter's verdict on a pool.</summary>
public sealed record FilterResult(string Filter, PoolVerdict Verdict);

/// <summary>A weigher's number for a pool.</summary>
/// <param name="Raw">In the weigher's own unit: GiB, volumes, goodness, chance.</param>
/// <param name="Normalized">0 for the least of the pools, 1 for the largest; what is counted <paramref name="Multiplier"/> times.</param>
/// <param name="Note">How the raw number came to be, where that is not plain; otherwise null.</param>
public sealed record WeighResult(string Weigher, double Raw, double Normalized, double Multiplier, string? Note);

/// <summary>All that was found out about a pool.</summary>
/// <param name="Unavailable">Why it was not asked at all: down, disabled, frozen; otherwise null.</param>
/// <param name="Filters">Every filter's verdict, in their order; Cinder asks no further after the first refusal. Empty where it is unavailable.</param>
/// <param name="Weights">Empty where a filter refused.</param>
/// <param name="Weight">The sum of the weights; null where a filter refused.</param>
/// <param name="SetAside">Why it may not be chosen although all filters pass: the volume must be elsewhere; otherwise null.</param>
public sealed record PoolReport(
    PoolState Pool, string? Unavailable, IReadOnlyList<FilterResult> Filters, IReadOnlyList<WeighResult> Weights, double? Weight, string? SetAside)
{
    /// <summary>True where all filters pass.</summary>
    public bool Passes => Unavailable is null && Filters.All(result => result.Verdict.Passes);

    /// <summary>Why it was not to be had, as a sentence; null for one that could be chosen.</summary>
    public string? Refusal =>
        Unavailable ?? (Passes ? SetAside : string.Join("; ", Filters.Where(result => !result.Verdict.Passes)
            .Select(result => $"{result.Filter}: {result.Verdict.Reason}")));
}

/// <summary>What the scheduler decided, and all the numbers that made it so.</summary>
/// <param name="Pools">Every pool: first those that pass, the best first, then the others as they came.</param>
/// <param name="Chosen">The pool for the volume, or null.</param>
/// <param name="Refusal">Why none was chosen; null where one was.</param>
public sealed record SchedulerDecision(SchedulerRequest Request, IReadOnlyList<PoolReport> Pools, PoolState? Chosen, string? Refusal)
{
    private const int MostPools = 16;

    /// <summary>The pools that can be had, the best first.</summary>
    public IEnumerable<PoolState> Candidates => Pools.Where(report => report.Refusal is null).Select(report => report.Pool);

    /// <summary>The refusal with the reasons of each pool. Cinder says only that no weighed backends are available.</summary>
    /// <exception cref="InvalidOperationException">A pool was chosen.</exception>
    public ServiceException ToException()
    {
        if (Chosen is not null)
            throw new InvalidOperationException($"'{Chosen.Name}' was chosen.");
        string[] reasons = [.. Pools.Take(MostPools).Select(report => $"'{report.Pool.Name}': {report.Refusal ?? "passes"}")];
        string found = string.Join(". ", reasons) + (Pools.Count > MostPools ? $". And {Pools.Count - MostPools} more pools" : "");
        string what = Request.VolumeId is { } id ? $"volume {id}" : $"a volume of {Request.SizeGiB} GiB";
        return new(ErrorIds.NoValidBackend, $"No valid backend was found for {what}: {Refusal}.{(found.Length > 0 ? $" {found}." : "")}")
        {
            Target = Request.VolumeId ?? Request.VolumeTypeName,
            Found = found.Length > 0 ? found : "no pools",
            Expected = Expectation(),
        };
    }

    private string Expectation()
    {
        string[] filters = [.. Pools.SelectMany(report => report.Filters).Select(result => result.Filter).Distinct()];
        string place = Request.RequiredBackend is { } required ? $" on '{required}'" : "";
        return $"a pool{place} that {(filters.Length > 0 ? string.Join(", ", filters) + " pass" : "is up, enabled and not frozen")}";
    }
}
