using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>A store as it is opened by a cmdlet, with its own drivers.</summary>
public sealed class EmbeddedStoreVolumesTests : IDisposable
{
    private static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    private readonly TemporaryFolder _folder = new();
    private EmbeddedStore _store;

    public EmbeddedStoreVolumesTests() => _store = Open();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_first_volume_needs_no_preparation()
    {
        VolumeService volumes = _store.Volumes(VolumeServiceConformance.Owner);

        Assert.Equal(VolumeStatus.Creating, volumes.DryRun().Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None).Status);
        Assert.Empty(_store.Backends(Admin).List());
        Assert.False(Directory.Exists(Path.Combine(_store.Path, "volumes")));
        Volume volume = volumes.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);

        Backend backend = Assert.Single(_store.Backends(Admin).List());
        Assert.Equal(("default", "File"), (backend.Name, backend.Driver));
        Assert.True(File.Exists(Path.Combine(_store.Path, "volumes", $"volume-{volume.Id}")));
        Reopen();
        _store.Volumes(VolumeServiceConformance.Owner).Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        Assert.Equal([".openstackstorage-backend"], Directory.GetFileSystemEntries(Path.Combine(_store.Path, "volumes")).Select(path => Path.GetFileName(path)!).Where(name => name != ".layers"));
    }

    [Fact]
    public void A_backend_that_was_taken_away_does_not_come_back_by_itself()
    {
        VolumeService volumes = _store.Volumes(VolumeServiceConformance.Owner);
        Volume volume = volumes.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);
        volumes.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        _store.Backends(Admin).Remove("default");

        ServiceException error = Assert.Throws<ServiceException>(() => volumes.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None));

        Assert.Equal(ErrorIds.NoValidBackend, error.Id);
        Assert.Empty(volumes.List(new VolumeQuery()));
    }

    [Fact]
    public void The_scheduler_explains_what_it_would_do()
    {
        _store.Backends(Admin).Add(new Backend
        {
            Name = "b1",
            Driver = "File",
            Host = "node",
            Options = new Dictionary<string, string> { ["path"] = _folder["b1"] },
            CreatedAt = DateTimeOffset.UnixEpoch,
        });
        VolumeService volumes = _store.Volumes(VolumeServiceConformance.Owner);

        SchedulerDecision fits = volumes.Explain(new VolumeSpec { SizeGiB = 1 });
        SchedulerDecision none = volumes.Explain(new VolumeSpec { SizeGiB = 1 << 30 });

        Assert.StartsWith("node@b1#", fits.Chosen!.Name, StringComparison.Ordinal);
        Assert.Null(none.Chosen);
        Assert.Contains("CapacityFilter", Assert.Single(none.Pools).Refusal, StringComparison.Ordinal);
        Assert.Empty(volumes.List(new VolumeQuery()));
        Assert.Equal(ErrorIds.BackendNotFound, Assert.Throws<ServiceException>(() => volumes.Explain(new VolumeSpec { SizeGiB = 1, Backend = "b2" })).Id);
        Assert.Equal("b1", volumes.Explain(new VolumeSpec { SizeGiB = 1, Backend = "b1" }).Chosen!.Backend);
    }

    [Fact]
    public void A_volume_of_an_image_is_linked_to_and_read_through_files()
    {
        byte[] data = Samples.Noise(1 << 20);
        ImageService images = _store.Images(VolumeServiceConformance.Owner);
        Image image = ImageServiceConformance.Upload(images, images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Qcow2, ContainerFormat = ImageContainerFormat.Bare }).Id, Samples.Qcow2(data));
        VolumeService volumes = _store.Volumes(VolumeServiceConformance.Owner);

        Volume volume = volumes.Create(new VolumeSpec { Image = image.Id }, new WorkProgress(), CancellationToken.None);
        Volume clone = volumes.Create(new VolumeSpec { Volume = volume.Id }, new WorkProgress(), CancellationToken.None);

        byte[] read = new byte[data.Length];
        Backend backend = _store.Backends(Admin).Get("default");
        using (DiskImage disk = new FileVolumeDriverFactory(_store.Path).Open(backend).Open(clone, null))
            new ImageReader(disk).Read(default, read);
        Assert.Equal(data, read);
        Assert.Equal(ErrorIds.ImageNotFound, Assert.Throws<ServiceException>(() => _store.Volumes(new Identity("sam", "two", ["member"]))
            .Create(new VolumeSpec { Image = image.Id }, new WorkProgress(), CancellationToken.None)).Id);
    }

    [Fact]
    public void A_snapshot_of_an_attached_volume_tells_its_consumer_where_the_data_goes_on()
    {
        VolumeService volumes = _store.Volumes(VolumeServiceConformance.Owner);
        Volume volume = volumes.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);
        VolumeAttachment attachment = volumes.Attach(volume.Id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "h" } });
        volumes.CompleteAttachment(attachment.Id);
        Assert.Equal(ErrorIds.VolumeConflict, Assert.Throws<ServiceException>(() => volumes.CreateSnapshot(volume.Id, new SnapshotSpec())).Id);

        VolumeSnapshot snapshot = volumes.CreateSnapshot(volume.Id, new SnapshotSpec { Force = true });
        Assert.Equal(SnapshotStatus.Available, snapshot.Status);
        Assert.Equal($"volume-{volume.Id}.{snapshot.Id}", volumes.GetAttachment(attachment.Id).ConnectionInfo["name"]);

        Backend backend = _store.Backends(Admin).Get("default");
        using (new FileVolumeDriverFactory(_store.Path).Open(backend).OpenWritable(volumes.Get(volume.Id)))
            Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => volumes.CreateSnapshot(volume.Id, new SnapshotSpec { Force = true })).Id);

        volumes.DeleteSnapshot(snapshot.Id, force: false, new WorkProgress(), CancellationToken.None);
        Assert.Equal($"volume-{volume.Id}", volumes.GetAttachment(attachment.Id).ConnectionInfo["name"]);
        Assert.Equal(VolumeStatus.InUse, volumes.Get(volume.Id).Status);
    }

    [Fact]
    public void A_store_that_moves_takes_its_own_volumes_along()
    {
        Volume volume;
        using (EmbeddedStore store = EmbeddedStore.Open(_folder["here"]))
            volume = store.Volumes(VolumeServiceConformance.Owner).Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);
        Directory.Move(_folder["here"], _folder["there"]);

        using EmbeddedStore moved = EmbeddedStore.Open(_folder["there"]);
        VolumeService volumes = moved.Volumes(VolumeServiceConformance.Owner);
        Assert.Empty(volumes.Check(volume.Id, deep: true, new WorkProgress(), CancellationToken.None));
        Assert.Equal(VolumeStatus.Available, volumes.Create(new VolumeSpec { Volume = volume.Id }, new WorkProgress(), CancellationToken.None).Status);
        Assert.False(Directory.Exists(_folder["here"]));
    }

    [Fact]
    public void An_export_leaves_volumes_where_their_data_is()
    {
        Volume volume = _store.Volumes(VolumeServiceConformance.Owner).Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);
        _store.Volumes(VolumeServiceConformance.Owner).CreateSnapshot(volume.Id, new SnapshotSpec());
        List<string> warnings = [];

        StoreExport.Run(_store, _folder["export"], overwrite: false, warnings.Add, new WorkProgress(), CancellationToken.None);

        Assert.StartsWith("1 volumes", Assert.Single(warnings), StringComparison.Ordinal);
        using EmbeddedStore copy = EmbeddedStore.Open(_folder["export"]);
        Assert.Empty(copy.Volumes(VolumeServiceConformance.Owner).List(new VolumeQuery()));
        Assert.Empty(copy.Backends(Admin).List());
        Assert.Equal(volume.Id, _store.Volumes(VolumeServiceConformance.Owner).Get(volume.Id).Id);
    }

    private EmbeddedStore Open() => EmbeddedStore.Open(_folder["store"], [.. ImageRecovery.Of(store => store.ImageStores), .. VolumeRecovery.Of(VolumeParts.Of)]);

    private void Reopen()
    {
        _store.Dispose();
        _store = Open();
    }
}
