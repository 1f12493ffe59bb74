using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A backend as one connection saw it.</summary>
public sealed class CinderBackend
{
    private readonly BackendState _state;

    internal CinderBackend(BackendState state, OpenStackStorageConnection connection)
    {
        _state = state;
        Connection = connection;
    }

    /// <summary>Unique.</summary>
    public string Name => _state.Backend.Name;

    /// <summary><c>Up</c>, <c>Down</c>, <c>Disabled</c> or <c>Full</c>.</summary>
    public string Status => _state.Status.ToString();

    /// <summary>Why it is not up; null where it is.</summary>
    public string? Reason => _state.Reason;

    public string Driver => _state.Backend.Driver;

    /// <summary>Full path of where its data lies; null where the driver needs no folder.</summary>
    public string? Path => _state.Backend.Options.GetValueOrDefault("path") is { } path ? System.IO.Path.GetFullPath(path, Connection.Path) : null;

    /// <summary>What volume types name in <c>volume_backend_name</c>.</summary>
    public string VolumeBackendName => _state.Backend.VolumeBackendName ?? _state.Backend.Name;

    /// <summary>The node that runs it.</summary>
    public string NodeName => _state.Backend.Host;

    public string AvailabilityZone => _state.Backend.AvailabilityZone;

    public bool Enabled => _state.Backend.Enabled;

    /// <summary>The driver's options.</summary>
    public IReadOnlyDictionary<string, string> Options => _state.Backend.Options;

    /// <summary>Further capabilities that volume types may ask for.</summary>
    public IReadOnlyDictionary<string, string> Capabilities => _state.Backend.Capabilities;

    /// <summary>Percent of the capacity that volumes never get.</summary>
    public int ReservedPercentage => _state.Backend.ReservedPercentage;

    /// <summary>How many times its capacity thin volumes may have; null for auto.</summary>
    public double? MaxOverSubscriptionRatio => _state.Backend.MaxOverSubscriptionRatio;

    public string? FilterFunction => _state.Backend.FilterFunction;

    public string? GoodnessFunction => _state.Backend.GoodnessFunction;

    /// <summary>What a deletion overwrites: <c>None</c> or <c>Zero</c>.</summary>
    public string Wipe => _state.Backend.Clear.ToString();

    /// <summary>Bytes that a deletion overwrites from the start; 0 for all.</summary>
    public long WipeSize => (long)_state.Backend.ClearSizeMiB << 20;

    public bool ImageCacheEnabled => _state.Backend.ImageCacheEnabled;

    /// <summary>Most bytes of cached images; 0 for no limit.</summary>
    public long ImageCacheMaxSize => (long)_state.Backend.ImageCacheMaxSizeGiB << 30;

    /// <summary>Most cached images; 0 for no limit.</summary>
    public int ImageCacheMaxCount => _state.Backend.ImageCacheMaxCount;

    public CinderPool[] Pools => [.. _state.Pools.Select(pool => new CinderPool(pool, Connection))];

    public DateTimeOffset CreatedAt => _state.Backend.CreatedAt;

    internal OpenStackStorageConnection Connection { get; }

    internal Backend Backend => _state.Backend;

    public override string ToString() => Name;
}
