namespace OpenStackStorage.Services;

/// <summary>What a filter says of a pool.</summary>
/// <param name="Reason">A sentence with the numbers, without a full stop.</param>
public sealed record PoolVerdict(bool Passes, string Reason)
{
    internal static PoolVerdict Pass(string reason) => new(true, reason);

    internal static PoolVerdict Fail(string reason) => new(false, reason);
}

/// <summary>Decides of one pool at a time. Pure: the same pool and request get the same verdict.</summary>
public interface IPoolFilter
{
    /// <summary>Cinder's name, such as <c>CapacityFilter</c>.</summary>
    string Name { get; }

    PoolVerdict Passes(PoolState pool, SchedulerRequest request);
}

/// <summary>A weigher's number for a pool before it is normalised.</summary>
/// <param name="Note">How it came to be, where that is not plain; otherwise null.</param>
public sealed record RawWeight(double Value, string? Note = null);

/// <summary>Compares the pools that passed.</summary>
public interface IPoolWeigher
{
    /// <summary>Cinder's name, such as <c>CapacityWeigher</c>.</summary>
    string Name { get; }

    /// <summary>What its normalised numbers count.</summary>
    double Multiplier { get; }

    /// <returns>One for each pool, in their order.</returns>
    IReadOnlyList<RawWeight> Weigh(IReadOnlyList<PoolState> pools, SchedulerRequest request, Random random);
}
