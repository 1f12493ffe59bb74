using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <content>What may be done: making volumes and writing them.</content>
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

    private static void Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.True(error.Id == id, $"It was refused with {error.Id}, not {id}: {error.Message}");
    }
}
