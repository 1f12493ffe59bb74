using OpenStackStorage.Services.Worker;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>What must hold of the volumes of a store in which nobody works.</summary>
internal static class VolumeStoreTruth
{
    /// <summary>
    /// Nothing is left of work, nobody is in a status that only work has, every chain is whole, nothing lies about that belongs to nobody,
    /// and the sums are right.
    /// </summary>
    /// <returns>Every volume and snapshot by its name, with what it holds.</returns>
    public static Dictionary<string, VolumeState> Require(EmbeddedStore store)
    {
        Assert.All(store.Recovered, recovered => Assert.Null(recovered.Error));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Path, "locks")));
        (Volume[] volumes, VolumeSnapshot[] snapshots) = store.Catalog.Read(reader =>
        {
            Assert.Empty(reader.ListOperations());
            Assert.Empty(reader.List(VolumeTables.Reservations));
            return (reader.List(VolumeTables.Volumes).ToArray(), reader.List(VolumeTables.Snapshots).ToArray());
        });
        Assert.Empty(snapshots.Select(snapshot => snapshot.Volume).Except(volumes.Select(volume => volume.Id)));
        Assert.All(volumes.Where(volume => volume.Cached is not null), entry => Assert.Equal(VolumeStatus.Available, entry.Status));
        foreach (Backend backend in store.Backends(WorkImages.User).List())
        {
            HashSet<VolumeId> known = [.. volumes.Where(volume => WorkVolumes.BackendOf(volume) == backend.Name).Select(volume => volume.Id)];
            Assert.Empty(VolumeParts.Of(store).Drivers(backend).FindOrphans(known));
        }

        Volume[] own = [.. volumes.Where(volume => volume.Cached is null)];
        store.Catalog.Read(reader =>
        {
            VolumeQuotas quotas = VolumeQuotas.Of(reader, WorkImages.User.Project, DateTimeOffset.UtcNow);
            foreach ((VolumeQuota quota, long sum) in new[] { (VolumeQuota.Volumes, own.Length), (VolumeQuota.Snapshots, snapshots.Length), (VolumeQuota.Gigabytes, own.Sum(volume => volume.SizeGiB) + snapshots.Sum(snapshot => snapshot.SizeGiB)) })
                Assert.Equal((sum, 0), (quotas.Find(quota, null).InUse, quotas.Find(quota, null).Reserved));
            return true;
        });
        return own.Select(volume => (volume.Name!, StateOf(store, volume)))
            .Concat(snapshots.Select(snapshot => (snapshot.Name ?? $"{snapshot.Id}", StateOf(store, own.Single(volume => volume.Id == snapshot.Volume), snapshot))))
            .ToDictionary();
    }

    private static VolumeState StateOf(EmbeddedStore store, Volume volume)
    {
        Assert.DoesNotContain(volume.MigrationStatus, new[] { MigrationStatus.Starting, MigrationStatus.Migrating, MigrationStatus.Completing });
        if (volume.Status == VolumeStatus.Error)
        {
            Assert.NotNull(volume.LastError);
            return VolumeState.Error(volume.SizeGiB);
        }

        Assert.Equal(VolumeStatus.Available, volume.Status);
        VolumeSnapshot[] failed = [.. store.Catalog.Read(reader => VolumeService.SnapshotsOf(reader, volume.Id)).Where(snapshot => snapshot.Status == SnapshotStatus.Error)];
        Assert.DoesNotContain(store.Volumes(WorkImages.User).Check(volume.Id, deep: false, new WorkProgress(), CancellationToken.None),
            finding => finding.Code != "SnapshotMissing" || !failed.Any(snapshot => finding.Message.Contains($"{snapshot.Id}", StringComparison.Ordinal)));
        return VolumeState.Available(volume.SizeGiB, WorkVolumes.Read(store, volume, null));
    }

    private static VolumeState StateOf(EmbeddedStore store, Volume volume, VolumeSnapshot snapshot)
    {
        if (snapshot.Status == SnapshotStatus.Error)
            return VolumeState.Error(snapshot.SizeGiB);
        Assert.Equal(SnapshotStatus.Available, snapshot.Status);
        return VolumeState.Available(snapshot.SizeGiB, WorkVolumes.Read(store, volume, snapshot));
    }
}
