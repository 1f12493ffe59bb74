namespace OpenStackStorage.Services;

// cinder/volume/api.py, create; cinder/volume/flows/manager/create_volume.py.
public sealed partial class VolumeService
{
    /// <inheritdoc cref="IVolumeService.Create"/>
    /// <remarks>
    /// Where the scheduler finds no pool at all, nothing is recorded. Cinder, which has answered by then, leaves a volume in
    /// <c>error</c> behind.
    /// </remarks>
    public Volume Create(VolumeSpec spec, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(spec);
        VolumePlan.Check(spec);
        VolumeId id = VolumeId.New();
        Image? image = spec.Image is { } named ? _parts.Images(Identity).Get(named) : null;
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Create(spec, progress, token);
        if (_catalog.Read(BackendService.HasNeverBeenSetUp))
            _parts.FirstBackend?.Invoke();
        return _operations.Run(Begin, work => Make(work, spec, image, progress, token), EndCreate, FailCreate, token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            VolumePlan plan = VolumePlan.Of(writer, _access, spec, image, id, _parts.Clock.Now());
            VolumeRoom.RequireVolume(writer, plan.Volume, _parts.Clock.Now());
            // The backend that this would set up first is sound, or says why not when it is.
            PoolState? pool = _isDry && _parts.FirstBackend is not null && BackendService.HasNeverBeenSetUp(writer) ? null : Choose(writer, plan, spec, []);
            Volume volume = Put(writer, plan.Volume with { Host = pool?.Name, AvailabilityZone = pool?.AvailabilityZone ?? plan.Volume.AvailabilityZone });
            return new VolumeWork(VolumeOperations.Create, volume) { Source = plan.Source, Snapshot = plan.Snapshot };
        }
    }

    public SchedulerDecision Explain(VolumeSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        VolumePlan.Check(spec);
        Image? image = spec.Image is { } named ? _parts.Images(Identity).Get(named) : null;
        return _catalog.Read(reader => new VolumePlacement(_parts, _access)
            .Decide(reader, VolumePlan.Of(reader, _access, spec, image, VolumeId.New(), _parts.Clock.Now()), spec.Hints, []));
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.NoValidBackend"/>.</exception>
    private PoolState Choose(ICatalogReader catalog, VolumePlan plan, VolumeSpec spec, IReadOnlyList<string> attempted)
    {
        SchedulerDecision decision = new VolumePlacement(_parts, _access).Decide(catalog, plan, spec.Hints, attempted);
        return decision.Chosen ?? throw decision.ToException();
    }

    private bool IsWithoutBackend() => _catalog.Read(reader => reader.Total(VolumeTables.Backends, null).Count) == 0;

    /// <summary>Tries pool after pool.</summary>
    private CreatedVolume Make(VolumeWork work, VolumeSpec spec, Image? image, WorkProgress progress, CancellationToken token)
    {
        Dictionary<string, StorageException> failures = [];
        for (Volume volume = work.Volume; ; volume = MoveOn(work, spec, image, failures))
        {
            try
            {
                return MakeIn(volume, work, spec, image, progress, token);
            }
            catch (StorageException error) when (IsOfThePool(error))
            {
                failures[volume.Host!] = error;
                RemoveRemains(volume);
            }
            catch
            {
                RemoveRemains(volume);
                throw;
            }
        }
    }

    /// <summary>The volume in the next pool; where there is none, what the pools have said.</summary>
    private Volume MoveOn(VolumeWork work, VolumeSpec spec, Image? image, Dictionary<string, StorageException> failures)
    {
        if (failures.Count < _parts.Scheduler.MaxAttempts)
        {
            try
            {
                return _catalog.Write(writer =>
                {
                    VolumePlan plan = VolumePlan.Of(writer, _access, spec, image, work.Volume.Id, work.Volume.CreatedAt);
                    PoolState pool = Choose(writer, plan, spec, [.. failures.Keys]);
                    return Put(writer, Now(writer, work.Volume.Id) with
                    {
                        Host = pool.Name,
                        AvailabilityZone = pool.AvailabilityZone,
                        Status = work.Volume.Status,
                        DriverState = new Dictionary<string, string>(),
                    });
                });
            }
            catch (ServiceException)
            {
                // No further pool: what the tried ones have said is the reason.
            }
        }

        if (failures.Count == 1)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures.Values.Single());
        string reasons = string.Join(" ", failures.Select(failure => $"{failure.Key}: {failure.Value.Message}"));
        throw new ServiceException(ErrorIds.NoValidBackend, $"Volume {work.Volume.Id} could be made in none of {failures.Count} pools. {reasons}", failures.Values.Last())
        {
            Target = work.Volume.Id.ToString(),
            Found = $"{failures.Count} pools that failed",
        };
    }

