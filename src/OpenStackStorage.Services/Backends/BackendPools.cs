namespace OpenStackStorage.Services;

/// <summary>
/// Backends as the scheduler sees them: what the driver says of the medium, what the catalogue says of the volumes. Cinder's volume
/// service sends the same as its report (<c>cinder/volume/manager.py</c>, <c>_append_volume_stats</c>); here it is never old.
/// </summary>
/// <param name="drivers">The driver of a backend; each is asked for its pools once a call.</param>
public sealed class BackendPools(Func<Backend, IVolumeDriver> drivers)
{
    /// <summary>The pools of all backends, also of those that take nothing now: the scheduler says why they don't.</summary>
    public IReadOnlyList<PoolState> List(ICatalogReader catalog) => [.. catalog.List(VolumeTables.Backends).SelectMany(backend => List(catalog, backend))];

    /// <summary>The pools of one backend. One whose driver fails is one pool without a name, which is down.</summary>
    public IReadOnlyList<PoolState> List(ICatalogReader catalog, Backend backend)
    {
        try
        {
            IVolumeDriver driver = drivers(backend);
            return [.. driver.GetPools().Select(pool => Of(catalog, backend, pool, driver.Capabilities))];
        }
        catch (StorageException)
        {
            return [Down(backend)];
        }
    }

    /// <summary>What stands for the pools of a backend that can't be asked.</summary>
    internal static PoolState Down(Backend backend) => new()
    {
        Name = $"{backend.Host}@{backend.Name}",
        VolumeBackendName = backend.VolumeBackendName ?? backend.Name,
        AvailabilityZone = backend.AvailabilityZone,
        IsUp = false,
        IsDisabled = !backend.Enabled,
    };

    private static PoolState Of(ICatalogReader catalog, Backend backend, DriverPool pool, DriverCapabilities driver)
    {
        string host = VolumeHost.Of(backend, pool.Name);
        CatalogTotal volumes = catalog.Total(VolumeTables.Volumes, "size", ("host", host));
        PoolState state = new()
        {
            Name = host,
            VolumeBackendName = backend.VolumeBackendName ?? backend.Name,
            AvailabilityZone = backend.AvailabilityZone,
            TotalCapacityGiB = pool.TotalGiB ?? PoolCapacity.Unknown,
            FreeCapacityGiB = pool.FreeGiB ?? PoolCapacity.Unknown,
            AllocatedCapacityGiB = volumes.Sum,
            ReservedPercentage = backend.ReservedPercentage,
            ThinProvisioningSupport = pool.Thin,
            ThickProvisioningSupport = pool.Thick,
            Multiattach = pool.Multiattach,
            TotalVolumes = checked((int)volumes.Count),
            FilterFunction = backend.FilterFunction,
            GoodnessFunction = backend.GoodnessFunction,
            Capabilities = CapabilitiesOf(backend, pool, driver),
            IsDisabled = !backend.Enabled,
        };
        return state with { MaxOverSubscriptionRatio = CapacityFactors.OverSubscriptionRatio(backend.MaxOverSubscriptionRatio, state) };
    }

    // What an admin says of a backend goes before what its driver says.
    private static Dictionary<string, object?> CapabilitiesOf(Backend backend, DriverPool pool, DriverCapabilities driver)
    {
        Dictionary<string, object?> all = new() { ["online_extend_support"] = driver.ExtendInUse };
        foreach ((string name, string value) in pool.Capabilities.Concat(backend.Capabilities))
            all[name] = value;
        return all;
    }
}
