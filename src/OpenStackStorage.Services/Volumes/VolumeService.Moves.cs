namespace OpenStackStorage.Services;

// cinder/volume/api.py, migrate_volume and retype; cinder/scheduler/manager.py; cinder/volume/manager.py.
public sealed partial class VolumeService
{
    /// <inheritdoc cref="IVolumeService.Migrate"/>
    /// <remarks>Data is always copied, as with <c>force_host_copy</c>: no driver has another way.</remarks>
    public Volume Migrate(VolumeId id, string backend, bool force, WorkProgress progress, CancellationToken token)
    {
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Migrate(id, backend, force, progress, token);
        return _operations.Run(Begin, work => new VolumeMover(_parts, id, work.Move!).Run(progress, token), EndMove(VolumeAction.Migrate), FailMove(VolumeAction.Migrate), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume_extension:volume_admin_actions:migrate_volume", volume);
            Volume migrating = Enter(writer, VolumeAction.Migrate, volume);
            if (VolumeHost.Matches(volume.Host, backend))
                throw VolumeStates.Refusal(volume, VolumeAction.Migrate, $"it is in {volume.Host}", "another pool");
            VolumeMove move = MoveTo(volume, new VolumePlacement(_parts, _access).Choose(writer, volume, TypeOf(writer, volume), SchedulerOperation.Migrate, backend), VolumeAction.Migrate);
            return new VolumeWork(VolumeOperations.Migrate, Put(writer, migrating with { MigrationStatus = MigrationStatus.Starting })) { Move = move };
        }
    }

    public Volume Retype(VolumeId id, string volumeType, MigrationPolicy policy, WorkProgress progress, CancellationToken token)
    {
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Retype(id, volumeType, policy, progress, token);
        string name = volumeType;
        return _operations.Run(Begin, work => work.Move is { } move ? new VolumeMover(_parts, id, move).Run(progress, token) : null,
            (writer, work, remark) => work.Move is null
                ? Put(writer, VolumeMover.Retype(writer, VolumeStates.End(VolumeAction.Retype, Now(writer, id), AttachmentsOf(writer, id)), name))
                : EndMove(VolumeAction.Retype)(writer, work, remark),
            FailMove(VolumeAction.Retype), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume:retype", volume);
            VolumeType type = _access.FindType(writer, volumeType);
            name = type.Name;
            RequireRetype(writer, volume, type);
            Volume retyping = Enter(writer, VolumeAction.Retype, volume);
            VolumeMove? move = FindMove(writer, volume, type, policy);
            return new VolumeWork(VolumeOperations.Retype, Put(writer, move is null ? retyping : retyping with { MigrationStatus = MigrationStatus.Starting }))
            {
                Move = move,
                Hold = (holder, operation) => VolumeRoom.HoldRetype(holder, operation, volume, type.Name, _parts.Clock.Now()),
            };
        }
    }

    private void RequireRetype(ICatalogReader reader, Volume volume, VolumeType type)
    {
        if (type.Name == volume.VolumeType)
            throw VolumeStates.Refusal(volume, VolumeAction.Retype, $"its type is '{type.Name}' already", "another type");
        VolumeRules.CheckSize(volume.SizeGiB, type);
        bool multiattach = VolumeRules.IsMultiattach(type);
        if (multiattach != volume.Multiattach && volume.Status != VolumeStatus.Available)
            throw VolumeStates.Refusal(volume, VolumeAction.Retype, $"it is {VolumeWords.Of(volume.Status)}, and the type changes multiattach", "available");
        if (multiattach && !volume.Multiattach)
            _access.Require("volume:multiattach", volume);
        // cinder/db/api.py, volume_qos_allows_retype: who carries limits out in the front has read them when it was attached.
        VolumeType? old = TypeOf(reader, volume);
        if (volume.Status != VolumeStatus.Available && old?.Qos != type.Qos && (HasFrontEnd(reader, old) || HasFrontEnd(reader, type)))
            throw VolumeStates.Refusal(volume, VolumeAction.Retype, "it is in-use, and its limits in the front-end would change", "available");
    }

    private static bool HasFrontEnd(ICatalogReader reader, VolumeType? type) =>
        type?.Qos is { } qos && reader.Find(VolumeTables.Qos, qos.ToString("D")) is { Consumer: not QosConsumer.BackEnd };

    /// <summary>Null where the pool that holds the volume fits the type too: <c>cinder/scheduler/filter_scheduler.py</c>, <c>find_retype_host</c>.</summary>
    private VolumeMove? FindMove(ICatalogReader reader, Volume volume, VolumeType type, MigrationPolicy policy)
    {
        PoolState pool = new VolumePlacement(_parts, _access).Choose(reader, volume, type, SchedulerOperation.Retype, required: null, policy == MigrationPolicy.OnDemand);
        if (pool.Name == volume.Host)
            return null;
        if (volume.Status == VolumeStatus.InUse || SnapshotsOf(reader, volume.Id).Count > 0)
            throw VolumeStates.Refusal(volume, VolumeAction.Retype, "it would have to move, and it is in-use or has snapshots", "an available volume without snapshots");
        return MoveTo(volume, pool, VolumeAction.Retype) with { Type = type.Name };
    }

    // A driver knows a volume by its id: one backend can't hold it twice.
    private static VolumeMove MoveTo(Volume volume, PoolState pool, VolumeAction action) => VolumeHost.BackendOf(pool.Name) == VolumeHost.BackendOf(volume.Host!)
        ? throw VolumeStates.Refusal(volume, action, $"{pool.Name} is of the backend that holds it", "a pool of another backend")
        : new VolumeMove(volume.Host!, volume.DriverState, pool.Name, pool.AvailabilityZone);

    private Func<ICatalogWriter, VolumeWork, string?, Volume> EndMove(VolumeAction action) => (writer, work, remark) =>
    {
        Volume volume = Now(writer, work.Volume.Id);
        return Put(writer, VolumeMover.End(writer, VolumeStates.End(action, volume, AttachmentsOf(writer, volume.Id)), work.Move!) with { LastError = remark });
    };

    private Action<ICatalogWriter, VolumeWork, Exception> FailMove(VolumeAction action) => (writer, work, error) =>
    {
        Volume volume = Now(writer, work.Volume.Id);
        Put(writer, VolumeMover.Fail(VolumeStates.Fail(action, volume, AttachmentsOf(writer, volume.Id), ReasonOf(error)), work.Move));
    };
}