    private CreatedVolume MakeIn(Volume volume, VolumeWork work, VolumeSpec spec, Image? image, WorkProgress progress, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        IVolumeDriver driver = DriverOf(volume);
        if (work.Source is { } source)
        {
            bool linked = !spec.Full && driver.Capabilities.LinkedClones;
            DriverClone clone = driver.Clone(volume, Now(source.Id), work.Snapshot, linked, progress, token);
            return new CreatedVolume(clone.State, clone.SourceState);
        }

        return image is null
            ? new CreatedVolume(driver.Create(volume), null)
            : new CreatedVolume(MakeFromImage(volume, driver, spec, image, progress, token), null);
    }

    private IReadOnlyDictionary<string, string> MakeFromImage(
        Volume volume, IVolumeDriver driver, VolumeSpec spec, Image image, WorkProgress progress, CancellationToken token)
    {
        volume = _catalog.Write(writer => Put(writer, Now(writer, volume.Id) with { Status = VolumeStatus.Downloading }));
        if (!spec.Full && FromCache(volume, driver, image, progress, token) is { } cached)
            return cached;
        using ImageContentOfVolume content = ImageContentOfVolume.Open(_parts.Images(Identity), image.Id, volume.SizeGiB);
        return driver.CreateFrom(volume, content.Disk, progress, token);
    }

    private Volume EndCreate(ICatalogWriter writer, VolumeWork work, CreatedVolume made)
    {
        if (work.Source is { } source && made.SourceState is { } sourceState)
            writer.Put(VolumeTables.Volumes, Now(writer, source.Id) with { DriverState = sourceState });
        Volume volume = Now(writer, work.Volume.Id);
        return Put(writer, VolumeStates.End(VolumeAction.Create, volume, AttachmentsOf(writer, volume.Id)) with
        {
            DriverState = made.State,
            Bootable = volume.Bootable || volume.SourceImage is not null,
        });
    }

    private void FailCreate(ICatalogWriter writer, VolumeWork work, Exception error)
    {
        Volume volume = Now(writer, work.Volume.Id);
        Put(writer, VolumeStates.Fail(VolumeAction.Create, volume, [], ReasonOf(error)) with { DriverState = new Dictionary<string, string>() });
    }

    private void RemoveRemains(Volume volume)
    {
        try
        {
            DriverOf(volume).Delete(volume, clearMiB: 0, new WorkProgress(), CancellationToken.None);
        }
        catch (StorageException)
        {
            // The volume stays in error with its pool, so that its deletion tries again.
        }
    }

    // create_volume.py, OnFailureRescheduleTask: what is wrong with the source is wrong in every pool.
    private static bool IsOfThePool(StorageException error) =>
        error is ServiceException && (error.Id == ErrorIds.BackendUnavailable || error.Id == ErrorIds.BackendFull || error.Id == ErrorIds.BackendNotFound)
        || error.Id == ErrorIds.WriteFailed || error.Id == ErrorIds.InsufficientSpace || error.Id == ErrorIds.AccessDenied;

    private static string ReasonOf(Exception error) => error is OperationCanceledException ? "It was stopped." : error.Message;

    private Volume Now(VolumeId id) => _catalog.Read(reader => Now(reader, id));

    private sealed record CreatedVolume(IReadOnlyDictionary<string, string> State, IReadOnlyDictionary<string, string>? SourceState);
}
