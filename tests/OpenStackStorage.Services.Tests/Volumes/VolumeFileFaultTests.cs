using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Media that fill up, vanish or can't be written, and layers that others changed: what the service says, which status follows, and the way back.</summary>
public sealed class VolumeFileFaultTests : IDisposable
{
    private static readonly Identity User = new("kim", "work", ["admin"]);
    private static readonly WorkProgress Quiet = new();

    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();
    private readonly EmbeddedStore _store;
    private readonly VolumeService _service;

    public VolumeFileFaultTests()
    {
        _store = EmbeddedStore.Open(_folder["store"]);
        _service = _store.Volumes(User);
        Directory.CreateDirectory(Medium);
    }

    private string Medium => _folder["medium"];

    private string Filler => Path.Combine(Medium, "filler");

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [NeedsMountFact]
    public void A_volume_for_which_the_medium_has_no_room_is_in_error_and_can_be_deleted()
    {
        using SmallMount mount = new(Medium, "size=8m");
        AddBackend();
        ImageService images = _store.Images(User);
        Image image = ImageServiceConformance.Upload(images,
            images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare }).Id, Samples.Noise(12 << 20));

        ServiceException error = Refused(ErrorIds.BackendFull, () => _service.Create(new VolumeSpec { Image = image.Id }, Quiet, CancellationToken.None));

        Volume failed = Assert.Single(_service.List(new VolumeQuery()));
        Assert.Equal((VolumeStatus.Error, error.Message), (failed.Status, failed.LastError));
        Assert.Empty(Files());
        _service.Delete(failed.Id, new VolumeDeletion(), Quiet, CancellationToken.None);
        Assert.Equal(0, InUse());
        mount.Remount("size=40m");
        Volume volume = _service.Create(new VolumeSpec { Image = image.Id }, Quiet, CancellationToken.None);
        Assert.Equal(Samples.Noise(12 << 20)[..4096], Read(volume, 4096));
        Require(volume);
    }

    [NeedsMountFact]
    public void What_finds_the_medium_full_leaves_the_volume_whole_and_works_when_there_is_room()
    {
        using SmallMount mount = new(Medium, "size=8m");
        AddBackend();
        Volume volume = Make();
        VolumeSnapshot snapshot = _service.CreateSnapshot(volume.Id, new SnapshotSpec());
        Write(volume, 2);
        Fill();

        Refused(ErrorIds.BackendFull, () => _service.Revert(volume.Id, snapshot.Id));
        Assert.Equal(VolumeStatus.Error, _service.Get(volume.Id).Status);
        _service.ResetState(volume.Id, VolumeStatus.Available, null, resetMigration: false);
        Refused(ErrorIds.BackendFull, () => _service.CreateSnapshot(volume.Id, new SnapshotSpec()));
        Refused(ErrorIds.BackendFull, () => _service.Create(new VolumeSpec { Volume = volume.Id }, Quiet, CancellationToken.None));

        File.Delete(Filler);
        foreach (VolumeSnapshot failed in _service.ListSnapshots(new VolumeQuery()).Where(one => one.Id != snapshot.Id))
        {
            Assert.Equal(SnapshotStatus.Error, failed.Status);
            _service.DeleteSnapshot(failed.Id, false, Quiet, CancellationToken.None);
        }

        foreach (Volume failed in _service.List(new VolumeQuery()).Where(one => one.Id != volume.Id))
        {
            Assert.Equal(VolumeStatus.Error, failed.Status);
            _service.Delete(failed.Id, new VolumeDeletion(), Quiet, CancellationToken.None);
        }

        Assert.Equal([2], Read(volume, 1));
        _service.Revert(volume.Id, snapshot.Id);
        Assert.Equal([1], Read(volume, 1));
        Require(volume);
    }

    [Fact]
    public void A_backend_that_vanished_keeps_its_volumes_for_when_it_is_back()
    {
        AddBackend();
        Volume volume = Make();
        VolumeSnapshot snapshot = _service.CreateSnapshot(volume.Id, new SnapshotSpec());
        Directory.Move(Medium, Medium + ".away");

        Refused(ErrorIds.NoValidBackend, () => _service.Create(new VolumeSpec { SizeGiB = 1 }, Quiet, CancellationToken.None));
        Refused(ErrorIds.NoValidBackend, () => _service.Extend(volume.Id, 2));
        Refused(ErrorIds.BackendUnavailable, () => _service.Flatten(volume.Id, Quiet, CancellationToken.None));
        Refused(ErrorIds.BackendUnavailable, () => _service.Attach(volume.Id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "node" } }));
        Assert.Equal(VolumeStatus.Available, _service.Get(volume.Id).Status);
        Refused(ErrorIds.BackendUnavailable, () => _service.Delete(volume.Id, new VolumeDeletion { Cascade = true }, Quiet, CancellationToken.None));
        Assert.Equal((VolumeStatus.ErrorDeleting, SnapshotStatus.ErrorDeleting), (_service.Get(volume.Id).Status, _service.GetSnapshot(snapshot.Id).Status));

        Directory.Move(Medium + ".away", Medium);
        Assert.Equal([1], Read(volume, 1));
        _service.Delete(volume.Id, new VolumeDeletion { Cascade = true, Force = true }, Quiet, CancellationToken.None);
        Assert.Empty(Files());
        Assert.Equal(0, InUse());
    }

    [NeedsMountFact]
    public void A_medium_that_can_not_be_written_loses_nothing()
    {
        using SmallMount mount = new(Medium, "size=8m");
        AddBackend();
        Volume volume = Make();
        VolumeSnapshot snapshot = _service.CreateSnapshot(volume.Id, new SnapshotSpec());
        Write(volume, 2);
        mount.Remount("ro");

        Refused(ErrorIds.BackendUnavailable, () => _service.Create(new VolumeSpec { SizeGiB = 1 }, Quiet, CancellationToken.None));
        Refused(ErrorIds.BackendUnavailable, () => _service.Revert(volume.Id, snapshot.Id));
        Assert.Equal(VolumeStatus.Error, _service.Get(volume.Id).Status);
        Refused(ErrorIds.BackendUnavailable, () => _service.DeleteSnapshot(snapshot.Id, false, Quiet, CancellationToken.None));
        Assert.Equal(SnapshotStatus.ErrorDeleting, _service.GetSnapshot(snapshot.Id).Status);
        Assert.Equal([2], Read(volume, 1));

        mount.Remount("rw");
        _service.ResetState(volume.Id, VolumeStatus.Available, null, resetMigration: false);
        _service.DeleteSnapshot(snapshot.Id, true, Quiet, CancellationToken.None);
        Assert.Equal([2], Read(volume, 1));
        Require(volume);
    }

    [Fact]
    public void A_volume_whose_parent_was_changed_is_named_and_usable_when_the_parent_is_what_it_was()
    {
        AddBackend();
        Volume parent = Make();
        Volume clone = _service.Create(new VolumeSpec { Volume = parent.Id }, Quiet, CancellationToken.None);
        VolumeSnapshot snapshot = _service.CreateSnapshot(parent.Id, new SnapshotSpec());
        string layer = Path.Combine(Medium, LayerNames.First(parent.Id));
        byte[] was = File.ReadAllBytes(layer);
        DateTime written = File.GetLastWriteTimeUtc(layer);
        File.WriteAllBytes(layer, [.. was[..^1], 0xFF]);
        File.SetLastWriteTimeUtc(layer, written.AddSeconds(7));

        Assert.Equal(layer, Refused(ErrorIds.VolumeDamaged, () => Read(clone, 1)).Target);
        Assert.Equal(layer, Refused(ErrorIds.VolumeDamaged, () => _service.Flatten(clone.Id, Quiet, CancellationToken.None)).Target);
        Assert.Equal(layer, Refused(ErrorIds.VolumeDamaged, () => _service.DeleteSnapshot(snapshot.Id, false, Quiet, CancellationToken.None)).Target);
        VolumeFinding finding = Assert.Single(_service.Check(clone.Id, deep: false, Quiet, CancellationToken.None), one => one.Code == "ParentChanged");
        Assert.Equal((layer, false), (finding.Place, finding.CanRepair));
        Assert.Empty(_service.Repair(clone.Id));
        Assert.Equal((VolumeStatus.Available, SnapshotStatus.ErrorDeleting), (_service.Get(clone.Id).Status, _service.GetSnapshot(snapshot.Id).Status));

        File.WriteAllBytes(layer, was);
        File.SetLastWriteTimeUtc(layer, written);
        _service.Flatten(clone.Id, Quiet, CancellationToken.None);
        _service.DeleteSnapshot(snapshot.Id, true, Quiet, CancellationToken.None);
        Assert.Equal([1, 1], Read(clone, 1).Concat(Read(parent, 1)));
        Require(clone);
        Require(parent);
    }

    [Fact]
    public void A_volume_whose_parent_is_lost_can_be_deleted()
    {
        AddBackend();
        Volume parent = Make();
        Volume clone = _service.Create(new VolumeSpec { Volume = parent.Id }, Quiet, CancellationToken.None);
        File.Delete(Path.Combine(Medium, LayerNames.First(parent.Id)));

        Refused(ErrorIds.VolumeDamaged, () => Read(clone, 1));
        _service.Delete(clone.Id, new VolumeDeletion(), Quiet, CancellationToken.None);
        _service.Delete(parent.Id, new VolumeDeletion(), Quiet, CancellationToken.None);

        Assert.Empty(Files());
        Assert.Equal(0, InUse());
    }

    private void AddBackend() => _store.Backends(User).Add(new Backend
    {
        Name = "b1",
        Driver = "File",
        Host = "node",
        Options = new Dictionary<string, string> { ["path"] = Medium },
        MaxOverSubscriptionRatio = 1e6,
        ImageCacheEnabled = false,
        CreatedAt = DateTimeOffset.UnixEpoch,
    });

    /// <summary>A volume that begins with 1.</summary>
    private Volume Make()
    {
        Volume volume = _service.Create(new VolumeSpec { SizeGiB = 1 }, Quiet, CancellationToken.None);
        Write(volume, 1);
        return volume;
    }

    /// <summary>Leaves less than a new layer needs, and more than the scheduler takes for nothing.</summary>
    private void Fill()
    {
        const int Left = 64 << 10;
        using FileStream file = File.Create(Filler);
        byte[] piece = new byte[4096];
        while (new DriveInfo(Medium).AvailableFreeSpace > Left)
        {
            file.Write(piece);
            file.Flush();
        }
    }

    private IVolumeDriver Driver() => VolumeParts.Of(_store).Drivers(_store.Backends(User).Get("b1"));

    private void Write(Volume volume, byte value)
    {
        using ImageEditor editor = new(Driver().OpenWritable(_service.Get(volume.Id)));
        editor.Write(default, [value]);
        editor.Close();
    }

    private byte[] Read(Volume volume, int length)
    {
        using DiskImage disk = Driver().Open(_service.Get(volume.Id), null);
        byte[] bytes = new byte[length];
        new ImageReader(disk).Read(default, bytes);
        return bytes;
    }

    private string[] Files() => [.. Directory.EnumerateFiles(Medium, "volume-*")];

    private long InUse() => _store.Catalog.Read(reader => VolumeQuotas.Of(reader, User.Project, DateTimeOffset.UtcNow).Find(VolumeQuota.Gigabytes, null).InUse);

    private void Require(Volume volume)
    {
        Assert.Equal(VolumeStatus.Available, _service.Get(volume.Id).Status);
        Assert.Empty(_service.Check(volume.Id, deep: true, Quiet, CancellationToken.None));
        Assert.Empty(_store.Catalog.Read(reader => reader.ListOperations()));
    }

    private static ServiceException Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.True(error.Id == id, $"It was refused with {error.Id}, not {id}: {error.Message}");
        return error;
    }
}
