using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Brings a volume's data to another pool: it is copied, the row turns to the copy, the old data goes.
/// <c>cinder/volume/manager.py</c>, <c>_migrate_volume_generic</c> and <c>migrate_volume_completion</c>, without the second volume:
/// a driver knows a volume by its id, so both pools can hold it.
/// </summary>
internal sealed class VolumeMover(VolumeServiceParts parts, VolumeId id, VolumeMove move)
{
    /// <returns>What could not be removed from the old pool; null for nothing.</returns>
    public string? Run(WorkProgress progress, CancellationToken token)
    {
        Set(volume => volume with { MigrationStatus = MigrationStatus.Migrating });
        Remove(isNew: true); // an earlier attempt may have left something
        IReadOnlyDictionary<string, string> state = Copy(progress, token);
        Set(volume => volume with { Host = move.To, AvailabilityZone = move.Zone, DriverState = state, MigrationStatus = MigrationStatus.Completing });
        return RemoveOld();
    }

    /// <summary>After a process that died: ends the way, or goes back to its start.</summary>
    public (bool IsThere, string? Remark) Recover()
    {
        if (Find()?.Host == move.To)
            return (true, RemoveOld());
        TryRemoveNew();
        return (false, null);
    }

    public static Volume End(ICatalogWriter writer, Volume volume, VolumeMove move) =>
        Retype(writer, volume, move.Type) with { MigrationStatus = MigrationStatus.Success };

    public static Volume Fail(Volume volume, VolumeMove? move) => move is null ? volume : volume with { MigrationStatus = MigrationStatus.Error };

    /// <summary>Gives a volume and its snapshots a type. Null leaves them theirs, and so does one that is gone.</summary>
    public static Volume Retype(ICatalogWriter writer, Volume volume, string? name)
    {
        if (name is null || writer.List(VolumeTables.Types, ("name", name)).SingleOrDefault() is not { } type)
            return volume;
        foreach (VolumeSnapshot snapshot in VolumeService.SnapshotsOf(writer, volume.Id))
            writer.Put(VolumeTables.Snapshots, snapshot with { VolumeType = name });
        return volume with { VolumeType = name, Multiattach = VolumeRules.IsMultiattach(type) };
    }

    private IReadOnlyDictionary<string, string> Copy(WorkProgress progress, CancellationToken token)
    {
        Volume volume = Find()!;
        (IVolumeDriver from, IVolumeDriver to) = parts.Catalog.Read(reader => (parts.DriverOf(reader, move.From), parts.DriverOf(reader, move.To)));
        try
        {
            using DiskImage disk = from.Open(volume, snapshot: null);
            return to.CreateFrom(New(volume), disk, progress, token);
        }
        catch
        {
            TryRemoveNew();
            throw;
        }
    }

    private string? RemoveOld()
    {
        try
        {
            Remove(isNew: false);
            return null;
        }
        catch (StorageException error)
        {
            return $"It has moved, but its old data is still in {move.From}: {error.Message}";
        }
    }

    private void TryRemoveNew()
    {
        try
        {
            Remove(isNew: true);
        }
        catch (StorageException)
        {
            // The next move there tries again.
        }
    }

    private void Remove(bool isNew)
    {
        if (Find() is not { } volume)
            return;
        IVolumeDriver driver = parts.Catalog.Read(reader => parts.DriverOf(reader, isNew ? move.To : move.From));
        if (isNew)
            driver.Recover(New(volume), []); // what has no state was never finished
        else
            driver.Delete(volume with { Host = move.From, DriverState = move.State }, clearMiB: 0, new WorkProgress(), CancellationToken.None);
    }

    private Volume New(Volume volume) => volume with { Host = move.To, DriverState = new Dictionary<string, string>() };

    private Volume? Find() => parts.Catalog.Read(reader => reader.Find(VolumeTables.Volumes, id.ToString()));

    private void Set(Func<Volume, Volume> change) => parts.Catalog.Write(writer =>
    {
        if (writer.Find(VolumeTables.Volumes, id.ToString()) is { } volume)
            writer.Put(VolumeTables.Volumes, change(volume) with { UpdatedAt = parts.Clock.Now() });
        return true;
    });
}
