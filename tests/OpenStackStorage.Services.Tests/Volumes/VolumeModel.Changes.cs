namespace OpenStackStorage.Services.Tests.Volumes;

/// <content>What may be done with a volume that there is.</content>
internal sealed partial class VolumeModel
{
    private void Snapshot(VolumeId id, Known known)
    {
        _doing = "snapshot";
        if (SnapshotCount == SnapshotLimit || Gigabytes + known.Disk.SizeGiB > GigabyteLimit)
        {
            Refused(ErrorIds.QuotaExceeded, () => _service.CreateSnapshot(id, new SnapshotSpec()));
            return;
        }

        SnapshotId snapshot = _service.CreateSnapshot(id, new SnapshotSpec()).Id;
        known.Snapshots.Add((snapshot, known.Disk.Copy(known.Disk.SizeGiB)));
        Check(id, snapshot, known.Disk, whole: false);
        Check(id, null, known.Disk, whole: false);
    }

    private void DeleteSnapshot(VolumeId id, Known known)
    {
        _doing = "delete a snapshot";
        if (known.Snapshots.Count == 0)
            return;
        (SnapshotId Id, ModelDisk Disk) snapshot = Pick(known.Snapshots);
        _service.DeleteSnapshot(snapshot.Id, false, Quiet, CancellationToken.None);
        known.Snapshots.Remove(snapshot);
        Check(id, null, known.Disk, whole: false);
        foreach ((SnapshotId left, ModelDisk disk) in known.Snapshots)
            Check(id, left, disk, whole: false);
    }

    private void Revert(VolumeId id, Known known)
    {
        _doing = "revert";
        if (known.Snapshots.Count == 0)
            return;
        (SnapshotId Id, ModelDisk Disk) snapshot = _random.Next(4) == 0 ? Pick(known.Snapshots) : known.Snapshots[^1];
        if (snapshot != known.Snapshots[^1] || snapshot.Disk.SizeGiB != known.Disk.SizeGiB)
        {
            Refused(ErrorIds.VolumeConflict, () => _service.Revert(id, snapshot.Id));
            return;
        }

        _service.Revert(id, snapshot.Id);
        known.Disk = snapshot.Disk.Copy(known.Disk.SizeGiB);
        Check(id, null, known.Disk, whole: true);
    }

    private void Extend(VolumeId id, Known known)
    {
        _doing = "extend";
        int size = known.Disk.SizeGiB + 1;
        if (size > MaximumGiB)
            return;
        if (Gigabytes + 1 > GigabyteLimit)
        {
            Refused(ErrorIds.QuotaExceeded, () => _service.Extend(id, size));
            return;
        }

        _service.Extend(id, size);
        known.Disk = known.Disk.Copy(size);
        Check(id, null, known.Disk, whole: false);
    }

    private void Reimage(VolumeId id, Known known)
    {
        _doing = "reimage";
        (ImageId image, ModelDisk disk) = Pick(_images);
        _service.Reimage(id, image, false, Quiet, CancellationToken.None);
        known.Disk = disk.Copy(known.Disk.SizeGiB);
        Check(id, null, known.Disk, whole: true);
    }

    private void Flatten(VolumeId id, Known known)
    {
        _doing = "flatten";
        _service.Flatten(id, Quiet, CancellationToken.None);
        Volume volume = Find(id);
        Assert.All(DriverOf(volume).GetLayers(volume), layer => Assert.Equal(id, layer.Volume));
        Check(id, null, known.Disk, whole: false);
    }

    private void Migrate(VolumeId id, Known known)
    {
        _doing = "migrate";
        string backend = Pick(Backends.Where(name => name != known.Backend));
        if (known.Snapshots.Count > 0 || known.Type is not null)
        {
            Refused(known.Snapshots.Count > 0 ? ErrorIds.VolumeConflict : ErrorIds.NoValidBackend, () => _service.Migrate(id, backend, false, Quiet, CancellationToken.None));
            return;
        }

        if (HasLeftSomethingIn(backend, id))
        {
            Refused(ErrorIds.VolumeConflict, () => _service.Migrate(id, backend, false, Quiet, CancellationToken.None));
            Check(id, null, known.Disk, whole: true);
            return;
        }

        _service.Migrate(id, backend, false, Quiet, CancellationToken.None);
        known.Backend = backend;
        Check(id, null, known.Disk, whole: true);
    }

    /// <summary>A volume that was there before has clones there that still read its first layer.</summary>
    private bool HasLeftSomethingIn(string backend, VolumeId id) => File.Exists(_folder[Path.Combine(backend, LayerNames.First(id))]);

    private void Retype(VolumeId id, Known known)
    {
        string backend = Pick(Backends);
        string type = Pick(TypesOf(backend));
        MigrationPolicy policy = _random.Next(4) == 0 ? MigrationPolicy.Never : MigrationPolicy.OnDemand;
        bool moves = backend != known.Backend;
        _doing = moves ? "retype and move" : "retype";
        ErrorId? refusal = type == known.Type ? ErrorIds.VolumeConflict
            : !moves ? null
            : policy == MigrationPolicy.Never ? ErrorIds.NoValidBackend
            : known.Snapshots.Count > 0 || HasLeftSomethingIn(backend, id) ? ErrorIds.VolumeConflict : null;
        if (refusal is { } expected)
        {
            Refused(expected, () => _service.Retype(id, type, policy, Quiet, CancellationToken.None));
            return;
        }

        _service.Retype(id, type, policy, Quiet, CancellationToken.None);
        (known.Backend, known.Type) = (backend, type);
        Check(id, null, known.Disk, whole: moves);
    }

    private void Delete(VolumeId id, Known known)
    {
        bool cascade = _random.Next(3) > 0;
        _doing = cascade ? "delete with snapshots" : "delete";
        VolumeDeletion how = new() { Cascade = cascade, Clear = _random.Next(4) == 0 ? VolumeClear.Zero : null, ClearSizeMiB = 1 };
        if (known.Snapshots.Count > 0 && !cascade)
        {
            Refused(ErrorIds.VolumeConflict, () => _service.Delete(id, how, Quiet, CancellationToken.None));
            return;
        }

        _service.Delete(id, how, Quiet, CancellationToken.None);
        _volumes.Remove(id);
        Assert.Null(_store.Catalog.Read(reader => reader.Find(VolumeTables.Volumes, id.ToString())));
    }

    /// <summary>One that volumes share stays, and says so.</summary>
    private void RemoveCached()
    {
        _doing = "remove a cached image";
        if (Cache().List(null) is not { Count: > 0 } entries)
            return;
        Volume entry = Pick(entries);
        bool isShared = _volumes.Keys.Select(Find).Where(volume => volume.Host == entry.Host)
            .Any(volume => DriverOf(volume).GetLayers(volume).Any(layer => layer.Volume == entry.Id));
        if (isShared)
            Refused(ErrorIds.VolumeConflict, () => Cache().Remove(entry.Id));
        else
            Cache().Remove(entry.Id);
    }

    /// <summary>Makes what is cached of it stale.</summary>
    private void ChangeImage()
    {
        _doing = "change an image";
        _store.Images(User).Update(Pick(_images.Keys), new ImageChange { Name = $"name {_step}" });
    }
}
