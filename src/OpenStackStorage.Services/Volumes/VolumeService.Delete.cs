namespace OpenStackStorage.Services;

// cinder/volume/api.py and cinder/volume/manager.py, delete.
public sealed partial class VolumeService
{
    public void Delete(VolumeId id, VolumeDeletion how, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(how);
        if (how.ClearSizeMiB is < 0 or > 1024)
            throw VolumeRules.Invalid("The size to overwrite", $"{how.ClearSizeMiB} MiB", "0 (all) to 1024 MiB");
        if (_isDry)
        {
            VolumeOperations.Preview(_catalog, Begin);
            return;
        }

        DryRun().Delete(id, how, progress, token);
        _operations.Run(Begin, work => new VolumeRemoval(_parts, work.Volume.Id, work.ClearMiB).Run(progress, token), (writer, work, _) => VolumeRemoval.End(writer, work.Volume.Id),
            (writer, work, error) => VolumeRemoval.Fail(writer, work.Volume.Id, error, _parts.Clock.Now()), token);

        VolumeWork Begin(ICatalogWriter writer)
        {
            Volume volume = _access.Find(writer, id);
            _access.Require("volume:delete", volume);
            if (how.Force)
                _access.Require("volume_extension:volume_admin_actions:force_delete", volume);
            IReadOnlyList<VolumeSnapshot> snapshots = SnapshotsOf(writer, id);
            if (how.Cascade && !_access.IsAdmin && snapshots.FirstOrDefault(one => one.Project != volume.Project) is { } foreign)
                throw VolumeStates.Refusal(volume, VolumeAction.DeleteCascade, $"its snapshot {foreign.Id} belongs to another project", "snapshots of its own project");
            VolumeAction action = (how.Cascade, how.Force) switch
            {
                (true, true) => VolumeAction.ForceDeleteCascade,
                (true, false) => VolumeAction.DeleteCascade,
                (false, true) => VolumeAction.ForceDelete,
                _ => VolumeAction.Delete,
            };
            // What no pool holds goes in any status, as in Cinder: there is no data to be removed.
            Volume deleting = volume.Host is null ? volume with { Status = VolumeStatus.Deleting } : Enter(writer, action, volume);
            foreach (VolumeSnapshot snapshot in snapshots)
                Put(writer, SnapshotStates.Begin(how.Force ? SnapshotAction.ForceDelete : SnapshotAction.Delete, snapshot));
            return new VolumeWork(VolumeOperations.Delete, Put(writer, deleting)) { ClearMiB = ClearOf(writer, volume, how) };
        }
    }

    private static int? ClearOf(ICatalogReader reader, Volume volume, VolumeDeletion how)
    {
        if (volume.Host is null)
            return 0;
        Backend backend = VolumeServiceParts.BackendOf(reader, volume.Host);
        int size = how.ClearSizeMiB ?? backend.ClearSizeMiB;
        return (how.Clear ?? backend.Clear) == VolumeClear.None ? 0 : size == 0 ? null : size;
    }
}
