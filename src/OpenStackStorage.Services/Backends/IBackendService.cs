namespace OpenStackStorage.Services;

/// <summary>Backends, pools, services, zones, the image cache and quotas, as one identity may use them. Changes are for admins.</summary>
public interface IBackendService
{
    /// <summary>A view of the same backends that decides as this one and changes nothing, neither in the catalogue nor on a medium.</summary>
    IBackendService DryRun();

    /// <summary>Sets a backend up, and prepares its place.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendConflict"/>, <see cref="ErrorIds.BackendUnavailable"/>, <see cref="ErrorIds.ParameterInvalid"/>.</exception>
    Backend Add(Backend backend);

    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendNotFound"/>.</exception>
    Backend Get(string name);

    IReadOnlyList<Backend> List();

    /// <param name="backend">The backend as it is to be; <c>Name</c>, <c>Driver</c>, <c>Host</c> and where its data lies can't change.</param>
    Backend Update(Backend backend);

    /// <summary>What <see cref="Remove"/> would take: cached images. It refuses what that refuses.</summary>
    IReadOnlyList<Volume> PlanRemoval(string name);

    /// <summary>Takes a backend away: its cached images, its mark and its setting.</summary>
    /// <returns>What is left there, and was left alone.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendInUse"/>: it holds volumes; the message lists them.</exception>
    IReadOnlyList<string> Remove(string name);

    /// <summary>Whether a backend takes volumes now, and why not.</summary>
    BackendState GetState(string name);

    /// <summary>The pools as the scheduler sees them, also of backends that are down or disabled.</summary>
    IReadOnlyList<PoolState> ListPools();

    /// <summary>What is wrong with a backend or its data: up or not, orphans, faults.</summary>
    IReadOnlyList<DriverFinding> Check(string name, bool deep, WorkProgress progress, CancellationToken token);

    /// <summary>The services, as <c>cinder service-list</c> has them: the scheduler, and one per backend.</summary>
    IReadOnlyList<ServiceState> ListServices();

    /// <summary>Name, and whether volumes can be made there now.</summary>
    IReadOnlyList<(string Name, bool Available)> ListAvailabilityZones();

    IReadOnlyList<Volume> ListCache(string? backend);

    /// <summary>What <see cref="Prefetch"/> would copy. It refuses what that refuses.</summary>
    /// <returns>The entry's size in GiB.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendFull"/>: the image is larger than the cache may be.</exception>
    int PlanPrefetch(ImageId image, string backend);

    /// <summary>Copies an image to a backend before it is needed. An entry of the image as it is now is returned as it is.</summary>
    Volume Prefetch(ImageId image, string backend, WorkProgress progress, CancellationToken token);

    /// <summary>Removes an entry.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeConflict"/>: volumes share its data; the message lists them.</exception>
    void RemoveCache(VolumeId entry);

    IReadOnlyList<VolumeUsage> GetUsage(string project);

    /// <param name="resource">Cinder's name, also with a type: <c>gigabytes_fast</c>.</param>
    /// <param name="project">Null for all projects that have none of their own.</param>
    /// <param name="limit">-1 for none; null to take the setting back.</param>
    void SetQuota(string resource, string? project, long? limit);

    /// <summary>Counts again, and drops reservations that expired or whose operation is gone. What changed.</summary>
    IReadOnlyList<VolumeUsage> RepairUsage(string project);
}

/// <summary>One service: <c>cinder service-list</c>.</summary>
/// <param name="Binary"><c>cinder-volume</c> or <c>cinder-scheduler</c>.</param>
public sealed record ServiceState(string Binary, string Host, string Zone, bool Enabled, bool Up, string? DisabledReason, DateTimeOffset UpdatedAt);
