namespace OpenStackStorage.Services;

// cinder/volume/api.py, manage_existing and delete(unmanage_only); cinder/volume/flows/manager/manage_existing.py.
public sealed partial class VolumeService
{
    public IReadOnlyList<ManageableVolume> ListManageable(string backend)
    {
        _access.Require("volume_extension:list_manageable");
        return _catalog.Read(reader => _parts.Drivers(VolumeServiceParts.BackendOf(reader, backend))).ListManageable();
    }

    /// <inheritdoc cref="IVolumeService.Register"/>
    /// <remarks>What can be seen to fail is refused. Cinder, which has answered by then, leaves a volume in <c>error_managing</c> behind.</remarks>
    public Volume Register(string backend, string reference, VolumeSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        VolumePlan.Check(spec with { SizeGiB = 1 });
        if (spec.Image is not null || spec.Volume is not null || spec.Snapshot is not null)
            throw VolumeRules.Invalid("The source", "an image, volume or snapshot", "none: the data is there already");
        _access.Require("volume_extension:volume_manage");
        VolumeId id = VolumeId.New();
        ManageableVolume found = FindManageable(backend, reference);
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Register(backend, reference, spec);
        return _operations.Run(Begin, work => DriverOf(work.Volume).Manage(work.Volume, reference),
            (writer, work, taken) => End(writer, VolumeAction.Manage, work, volume => volume with { DriverState = taken.State, SizeGiB = taken.SizeGiB }),
            (writer, work, error) => Fail(writer, VolumeAction.Manage, work, error), CancellationToken.None);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Backend place = VolumeServiceParts.BackendOf(writer, backend);
            VolumePlan plan = VolumePlan.Of(writer, _access, spec with { SizeGiB = found.SizeGiB, AvailabilityZone = place.AvailabilityZone }, image: null, id, _parts.Clock.Now());
            VolumeRoom.RequireVolume(writer, plan.Volume, _parts.Clock.Now());
            // Its room is taken already: the scheduler is asked for none, as in Cinder.
            PoolState pool = new VolumePlacement(_parts, _access).Choose(writer, plan.Volume with { SizeGiB = 0 }, plan.Type, SchedulerOperation.Manage, backend);
            Volume volume = plan.Volume with { Status = VolumeStates.Of(VolumeAction.Manage).During!.Value, Host = pool.Name, AvailabilityZone = pool.AvailabilityZone };
            return new VolumeWork(VolumeOperations.Manage, Put(writer, volume));
        }
    }

    public string Unregister(VolumeId id)
    {
        if (_isDry)
        {
            VolumeOperations.Preview(_catalog, Begin);
            return "";
        }

        DryRun().Unregister(id);
        return _operations.Run(Begin, work => DriverOf(work.Volume).Unmanage(work.Volume), (writer, _, reference) =>
        {
            VolumeRemoval.End(writer, id);
            return reference;
        }, FailUnmanage, CancellationToken.None);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume_extension:volume_unmanage", volume);
            return new VolumeWork(VolumeOperations.Unmanage, Put(writer, Enter(writer, VolumeAction.Unmanage, volume)));
        }
    }

    // What the driver refuses has not begun, as VolumeIsBusy of a deletion.
    private void FailUnmanage(ICatalogWriter writer, VolumeWork work, Exception error)
    {
        if (error is StorageException refusal && (refusal.Id == ErrorIds.VolumeConflict || refusal.Id == ErrorIds.ImageInUse))
            End(writer, VolumeAction.Unmanage, work, volume => volume with { LastError = error.Message });
        else
            Fail(writer, VolumeAction.Unmanage, work, error);
    }

    private ManageableVolume FindManageable(string backend, string reference)
    {
        ManageableVolume found = ListManageable(backend).FirstOrDefault(one => one.Reference == reference)
            ?? throw new ServiceException(ErrorIds.VolumeNotFound, $"Backend '{backend}' has no '{reference}' that could become a volume.")
            {
                Target = reference,
                Remedy = "List what there is with Get-CinderManageableVolume.",
            };
        return found.Obstacle is null ? found : throw new ServiceException(ErrorIds.VolumeConflict, $"'{reference}' can't become a volume: {found.Obstacle}")
        {
            Target = reference,
            Found = found.Obstacle,
        };
    }
}
