using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <content>What may be done.</content>
internal sealed partial class VolumeModel
{
    private static readonly WorkProgress Quiet = new();

    private void Change()
    {
        if (_volumes.Count == 0)
        {
            CreateBlank();
            return;
        }

        VolumeId id = Pick(_volumes.Keys);
        Known known = _volumes[id];
        switch (_random.Next(40))
        {
            case < 2:
                CreateBlank();
                break;
            case < 6:
                CreateFromImage();
                break;
            case < 10:
                Clone(id, known);
                break;
            case < 15:
                Snapshot(id, known);
                break;
            case < 18:
                DeleteSnapshot(id, known);
                break;
            case < 20:
                Revert(id, known);
                break;
            case 20:
                Extend(id, known);
                break;
            case 21:
                Reimage(id, known);
                break;
            case 22:
                Flatten(id, known);
                break;
            case 23 or 24:
                Migrate(id, known);
                break;
            case 25:
                Retype(id, known);
                break;
            case < 29:
                Delete(id, known);
                break;
            case 29:
                RemoveCached();
                break;
            case 30:
                ChangeImage();
                break;
            default:
                Write(id, known);
                break;
        }
    }

    private T Pick<T>(IEnumerable<T> items) => items.ElementAt(_random.Next(items.Count()));

    private void CreateBlank()
    {
        _doing = "create";
        string backend = Pick(Backends);
        int size = _random.Next(1, 3);
        string? type = Pick([null, .. TypesOf(backend)]);
        Create(new VolumeSpec { SizeGiB = size, Backend = type is null ? backend : null, VolumeType = type }, new Known(new ModelDisk(size), backend, type));
    }

    private void CreateFromImage()
    {
        (ImageId image, ModelDisk disk) = Pick(_images);
        string backend = Pick(Backends);
        int size = _random.Next(1, 3);
        bool full = _random.Next(4) == 0;
        _doing = full ? "create from an image, full" : "create from an image";
        Create(new VolumeSpec { Image = image, SizeGiB = size, Backend = backend, Full = full }, new Known(disk.Copy(size), backend, null));
    }

    private void Clone(VolumeId source, Known known)
    {
        bool full = _random.Next(3) == 0;
        bool ofSnapshot = known.Snapshots.Count > 0 && _random.Next(2) == 0;
        _doing = $"clone of {(ofSnapshot ? "a snapshot" : "a volume")}, {(full ? "full" : "linked")}";
        (SnapshotId Id, ModelDisk Disk) snapshot = ofSnapshot ? Pick(known.Snapshots) : default;
        ModelDisk disk = ofSnapshot ? snapshot.Disk : known.Disk;
        disk = disk.Copy(Math.Min(MaximumGiB, disk.SizeGiB + _random.Next(2)));
        VolumeSpec spec = ofSnapshot ? new VolumeSpec { Snapshot = snapshot.Id } : new VolumeSpec { Volume = source };
        Create(spec with { SizeGiB = disk.SizeGiB, Full = full }, new Known(disk, known.Backend, known.Type));
        Check(source, null, known.Disk, whole: false);
        if (ofSnapshot)
            Check(source, snapshot.Id, snapshot.Disk, whole: false);
    }

    private void Create(VolumeSpec spec, Known becomes)
    {
        if (_volumes.Count == VolumeLimit || Gigabytes + becomes.Disk.SizeGiB > GigabyteLimit)
        {
            Refused(ErrorIds.QuotaExceeded, () => _service.Create(spec, Quiet, CancellationToken.None));
            return;
        }

        Volume volume = _service.Create(spec, Quiet, CancellationToken.None);
        Assert.Equal(VolumeStatus.Available, volume.Status);
        _volumes[volume.Id] = becomes;
        Check(volume.Id, null, becomes.Disk, whole: false);
    }

    /// <summary>As a consumer does, who has it attached or not.</summary>
    private void Write(VolumeId id, Known known)
    {
        bool attaches = _random.Next(3) == 0;
        _doing = attaches ? "attach and write" : "write";
        AttachmentId? attachment = attaches ? Attach(id) : null;
        ModelDisk next = known.Disk.Copy(known.Disk.SizeGiB);
        Volume volume = Find(id);
        using (ImageEditor editor = new(DriverOf(volume).OpenWritable(volume)))
        {
            for (int count = _random.Next(1, 6); count > 0; count--)
                Write(editor, next);
            editor.Close();
        }

        known.Disk = next;
        Check(id, null, next, whole: false);
        if (attachment is { } held)
            _service.Detach(held);
    }

    private AttachmentId Attach(VolumeId id)
    {
        VolumeAttachment attachment = _service.Attach(id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "node" } });
        _service.CompleteAttachment(attachment.Id);
        Refused(ErrorIds.VolumeConflict, () => _service.Delete(id, new VolumeDeletion { Cascade = true }, Quiet, CancellationToken.None));
        return attachment.Id;
    }

    /// <summary>Near the start, across the ends of GiB, or anywhere; some of it becomes zero again.</summary>
    private void Write(ImageEditor editor, ModelDisk disk)
    {
        byte[] bytes = new byte[_random.Next(2) == 0 ? ModelDisk.PageSize : _random.Next(1, 3 * ModelDisk.PageSize)];
        long offset = _random.Next(5) switch
        {
            0 => Math.Max(0, ((long)_random.Next(1, disk.SizeGiB + 1) << 30) - _random.Next(1, 20 * ModelDisk.PageSize)),
            1 => _random.NextInt64(disk.Length),
            2 => _random.Next(600) * ModelDisk.PageSize,
            _ => _random.Next(2 << 20),
        };
        offset = Math.Min(offset, disk.Length - bytes.Length);
        if (_random.Next(5) == 0)
            editor.Zero(new GuestOffset(offset), bytes.Length, free: _random.Next(2) == 0);
        else
        {
            _random.NextBytes(bytes);
            editor.Write(new GuestOffset(offset), bytes);
        }

        disk.Write(offset, bytes);
    }

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

        _service.Migrate(id, backend, false, Quiet, CancellationToken.None);
        known.Backend = backend;
        Check(id, null, known.Disk, whole: true);
    }

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
            : known.Snapshots.Count > 0 ? ErrorIds.VolumeConflict : null;
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

    private static void Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.True(error.Id == id, $"It was refused with {error.Id}, not {id}: {error.Message}");
    }
}
