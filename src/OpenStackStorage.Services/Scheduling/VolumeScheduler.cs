namespace OpenStackStorage.Services;

/// <summary>
/// Cinder's volume scheduler: filters, then weighs, then takes the first. <c>scheduler/filter_scheduler.py</c>,
/// <c>scheduler/base_weight.py</c>. It knows nothing but what it is given and keeps nothing: what a chosen pool loses
/// (<see cref="PoolState.Consume"/>), and gets back when the request fails there, is the caller's to count.
/// </summary>
public sealed class VolumeScheduler
{
    private readonly SchedulerOptions _options;
    private readonly IReadOnlyList<IPoolFilter> _filters;
    private readonly IReadOnlyList<IPoolWeigher> _weighers;

    /// <exception cref="ServiceException"><see cref="ErrorIds.SchedulerOptionsInvalid"/>.</exception>
    public VolumeScheduler(SchedulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.MaxAttempts < 1)
            throw PoolCheckNames.Invalid("scheduler_max_attempts", SchedulerText.Number(options.MaxAttempts), "1 or more");
        _options = options;
        _filters = PoolCheckNames.Filters(options);
        _weighers = PoolCheckNames.Weighers(options);
    }

    /// <summary>Finds the pool for a volume.</summary>
    /// <param name="pools">All pools; equal weights keep their order.</param>
    /// <param name="random">For <see cref="ChanceWeigher"/> and <see cref="WeightHandler.Stochastic"/>; nothing else is left to chance.</param>
    /// <returns>A decision without a choice where there is no valid pool.</returns>
    public SchedulerDecision Choose(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random)
    {
        ArgumentNullException.ThrowIfNull(pools);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(random);
        PoolReport[] filtered = [.. pools.Select(pool => Filter(pool, request))];
        List<PoolReport> weighed = Weigh([.. filtered.Where(report => report.Passes)], request, random);
        PoolReport[] ordered = [.. SetAside(weighed, request), .. filtered.Where(report => !report.Passes)];
        int attempts = request.RetriedPools.Count + 1;
        if (_options.MaxAttempts > 1 && attempts > _options.MaxAttempts)
        {
            return new(request, ordered, Chosen: null,
                $"it has failed in {request.RetriedPools.Count} pools, and is tried {_options.MaxAttempts} times at most");
        }

        PoolState? chosen = Array.Find(ordered, report => report.Refusal is null)?.Pool;
        return new(request, ordered, chosen, chosen is null ? Refusal(ordered, request) : null);
    }

    private PoolReport Filter(PoolState pool, SchedulerRequest request) => new(
        pool, pool.Unavailable,
        pool.Unavailable is null ? [.. _filters.Select(filter => new FilterResult(filter.Name, filter.Passes(pool, request)))] : [],
        Weights: [], Weight: null, SetAside: null);

    private List<PoolReport> Weigh(IReadOnlyList<PoolReport> reports, SchedulerRequest request, Random random)
    {
        PoolState[] pools = [.. reports.Select(report => report.Pool)];
        List<WeighResult>[] results = [.. reports.Select(_ => new List<WeighResult>())];
        bool isStochastic = _options.WeightHandler == WeightHandler.Stochastic;
        foreach (IPoolWeigher weigher in _weighers)
        {
            IReadOnlyList<RawWeight> raw = weigher.Weigh(pools, request, random);
            double[] normalized = Normalize([.. raw.Select(weight => weight.Value)]);
            for (int i = 0; i < pools.Length; i++)
                results[i].Add(new(weigher.Name, raw[i].Value, normalized[i], weigher.Multiplier, raw[i].Note));
        }

        IEnumerable<PoolReport> weighed = reports.Select((report, i) => report with
        {
            Weights = results[i],
            Weight = results[i].Sum(result => result.Multiplier * (isStochastic ? result.Raw : result.Normalized)),
        });
        return isStochastic ? Draw([.. weighed], random) : [.. weighed.OrderByDescending(report => report.Weight)];
    }

    /// <summary>Between 0 for the least and 1 for the largest; all 0 where they are equal. <c>base_weight.normalize</c>.</summary>
    internal static double[] Normalize(double[] weights)
    {
        if (weights.Length == 0)
            return [];
        double least = weights.Min(), range = weights.Max() - least;
        return range == 0 ? new double[weights.Length] : Array.ConvertAll(weights, weight => (weight - least) / range);
    }

    // weights/stochastic.py: the winner goes first, and those before it go behind the others.
    private static List<PoolReport> Draw(List<PoolReport> reports, Random random)
    {
        if (reports.Count == 0)
            return reports;
        double winning = random.NextDouble() * reports.Sum(report => report.Weight!.Value), sum = 0;
        int winner = Math.Max(0, reports.FindIndex(report => (sum += report.Weight!.Value) > winning));
        return [.. reports[winner..], .. reports[..winner]];
    }

    private static IEnumerable<PoolReport> SetAside(List<PoolReport> weighed, SchedulerRequest request)
    {
        Func<PoolReport, bool> mayBe = _ => true;
        string reason = "";
        if (request.RequiredBackend is { } required)
        {
            mayBe = report => IsAt(report.Pool, required);
            reason = $"the volume must be on '{required}'";
        }
        else if (request is { Operation: SchedulerOperation.Retype, CurrentPool: { } current })
        {
            bool stays = weighed.Exists(report => IsAt(report.Pool, current));
            mayBe = report => stays ? IsAt(report.Pool, current) : request.AllowMigration;
            reason = stays ? $"the volume can stay on '{current}'" : $"the volume is on '{current}' and may not be moved: its migration policy is never";
        }

        return weighed.Select(report => mayBe(report) ? report : report with { SetAside = reason });
    }

    // A place without a pool is any pool of that backend.
    private static bool IsAt(PoolState pool, string place) => place == (place.Contains('#', StringComparison.Ordinal) ? pool.Name : pool.Host);

    private static string Refusal(PoolReport[] reports, SchedulerRequest request)
    {
        if (reports.Length == 0)
            return "there are no pools";
        PoolReport? aside = Array.Find(reports, report => report.Passes);
        if (aside is null)
            return Array.TrueForAll(reports, report => report.Unavailable is not null) ? "no pool is available" : "no pool passes all filters";
        return request.RequiredBackend is null ? aside.SetAside! : $"no pool on '{request.RequiredBackend}' passes all filters";
    }
}
