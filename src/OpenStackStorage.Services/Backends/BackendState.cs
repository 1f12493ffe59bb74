namespace OpenStackStorage.Services;

/// <summary>A backend as it is now.</summary>
/// <param name="Reason">Why it is not up; null where it is.</param>
/// <param name="Pools">Its pools; one without capacity where it is down.</param>
public sealed record BackendState(Backend Backend, BackendStatus Status, string? Reason, IReadOnlyList<PoolState> Pools);

public enum BackendStatus
{
    /// <summary>It takes volumes.</summary>
    Up,

    /// <summary>It can't be used: what it holds can't be reached either.</summary>
    Down,

    /// <summary>An admin has disabled it: what it holds stays usable.</summary>
    Disabled,

    /// <summary>No pool has room for one GiB more.</summary>
    Full,
}
