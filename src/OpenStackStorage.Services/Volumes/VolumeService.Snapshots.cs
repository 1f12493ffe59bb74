namespace OpenStackStorage.Services;

// cinder/volume/api.py, create_snapshot_in_db and delete_snapshot; cinder/volume/manager.py.
public sealed partial class VolumeService
{
    public VolumeSnapshot CreateSnapshot(VolumeId volume, SnapshotSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        VolumeRules.CheckText("The name", spec.Name);
        VolumeRules.CheckText("The description", spec.Description);
        VolumeRules.CheckMetadata(spec.Metadata);
        SnapshotId id = SnapshotId.New();
        if (_isDry)
            return VolumeOperations.Preview(_catalog, Begin).Snapshot!;
        DryRun().CreateSnapshot(volume, spec);
        return _operations.Run(Begin, work => DriverOf(work.Volume).CreateSnapshot(work.Volume, work.Snapshot!),
            (writer, work, change) =>
            {
                writer.Put(VolumeTables.Volumes, Now(writer, volume) with { DriverState = change.VolumeState });
                return Put(writer, SnapshotStates.End(SnapshotAction.Create, Now(writer, work.Snapshot!)) with { DriverState = change.SnapshotState });
            },
            (writer, work, error) => Put(writer, SnapshotStates.Fail(SnapshotAction.Create, Now(writer, work.Snapshot!), ReasonOf(error))), CancellationToken.None);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume found = _access.Find(writer, volume);
            _access.Require("volume:create_snapshot", found);
            Enter(writer, spec.Force ? VolumeAction.SnapshotInUse : VolumeAction.Snapshot, found);
            DateTimeOffset now = _parts.Clock.Now();
            VolumeSnapshot snapshot = new()
            {
                Id = id,
                Volume = volume,
                Name = spec.Name,
                Description = spec.Description,
                Status = SnapshotStates.Of(SnapshotAction.Create).During!.Value,
                SizeGiB = found.SizeGiB,
                Project = _access.Project,
                VolumeType = found.VolumeType,
                Metadata = new Dictionary<string, string>(spec.Metadata),
                CreatedAt = now,
                UpdatedAt = now,
            };
            VolumeRoom.RequireSnapshot(writer, snapshot, now);
            new VolumePlacement(_parts, _access).RequireRoom(writer, found, snapshot);
            return new VolumeWork(VolumeOperations.CreateSnapshot, found) { Snapshot = Put(writer, snapshot) };
        }
    }

    public VolumeSnapshot GetSnapshot(SnapshotId id) => _catalog.Read(reader => _access.Find(reader, id));

    public IReadOnlyList<VolumeSnapshot> ListSnapshots(VolumeQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        _access.Require("volume:get_all_snapshots");
        return _catalog.Read(reader => List(reader, VolumeTables.Snapshots, query).Where(snapshot => VolumeFilter.Matches(snapshot, query)).ToArray());
    }

    public VolumeSnapshot UpdateSnapshot(SnapshotId id, VolumeChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        VolumeRules.CheckText("The name", change.Name);
        VolumeRules.CheckText("The description", change.Description);
        VolumeRules.CheckMetadata(change.SetMetadata);
        if (change.Bootable is not null || change.ReadOnly is not null)
            throw VolumeRules.Invalid("The change", "bootable or read-only", "name, description and metadata, which is what a snapshot has");
        return _catalog.Write(writer =>
        {
            VolumeSnapshot snapshot = _access.Find(writer, id);
            if (change.Name is not null || change.Description is not null)
                _access.Require("volume:update_snapshot", snapshot);
            if (change.SetMetadata.Count > 0)
                _access.Require("volume:update_snapshot_metadata", snapshot);
            if (change.RemoveMetadata.Count > 0)
                _access.Require("volume:delete_snapshot_metadata", snapshot);
            return Put(writer, snapshot with
            {
                Name = change.Name ?? snapshot.Name,
                Description = change.Description ?? snapshot.Description,
                Metadata = Apply(snapshot.Metadata, change, id.ToString(), ErrorIds.SnapshotConflict),
            });
        });
    }

    public void DeleteSnapshot(SnapshotId id, bool force, WorkProgress progress, CancellationToken token)
    {
        if (_isDry)
        {
            VolumeOperations.Preview(_catalog, Begin);
            return;
        }

        DryRun().DeleteSnapshot(id, force, progress, token);
        _operations.Run(Begin, work => DriverOf(work.Volume).DeleteSnapshot(work.Volume, work.Snapshot!, progress, token),
            (writer, work, state) =>
            {
                writer.Put(VolumeTables.Volumes, Now(writer, work.Volume.Id) with { DriverState = state });
                return writer.Remove(VolumeTables.Snapshots, id.ToString());
            },
            (writer, work, error) => FailDeletion(writer, Now(writer, work.Snapshot!), error), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            VolumeSnapshot snapshot = _access.Find(writer, id);
            _access.Require("volume:delete_snapshot", snapshot);
            if (force)
                _access.Require("volume_extension:snapshot_admin_actions:force_delete", snapshot);
            VolumeSnapshot deleting = SnapshotStates.Begin(force ? SnapshotAction.ForceDelete : SnapshotAction.Delete, snapshot);
            return new VolumeWork(VolumeOperations.DeleteSnapshot, Now(writer, snapshot.Volume)) { Snapshot = Put(writer, deleting) };
        }
    }

    // What is only in use is available again: SnapshotIsBusy.
    private void FailDeletion(ICatalogWriter writer, VolumeSnapshot snapshot, Exception error)
    {
        bool isBusy = error is StorageException storage && storage.Id == ErrorIds.ImageInUse;
        VolumeSnapshot failed = SnapshotStates.Fail(SnapshotAction.Delete, snapshot, ReasonOf(error));
        Put(writer, isBusy ? failed with { Status = SnapshotStatus.Available } : failed);
    }

    private static VolumeSnapshot Now(ICatalogReader reader, VolumeSnapshot snapshot) => reader.Find(VolumeTables.Snapshots, snapshot.Id.ToString()) ?? snapshot;
}
