using OpenStackStorage.Services.Tests.Backends;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>What is left when a driver fails at any of its calls: Cinder's status, the reason, sums that add up, and a way back.</summary>
public sealed class VolumeFaultTests : IDisposable
{
    private static readonly Identity Admin = new("ada", "adminproject", ["admin"]);

    private readonly VolumeLab _lab = new();

    private VolumeService Service => _lab.As(VolumeServiceConformance.Owner);

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("Create")]
    [InlineData("Create/done")]
    public void A_creation_that_fails_leaves_a_volume_in_error_without_data(string at)
    {
        FailAt(at, ErrorIds.VolumeDamaged);

        Refused(ErrorIds.VolumeDamaged, () => Create(new VolumeSpec { SizeGiB = 3 }));

        Volume volume = Assert.Single(Service.List(new VolumeQuery()));
        Assert.Equal((VolumeStatus.Error, "injected"), (volume.Status, volume.LastError));
        Assert.Empty(_lab.Driver.Volumes);
        Assert.Equal(3, _lab.Usage(VolumeQuota.Gigabytes).InUse);
        _lab.AssertQuiet();
        Heal();
        Delete(volume.Id);
        Assert.Equal(0, _lab.Usage(VolumeQuota.Gigabytes).InUse);
    }

    [Theory]
    [InlineData("CreateFrom")]
    [InlineData("CreateFrom/done")]
    public void A_creation_from_an_image_that_fails_is_no_bootable_volume(string at)
    {
        Image image = _lab.UploadImage(Samples.Noise(4096));
        FailAt(at, ErrorIds.ImageCorrupt);

        Assert.Throws<StorageException>(() => Create(new VolumeSpec { Image = image.Id }));

        Volume volume = Assert.Single(Service.List(new VolumeQuery()));
        Assert.Equal((VolumeStatus.Error, false), (volume.Status, volume.Bootable));
        Assert.Empty(_lab.Driver.Volumes);
        _lab.AssertQuiet();
    }

    [Fact]
    public void A_creation_that_is_stopped_leaves_a_volume_in_error_without_data()
    {
        using CancellationTokenSource stop = new();
        Volume source = Create(new VolumeSpec { SizeGiB = 1 });
        _lab.Driver.Step = step =>
        {
            if (step == "Clone/done")
            {
                stop.Cancel();
                stop.Token.ThrowIfCancellationRequested();
            }
        };

        Assert.ThrowsAny<OperationCanceledException>(() => Service.Create(new VolumeSpec { Volume = source.Id }, new WorkProgress(), stop.Token));

        Volume clone = Service.List(new VolumeQuery()).Single(volume => volume.Id != source.Id);
        Assert.Equal((VolumeStatus.Error, "It was stopped."), (clone.Status, clone.LastError));
        Assert.Equal([source.Id], _lab.Driver.Volumes);
        Assert.Equal(VolumeStatus.Available, Service.Get(source.Id).Status);
        _lab.AssertQuiet();
    }

    [Fact]
    public void A_pool_that_fails_is_left_for_the_next()
    {
        _lab.AddBackend("b2");
        _lab.DriverOf("b2").TotalGiB = 50;
        FailAt("Create", ErrorIds.BackendUnavailable);

        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        Assert.Equal((VolumeStatus.Available, "node@b2#pool"), (volume.Status, volume.Host));
        Assert.Equal([volume.Id], _lab.DriverOf("b2").Volumes);
        Assert.Empty(_lab.Driver.Volumes);
        _lab.AssertQuiet();
    }

    [Fact]
    public void Three_pools_are_tried_and_each_says_why_not()
    {
        foreach (string name in new[] { "b2", "b3", "b4" })
            _lab.AddBackend(name);
        foreach (string name in new[] { "b1", "b2", "b3", "b4" })
            Fail(_lab.DriverOf(name), "Create", ErrorIds.BackendFull, $"{name} is full");

        ServiceException error = Refused(ErrorIds.NoValidBackend, () => Create(new VolumeSpec { SizeGiB = 1 }));

        Assert.Equal(3, new[] { "b1", "b2", "b3", "b4" }.Count(name => error.Message.Contains($"{name} is full", StringComparison.Ordinal)));
        Assert.Equal(VolumeStatus.Error, Assert.Single(Service.List(new VolumeQuery())).Status);
        _lab.AssertQuiet();
    }

    [Fact]
    public void Where_the_scheduler_finds_no_pool_nothing_is_recorded()
    {
        _lab.Driver.TotalGiB = 0.01;

        ServiceException error = Refused(ErrorIds.NoValidBackend, () => Create(new VolumeSpec { SizeGiB = 500 }));

        Assert.Contains("CapacityFilter", error.Message, StringComparison.Ordinal);
        Assert.Empty(Service.List(new VolumeQuery()));
        _lab.AssertQuiet();
    }

    [Theory]
    [InlineData("Delete", false)]
    [InlineData("Delete", true)]
    [InlineData("DeleteSnapshot", true)]
    public void A_deletion_that_fails_leaves_error_deleting_and_a_way_back(string at, bool cascade)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        if (cascade)
        {
            Service.CreateSnapshot(volume.Id, new SnapshotSpec { Name = "old" });
            Service.CreateSnapshot(volume.Id, new SnapshotSpec { Name = "new" });
        }

        FailAt(at, ErrorIds.VolumeDamaged);

        Refused(ErrorIds.VolumeDamaged, () => Delete(volume.Id, cascade));

        Volume failed = Service.Get(volume.Id);
        Assert.Equal((VolumeStatus.ErrorDeleting, "injected"), (failed.Status, failed.LastError));
        Assert.Equal(at == "DeleteSnapshot" ? ["old available", "new error_deleting"] : [], Service.ListSnapshots(new VolumeQuery()).Select(one => $"{one.Name} {VolumeWords.Of(one.Status)}"));
        _lab.AssertQuiet();
        Heal();
        Refused(ErrorIds.VolumeConflict, () => Delete(volume.Id, cascade));
        _lab.As(Admin).Delete(volume.Id, new VolumeDeletion { Cascade = true, Force = true }, new WorkProgress(), CancellationToken.None);
        Assert.Empty(_lab.Driver.Volumes);
        Assert.Equal((0, 0), (_lab.Usage(VolumeQuota.Gigabytes).InUse, _lab.Usage(VolumeQuota.Snapshots).InUse));
    }

    [Fact]
    public void A_volume_that_is_open_elsewhere_is_available_again_after_a_deletion_that_failed()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        _lab.Driver.Occupy(volume.Id, isOpen: true);

        Assert.Equal(ErrorIds.ImageInUse, Assert.Throws<StorageException>(() => Delete(volume.Id)).Id);

        Assert.Equal(VolumeStatus.Available, Service.Get(volume.Id).Status);
        _lab.Driver.Occupy(volume.Id, isOpen: false);
        Delete(volume.Id);
        _lab.AssertQuiet();
    }

    [Theory]
    [InlineData("Extend")]
    [InlineData("Extend/done")]
    public void A_growth_that_fails_leaves_error_extending_and_gives_its_room_back(string at)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        FailAt(at, ErrorIds.WriteFailed);

        Refused(ErrorIds.WriteFailed, () => Service.Extend(volume.Id, 5));

        Volume failed = Service.Get(volume.Id);
        Assert.Equal((VolumeStatus.ErrorExtending, 1, "injected"), (failed.Status, failed.SizeGiB, failed.LastError));
        Assert.Equal((1, 0), (_lab.Usage(VolumeQuota.Gigabytes).InUse, _lab.Usage(VolumeQuota.Gigabytes).Reserved));
        _lab.AssertQuiet();
        Heal();
        Delete(volume.Id);
    }

    [Fact]
    public void A_growth_holds_its_room_while_it_runs()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeUsage? during = null;
        _lab.Driver.Step = step => during = step == "Extend" ? _lab.Usage(VolumeQuota.Gigabytes) : during;

        Service.Extend(volume.Id, 5);

        Assert.Equal((1, 4), (during!.InUse, during.Reserved));
        Assert.Equal((5, 0), (_lab.Usage(VolumeQuota.Gigabytes).InUse, _lab.Usage(VolumeQuota.Gigabytes).Reserved));
    }

    [Theory]
    [InlineData("Revert")]
    [InlineData("Revert/done")]
    public void Going_back_that_fails_leaves_the_volume_in_error_and_the_snapshot_available(string at)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot snapshot = Service.CreateSnapshot(volume.Id, new SnapshotSpec());
        FailAt(at, ErrorIds.VolumeDamaged);

        Refused(ErrorIds.VolumeDamaged, () => Service.Revert(volume.Id, snapshot.Id));

        Assert.Equal(VolumeStatus.Error, Service.Get(volume.Id).Status);
        Assert.Equal(SnapshotStatus.Available, Service.GetSnapshot(snapshot.Id).Status);
        _lab.AssertQuiet();
        Heal();
        _lab.As(Admin).ResetState(volume.Id, VolumeStatus.Available, null, false);
        Assert.Equal(VolumeStatus.Available, Service.Revert(volume.Id, snapshot.Id).Status);
    }

    [Theory]
    [InlineData("CreateSnapshot")]
    [InlineData("CreateSnapshot/done")]
    public void A_snapshot_that_fails_is_in_error_and_can_be_deleted(string at)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        FailAt(at, ErrorIds.WriteFailed);

        Refused(ErrorIds.WriteFailed, () => Service.CreateSnapshot(volume.Id, new SnapshotSpec()));

        VolumeSnapshot snapshot = Assert.Single(Service.ListSnapshots(new VolumeQuery()));
        Assert.Equal((SnapshotStatus.Error, "injected"), (snapshot.Status, snapshot.LastError));
        Assert.Equal(VolumeStatus.Available, Service.Get(volume.Id).Status);
        _lab.AssertQuiet();
        Heal();
        Service.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None);
        Assert.Empty(_lab.Driver.SnapshotsOf(volume.Id));
        Assert.Equal(0, _lab.Usage(VolumeQuota.Snapshots).InUse);
    }

    [Theory]
    [InlineData("DeleteSnapshot")]
    [InlineData("DeleteSnapshot/done")]
    public void A_snapshot_whose_deletion_fails_is_in_error_deleting_and_goes_by_force(string at)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeSnapshot snapshot = Service.CreateSnapshot(volume.Id, new SnapshotSpec());
        FailAt(at, ErrorIds.VolumeDamaged);

        Refused(ErrorIds.VolumeDamaged, () => Service.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None));

        Assert.Equal(SnapshotStatus.ErrorDeleting, Service.GetSnapshot(snapshot.Id).Status);
        _lab.AssertQuiet();
        Heal();
        Refused(ErrorIds.SnapshotConflict, () => Service.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None));
        _lab.As(Admin).DeleteSnapshot(snapshot.Id, true, new WorkProgress(), CancellationToken.None);
        Assert.Empty(_lab.Driver.SnapshotsOf(volume.Id));
    }

    [Fact]
    public void What_a_deletion_overwrites_is_what_was_asked_for_or_as_the_backend_is_set_up()
    {
        Volume plain = Create(new VolumeSpec { SizeGiB = 1 });
        Volume all = Create(new VolumeSpec { SizeGiB = 1 });
        Volume some = Create(new VolumeSpec { SizeGiB = 1 });

        Delete(plain.Id);
        Service.Delete(all.Id, new VolumeDeletion { Clear = VolumeClear.Zero }, new WorkProgress(), CancellationToken.None);
        Service.Delete(some.Id, new VolumeDeletion { Clear = VolumeClear.Zero, ClearSizeMiB = 64 }, new WorkProgress(), CancellationToken.None);

        Assert.Equal(["Delete 0", "Delete all", "Delete 64"], _lab.Driver.Calls.Where(call => call.StartsWith("Delete", StringComparison.Ordinal)));
        Refused(ErrorIds.ParameterInvalid, () => Service.Delete(plain.Id, new VolumeDeletion { ClearSizeMiB = 1025 }, new WorkProgress(), CancellationToken.None));
    }

    [Fact]
    public void A_refusal_calls_no_driver_and_takes_no_lock()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        int calls = _lab.Driver.Calls.Count;

        Refused(ErrorIds.VolumeSizeInvalid, () => Service.Extend(volume.Id, 1));
        Refused(ErrorIds.QuotaExceeded, () => Create(new VolumeSpec { SizeGiB = 1001 }));
        Service.DryRun().Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);

        Assert.Equal(calls, _lab.Driver.Calls.Count);
        _lab.AssertQuiet();
    }

    private void FailAt(string step, ErrorId id) => Fail(_lab.Driver, step, id, "injected");

    private static void Fail(MemoryVolumeDriver driver, string step, ErrorId id, string message) => driver.Step = at =>
    {
        if (at == step)
            throw id == ErrorIds.ImageCorrupt ? new StorageException(id, message) : new ServiceException(id, message);
    };

    private void Heal() => _lab.Driver.Step = _ => { };

    private Volume Create(VolumeSpec spec) => Service.Create(spec, new WorkProgress(), CancellationToken.None);

    private void Delete(VolumeId id, bool cascade = false) => Service.Delete(id, new VolumeDeletion { Cascade = cascade }, new WorkProgress(), CancellationToken.None);

    private static ServiceException Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }
}
