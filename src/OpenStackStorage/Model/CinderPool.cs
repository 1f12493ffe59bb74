using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>A pool as the scheduler sees it.</summary>
public sealed class CinderPool
{
    private readonly PoolState _pool;

    internal CinderPool(PoolState pool, OpenStackStorageConnection connection)
    {
        _pool = pool;
        Connection = connection;
    }

    /// <summary><c>host@backend#pool</c>.</summary>
    public string Pool => _pool.Name;

    public string Backend => _pool.Backend;

    public string VolumeBackendName => _pool.VolumeBackendName;

    public string AvailabilityZone => _pool.AvailabilityZone;

    /// <summary>GiB; null where no limit is known.</summary>
    public double? TotalCapacityGiB => Number(_pool.TotalCapacityGiB);

    /// <summary>GiB; null where it is not known.</summary>
    public double? FreeCapacityGiB => _pool.FreeCapacityGiB is { } free ? Number(free) : null;

    /// <summary>GiB of the volumes in it.</summary>
    public double AllocatedCapacityGiB => _pool.AllocatedCapacityGiB;

    /// <summary>GiB that all volumes in it may grow to.</summary>
    public double ProvisionedCapacityGiB => _pool.ProvisionedCapacityGiB;

    public double MaxOverSubscriptionRatio => _pool.MaxOverSubscriptionRatio;

    /// <summary>Percent of the capacity that volumes never get.</summary>
    public double ReservedPercentage => _pool.ReservedPercentage;

    public bool ThinProvisioning => _pool.ThinProvisioningSupport;

    public bool ThickProvisioning => _pool.ThickProvisioningSupport;

    public bool Multiattach => _pool.Multiattach;

    /// <summary>The number of volumes in it.</summary>
    public int TotalVolumes => _pool.TotalVolumes;

    internal OpenStackStorageConnection Connection { get; }

    public override string ToString() => Pool;

    private static double? Number(PoolCapacity capacity) => capacity.IsKnown ? capacity.GiB : null;
}
