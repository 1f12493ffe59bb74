using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The volume that is looked for a pool for.</summary>
/// <param name="Connection">Null where there is no store, and so no pool.</param>
public sealed record FindCinderPoolRequest(OpenStackStorageConnection? Connection, VolumeSpec Spec)
{
    /// <summary>Output every answer in place of the pools that can be had.</summary>
    public bool Explain { get; init; }
}

/// <summary>Asks the scheduler, by the very decision that a new volume would get. Outputs the pools that can be had, the best first.</summary>
public static class FindCinderPoolOperation
{
    public static void Run(FindCinderPoolRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Connection is not { } connection || connection.Volumes.Explain(request.Spec) is not { Pools.Count: > 0 } decision)
            throw NoPool();
        if (request.Explain)
        {
            foreach (CinderPoolCheck check in decision.Pools.SelectMany(report => Checks(report, decision)))
                host.WriteObject(check);
            return;
        }

        foreach (PoolState pool in decision.Candidates)
            host.WriteObject(new CinderPool(pool, connection));
        if (decision.Chosen is null)
            throw decision.ToException();
    }

    private static ServiceException NoPool() => new(ErrorIds.NoValidBackend, "There is no backend.")
    {
        Found = "no pools",
        Expected = "a backend",
        Remedy = "Set one up with Add-CinderBackend; a store that never had one gets its own, 'default', with the first volume.",
    };

    private static IEnumerable<CinderPoolCheck> Checks(PoolReport report, SchedulerDecision decision)
    {
        string pool = report.Pool.Name;
        if (report.Unavailable is { } reason)
            yield return new CinderPoolCheck { Pool = pool, Step = "State", Name = "State", Passes = false, Reason = reason };
        foreach (FilterResult filter in report.Filters)
            yield return new CinderPoolCheck { Pool = pool, Step = "Filter", Name = filter.Filter, Passes = filter.Verdict.Passes, Reason = filter.Verdict.Reason };
        foreach (WeighResult weigher in report.Weights)
        {
            yield return new CinderPoolCheck
            {
                Pool = pool,
                Step = "Weigher",
                Name = weigher.Weigher,
                Raw = weigher.Raw,
                Weight = weigher.Normalized * weigher.Multiplier,
                Reason = weigher.Note,
            };
        }

        yield return new CinderPoolCheck
        {
            Pool = pool,
            Step = "Result",
            Name = ReferenceEquals(report.Pool, decision.Chosen) ? "Chosen" : report.Refusal is null ? "Passes" : "Refused",
            Passes = report.Refusal is null,
            Weight = report.Weight,
            Reason = report.Refusal,
        };
    }
}
