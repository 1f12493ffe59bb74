namespace OpenStackStorage.Services;

/// <summary>Asks the scheduler for volumes: the pools as they are in the transaction that decides, and what a volume needs.</summary>
internal sealed class VolumePlacement(VolumeServiceParts parts, VolumeAccess access)
{
    private readonly VolumeScheduler _scheduler = new(parts.Scheduler);
    private readonly BackendPools _pools = new(parts.Drivers);

    /// <param name="attempted">Pools in which the volume has failed already.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendNotFound"/>: there is no backend or pool of the name that was asked for.</exception>
    public SchedulerDecision Decide(ICatalogReader catalog, VolumePlan plan, IReadOnlyDictionary<string, string> hints, IReadOnlyList<string> attempted)
    {
        IReadOnlyList<PoolState> pools = _pools.List(catalog);
        Volume volume = plan.Volume;
        Dictionary<string, string> specs = new(plan.Type?.ExtraSpecs ?? new Dictionary<string, string>());
        if (volume.Multiattach)
            specs["multiattach"] = "<is> True";
        SchedulerRequest request = RequestOf(catalog, volume, plan.Type) with
        {
            AvailabilityZone = plan.Zone,
            ExtraSpecs = specs,
            Hints = hints.ToDictionary(hint => hint.Key, hint => ValueOf(hint.Key, hint.Value)),
            PoolOfVolume = id => PoolOf(catalog, id),
            RetriedPools = attempted,
            RequiredBackend = plan.RequiredBackend is { } name ? Resolve(pools, name) : null,
        };
        return _scheduler.Choose([.. pools.Where(pool => !attempted.Contains(pool.Name))], request, Random.Shared);
    }

    /// <summary>Chooses the pool for data that is there already: for a retype, a migration or a takeover.</summary>
    /// <param name="required">The pool or backend that was asked for; null for any.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.NoValidBackend"/>, <see cref="ErrorIds.BackendNotFound"/>.</exception>
    public PoolState Choose(ICatalogReader catalog, Volume volume, VolumeType? type, SchedulerOperation operation, string? required, bool allowMigration = false)
    {
        IReadOnlyList<PoolState> pools = _pools.List(catalog);
        SchedulerDecision decision = _scheduler.Choose(pools, RequestOf(catalog, volume, type) with
        {
            Operation = operation,
            VolumeId = volume.Id.ToString(),
            AvailabilityZone = volume.AvailabilityZone,
            CurrentPool = volume.Host,
            AllowMigration = allowMigration,
            IsAttached = volume.Status == VolumeStatus.InUse,
            RequiredBackend = required is null ? null : Resolve(pools, required),
        }, Random.Shared);
        return decision.Chosen ?? throw decision.ToException();
    }

    /// <summary>Requires that the pool of a volume has room for its growth.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.NoValidBackend"/>.</exception>
    public void RequireRoom(ICatalogReader catalog, Volume volume, VolumeType? type, int sizeGiB) => Require(catalog, RequestOf(catalog, volume, type) with
    {
        Operation = SchedulerOperation.Extend,
        NewSizeGiB = sizeGiB,
        AvailabilityZone = volume.AvailabilityZone,
        RequiredBackend = volume.Host,
        IsAttached = volume.Status == VolumeStatus.InUse,
    });

    /// <summary>Requires that the pool of a volume has room for a snapshot, which may come to need as much as the volume.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.NoValidBackend"/>.</exception>
    public void RequireRoom(ICatalogReader catalog, Volume volume, VolumeSnapshot snapshot) => Require(catalog, new SchedulerRequest
    {
        // scheduler/manager.py, create_snapshot: only the size is looked at.
        SizeGiB = snapshot.SizeGiB,
        RequiredBackend = volume.Host,
    });

    private void Require(ICatalogReader catalog, SchedulerRequest request)
    {
        Backend backend = VolumeServiceParts.BackendOf(catalog, request.RequiredBackend!);
        SchedulerDecision decision = _scheduler.Choose(_pools.List(catalog, backend), request, Random.Shared);
        if (decision.Chosen is null)
            throw decision.ToException();
    }

    private static SchedulerRequest RequestOf(ICatalogReader catalog, Volume volume, VolumeType? type) => new()
    {
        SizeGiB = volume.SizeGiB,
        VolumeTypeName = type?.Name,
        ExtraSpecs = type?.ExtraSpecs ?? new Dictionary<string, string>(),
        QosSpecs = type?.Qos is { } qos && catalog.Find(VolumeTables.Qos, qos.ToString("D")) is { } specs ? specs.Specs : new Dictionary<string, string>(),
        VolumeProperties = new Dictionary<string, object?>
        {
            ["size"] = volume.SizeGiB,
            ["name"] = volume.Name,
            ["display_name"] = volume.Name,
            ["project_id"] = volume.Project,
            ["user_id"] = volume.User,
            ["multiattach"] = volume.Multiattach,
        },
    };

    /// <summary>The place in full that a user named: a pool, a backend, or <c>host@backend</c>.</summary>
    private static string Resolve(IReadOnlyList<PoolState> pools, string name)
    {
        // A backend's only pool is often called as the backend is.
        string[] places = [.. pools.Where(pool => pool.Host == name || pool.Backend == name).Select(pool => pool.Host).Distinct()];
        if (places.Length == 0)
            places = [.. pools.Where(pool => pool.Name == name || pool.Pool == name).Select(pool => pool.Name)];
        return places switch
        {
            [string place] => place,
            [] => throw new ServiceException(ErrorIds.BackendNotFound, $"There is no backend or pool '{name}'.")
            {
                Target = name,
                Expected = string.Join(", ", pools.Select(pool => pool.Name)),
            },
            _ => throw VolumeRules.Invalid("The backend", $"'{name}', which are several", $"one of {string.Join(", ", places)}"),
        };
    }

    private string? PoolOf(ICatalogReader catalog, string id) =>
        catalog.Find(VolumeTables.Volumes, id) is { } volume && access.Sees(volume.Project) ? volume.Host : null;

    private static object? ValueOf(string hint, string value) =>
        hint != "query" && value.Contains(',', StringComparison.Ordinal) ? value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : value;
}
