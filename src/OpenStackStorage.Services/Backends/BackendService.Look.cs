namespace OpenStackStorage.Services;

// What backends are like now.
public sealed partial class BackendService
{
    // GiB: less than the smallest volume is no room.
    private const double Least = 1;

    public BackendState GetState(string name)
    {
        _access.Require(LookRule);
        return _catalog.Read(reader => StateOf(reader, reader.Find(VolumeTables.Backends, name) ?? throw Missing(name)));
    }

    public IReadOnlyList<PoolState> ListPools()
    {
        _access.Require("scheduler_extension:scheduler_stats:get_pools");
        return _catalog.Read(_pools.List);
    }

    public IReadOnlyList<ServiceState> ListServices()
    {
        _access.Require(LookRule);
        DateTimeOffset now = _parts.Clock.Now();
        return _catalog.Read(reader => (ServiceState[])
        [
            new ServiceState("cinder-scheduler", _parts.Host, VolumeServiceParts.DefaultZone, Enabled: true, Up: true, null, now),
            .. reader.List(VolumeTables.Backends).Select(backend => new ServiceState(
                "cinder-volume", $"{backend.Host}@{backend.Name}", backend.AvailabilityZone, backend.Enabled, Failure(backend) is null, backend.DisabledReason, now)),
        ]);
    }

    /// <inheritdoc/>
    /// <remarks>Cinder calls a zone available also where its services are down: <c>cinder/volume/api.py</c>, <c>list_availability_zones</c>.</remarks>
    public IReadOnlyList<(string Name, bool Available)> ListAvailabilityZones() =>
    [
        .. _catalog.Read(reader => reader.List(VolumeTables.Backends))
            .GroupBy(backend => backend.AvailabilityZone, StringComparer.Ordinal)
            .Select(zone => (zone.Key, zone.Any(backend => backend.Enabled && Failure(backend) is null))),
    ];

    public IReadOnlyList<DriverFinding> Check(string name, bool deep, WorkProgress progress, CancellationToken token)
    {
        _access.Require(LookRule);
        Backend backend = Find(name);
        if (Failure(backend) is { } failure)
            return [new DriverFinding("BackendDown", failure.Target ?? name, failure.Message, CanRepair: false)];
        IVolumeDriver driver = _parts.Open(backend);
        List<DriverFinding> findings = [.. FindOrphans(driver, backend)];
        foreach (Volume volume in _catalog.Read(reader => Settled(reader, backend)))
        {
            token.ThrowIfCancellationRequested();
            IReadOnlyList<VolumeSnapshot> snapshots = _catalog.Read(reader => reader.List(VolumeTables.Snapshots, ("volume", volume.Id.ToString())));
            DriverFinding[] found = [.. Inspect(driver, volume, snapshots, deep, progress, token).Select(finding => finding with { Volume = volume.Id })];
            // What was found of a volume that has changed or gone meanwhile is not true of it any more.
            if (found.Length > 0 && _catalog.Read(reader => Settled(reader, backend)).Any(now => now.Id == volume.Id && now.UpdatedAt == volume.UpdatedAt))
                findings.AddRange(found);
        }

        return findings;
    }

    // What can't be looked at is one fault more: the other volumes are looked at all the same.
    private static IReadOnlyList<DriverFinding> Inspect(
        IVolumeDriver driver, Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, bool deep, WorkProgress progress, CancellationToken token)
    {
        try
        {
            return [.. driver.Inspect(volume, snapshots, deep, progress, token)];
        }
        catch (StorageException error)
        {
            return [new DriverFinding("CheckFailed", error.Target ?? volume.Id.ToString(), error.Message, CanRepair: false)];
        }
    }

    private BackendState StateOf(ICatalogReader catalog, Backend backend)
    {
        StorageException? failure = Failure(backend);
        IReadOnlyList<PoolState> pools = failure is null ? _pools.List(catalog, backend) : [BackendPools.Down(backend)];
        if (!backend.Enabled)
            return new(backend, BackendStatus.Disabled, backend.DisabledReason ?? "an admin has disabled it", pools);
        if (failure is not null)
            return new(backend, BackendStatus.Down, failure.Message, pools);
        return pools.All(IsFull)
            ? new(backend, BackendStatus.Full, $"no pool has room for {Least} GiB more", pools)
            : new(backend, BackendStatus.Up, null, pools);
    }

    /// <summary>Why a backend can't be used; null where it can.</summary>
    private StorageException? Failure(Backend backend)
    {
        try
        {
            IVolumeDriver driver = _parts.Open(backend);
            driver.Check();
            _ = driver.GetPools();
            return null;
        }
        catch (StorageException error)
        {
            return error;
        }
    }

    private static bool IsFull(PoolState pool) =>
        pool.FreeCapacityGiB is { IsKnown: true, GiB: < Least }
        || pool.TotalCapacityGiB.IsKnown && CapacityFactors.Of(pool, pool.MaxOverSubscriptionRatio, wantsThin: true).VirtualFree < Least;

    // A row comes before its data: what has none in either look, belongs to nobody.
    private IEnumerable<DriverFinding> FindOrphans(IVolumeDriver driver, Backend backend)
    {
        HashSet<string> before = [.. driver.FindOrphans(Known(backend)).Select(finding => finding.Place)];
        return before.Count == 0 ? [] : driver.FindOrphans(Known(backend)).Where(finding => before.Contains(finding.Place));
    }

    // An operation may bring a volume of another backend, or take one away.
    private HashSet<VolumeId> Known(Backend backend) => _catalog.Read(reader =>
    {
        HashSet<string> worked = [.. reader.ListOperations().Select(operation => operation.Subject)];
        return reader.List(VolumeTables.Volumes)
            .Where(volume => volume.Host is { } host && VolumeHost.BackendOf(host) == backend.Name || worked.Contains(volume.Id.ToString()))
            .Select(volume => volume.Id).ToHashSet();
    });

    /// <summary>The volumes of a backend that no operation works on.</summary>
    private static IReadOnlyList<Volume> Settled(ICatalogReader catalog, Backend backend)
    {
        HashSet<string> worked = [.. catalog.ListOperations().Select(operation => operation.Subject)];
        return [.. VolumesOf(catalog, backend).Where(volume => !worked.Contains(volume.Id.ToString()))];
    }
}
