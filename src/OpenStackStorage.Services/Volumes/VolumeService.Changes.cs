namespace OpenStackStorage.Services;

// cinder/volume/api.py, _extend and revert_to_snapshot, with the checks of cinder/api/v3/volumes.py.
public sealed partial class VolumeService
{
    public Volume Extend(VolumeId id, int sizeGiB)
    {
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Extend(id, sizeGiB);
        return _operations.Run(Begin, work => DriverOf(work.Volume).Extend(work.Volume, sizeGiB),
            (writer, work, state) => End(writer, VolumeAction.Extend, work, volume => volume with { SizeGiB = sizeGiB, DriverState = state }),
            (writer, work, error) => Fail(writer, VolumeAction.Extend, work, error), CancellationToken.None);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            bool isInUse = volume.Status == VolumeStatus.InUse;
            _access.Require(isInUse ? "volume:extend_attached_volume" : "volume:extend", volume);
            VolumeRules.CheckSize(sizeGiB, volume.SizeGiB + 1, $"volume {id} has {volume.SizeGiB} GiB, and can only grow");
            VolumeRules.CheckSize(sizeGiB, TypeOf(writer, volume));
            Volume extending = Enter(writer, isInUse ? VolumeAction.ExtendInUse : VolumeAction.Extend, volume);
            if (isInUse && !DriverOf(volume).Capabilities.ExtendInUse)
                throw VolumeStates.Refusal(volume, VolumeAction.Extend, "it is in-use, and its backend can't let it grow then", "available");
            new VolumePlacement(_parts, _access).RequireRoom(writer, volume, TypeOf(writer, volume), sizeGiB);
            return new VolumeWork(VolumeOperations.Extend, Put(writer, extending))
            {
                Hold = (holder, operation) => VolumeRoom.HoldExtension(holder, operation, volume, sizeGiB, _parts.Clock.Now()),
            };
        }
    }

    public Volume Revert(VolumeId id, SnapshotId snapshot)
    {
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Volume;
        DryRun().Revert(id, snapshot);
        return _operations.Run(Begin, work => DriverOf(work.Volume).Revert(work.Volume, work.Snapshot!),
            (writer, work, state) =>
            {
                writer.Put(VolumeTables.Snapshots, SnapshotStates.End(SnapshotAction.Revert, work.Snapshot!));
                return End(writer, VolumeAction.Revert, work, volume => volume with { DriverState = state });
            },
            (writer, work, error) =>
            {
                // The snapshot is what it was; only the volume is in doubt.
                writer.Put(VolumeTables.Snapshots, SnapshotStates.End(SnapshotAction.Revert, work.Snapshot!));
                Fail(writer, VolumeAction.Revert, work, error);
            }, CancellationToken.None);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume:revert_to_snapshot", volume);
            VolumeSnapshot target = _access.Find(writer, snapshot);
            IReadOnlyList<VolumeSnapshot> snapshots = SnapshotsOf(writer, id);
            VolumeSnapshot? latest = snapshots.Count == 0 ? null : snapshots[^1];
            if (latest?.Id != snapshot)
                throw VolumeStates.Refusal(volume, VolumeAction.Revert, $"snapshot {snapshot} is not its latest", latest is null ? "a snapshot" : $"its latest one, {latest.Id}");
            if (target.SizeGiB != volume.SizeGiB)
                throw VolumeStates.Refusal(volume, VolumeAction.Revert, $"it has {volume.SizeGiB} GiB, and its snapshot {target.SizeGiB} GiB", "a volume that has not grown since");
            Volume reverting = Enter(writer, VolumeAction.Revert, volume);
            VolumeSnapshot restoring = Put(writer, SnapshotStates.Begin(SnapshotAction.Revert, target));
            return new VolumeWork(VolumeOperations.Revert, Put(writer, reverting)) { Snapshot = restoring };
        }
    }

    /// <summary>Puts a volume as it is after an action.</summary>
    private Volume End(ICatalogWriter writer, VolumeAction action, VolumeWork work, Func<Volume, Volume> change)
    {
        Volume volume = Now(writer, work.Volume.Id);
        return Put(writer, change(VolumeStates.End(action, volume, AttachmentsOf(writer, volume.Id))));
    }

    /// <summary>Puts a volume as it is after an action that failed.</summary>
    private void Fail(ICatalogWriter writer, VolumeAction action, VolumeWork work, Exception error)
    {
        Volume volume = Now(writer, work.Volume.Id);
        Put(writer, VolumeStates.Fail(action, volume, AttachmentsOf(writer, volume.Id), ReasonOf(error)));
    }

    private static VolumeType? TypeOf(ICatalogReader reader, Volume volume) =>
        volume.VolumeType is { } name ? reader.List(VolumeTables.Types, ("name", name)).SingleOrDefault() : null;
}
