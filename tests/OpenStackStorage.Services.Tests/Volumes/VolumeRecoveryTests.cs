using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>What a process leaves that died in an operation, and what the next opening of the store makes of it.</summary>
public sealed class VolumeRecoveryTests : IDisposable
{
    private readonly VolumeLab _lab = new();

    private VolumeService Service => _lab.As(VolumeServiceConformance.Owner);

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("Create")]
    [InlineData("Create/done")]
    public void A_creation_that_died_leaves_a_volume_in_error_without_data(string at)
    {
        DieAt(at, service => service.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None));
        Assert.Equal(VolumeStatus.Creating, Assert.Single(Service.List(new VolumeQuery())).Status);

        _lab.Reopen();

        Volume volume = Assert.Single(Service.List(new VolumeQuery()));
        Assert.Equal(VolumeStatus.Error, volume.Status);
        Assert.Contains("interrupted", volume.LastError, StringComparison.Ordinal);
        Assert.Empty(_lab.Driver.Volumes);
        Recovered();
        Delete(volume.Id);
    }

    [Fact]
    public void A_creation_of_an_image_that_died_is_undone()
    {
        Image image = _lab.UploadImage(Samples.Noise(4096));
        DieAt("CreateFrom/done", service => service.Create(new VolumeSpec { Image = image.Id, Full = true }, new WorkProgress(), CancellationToken.None));
        Assert.Equal(VolumeStatus.Downloading, Assert.Single(Service.List(new VolumeQuery())).Status);

        _lab.Reopen();

        Volume volume = Assert.Single(Service.List(new VolumeQuery()));
        Assert.Equal((VolumeStatus.Error, false), (volume.Status, volume.Bootable));
        Assert.Empty(_lab.Driver.Volumes);
        Recovered();
    }

    [Fact]
    public void A_clone_that_died_leaves_its_source_usable()
    {
        Volume source = Create();
        DieAt("Clone/done", service => service.Create(new VolumeSpec { Volume = source.Id }, new WorkProgress(), CancellationToken.None));

        _lab.Reopen();

        Assert.Equal([source.Id], _lab.Driver.Volumes);
        Recovered();
        Assert.Equal(2, Service.Extend(source.Id, 2).SizeGiB);
    }

    [Theory]
    [InlineData("Delete", false)]
    [InlineData("Delete/done", false)]
    [InlineData("DeleteSnapshot", true)]
    [InlineData("DeleteSnapshot/done", true)]
    [InlineData("Delete", true)]
    public void A_deletion_that_died_is_ended(string at, bool cascade)
    {
        Volume volume = Create();
        if (cascade)
        {
            Service.CreateSnapshot(volume.Id, new SnapshotSpec());
            Service.CreateSnapshot(volume.Id, new SnapshotSpec());
        }

        DieAt(at, service => service.Delete(volume.Id, new VolumeDeletion { Cascade = cascade, Clear = VolumeClear.Zero }, new WorkProgress(), CancellationToken.None));
        Assert.Equal(VolumeStatus.Deleting, Service.Get(volume.Id).Status);

        _lab.Reopen();

        Assert.Empty(Service.List(new VolumeQuery()));
        Assert.Empty(Service.ListSnapshots(new VolumeQuery()));
        Assert.Empty(_lab.Driver.Volumes);
        Assert.Equal("Delete all", _lab.Driver.Calls.Last(call => call.StartsWith("Delete", StringComparison.Ordinal)));
        Recovered();
    }

    [Fact]
    public void A_deletion_that_can_not_be_ended_now_is_tried_again_at_the_next_opening()
    {
        Volume volume = Create();
        DieAt("Delete", service => service.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None));
        _lab.Driver.Step = step =>
        {
            if (step == "Delete")
                throw new ServiceException(ErrorIds.BackendUnavailable, "not mounted");
        };

        _lab.Reopen();

        Assert.Equal(ErrorIds.BackendUnavailable, Assert.Single(_lab.Store.Recovered).Error!.Id);
        Assert.Equal(VolumeStatus.Deleting, Service.Get(volume.Id).Status);
        _lab.Driver.Step = _ => { };
        _lab.Reopen();
        Assert.Empty(Service.List(new VolumeQuery()));
        Recovered();
    }

    [Theory]
    [InlineData("Extend", 1)]
    [InlineData("Extend/done", 3)]
    public void After_a_growth_that_died_the_disk_says_the_size(string at, int expected)
    {
        Volume volume = Create();
        DieAt(at, service => service.Extend(volume.Id, 3));
        Assert.Single(_lab.Reservations());

        _lab.Reopen();

        Volume found = Service.Get(volume.Id);
        Assert.Equal((VolumeStatus.Available, expected), (found.Status, found.SizeGiB));
        Assert.Equal(expected == 1, found.LastError?.Contains("interrupted", StringComparison.Ordinal) ?? false);
        Recovered();
    }

    [Theory]
    [InlineData("Revert")]
    [InlineData("Revert/done")]
    public void After_going_back_that_died_nothing_is_left_in_reverting(string at)
    {
        Volume volume = Create();
        VolumeSnapshot snapshot = Service.CreateSnapshot(volume.Id, new SnapshotSpec());
        DieAt(at, service => service.Revert(volume.Id, snapshot.Id));

        _lab.Reopen();

        Assert.Equal(VolumeStatus.Available, Service.Get(volume.Id).Status);
        Assert.Contains("interrupted", Service.Get(volume.Id).LastError, StringComparison.Ordinal);
        Assert.Equal(SnapshotStatus.Available, Service.GetSnapshot(snapshot.Id).Status);
        Recovered();
        Assert.Equal(VolumeStatus.Available, Service.Revert(volume.Id, snapshot.Id).Status);
    }

    [Theory]
    [InlineData("CreateSnapshot", SnapshotStatus.Error)]
    [InlineData("CreateSnapshot/done", SnapshotStatus.Available)]
    public void A_snapshot_that_died_is_what_its_data_is(string at, SnapshotStatus expected)
    {
        Volume volume = Create();
        DieAt(at, service => service.CreateSnapshot(volume.Id, new SnapshotSpec()));

        _lab.Reopen();

        VolumeSnapshot snapshot = Assert.Single(Service.ListSnapshots(new VolumeQuery()));
        Assert.Equal(expected, snapshot.Status);
        Recovered();
        Service.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None);
        Delete(volume.Id);
    }

    [Theory]
    [InlineData("DeleteSnapshot")]
    [InlineData("DeleteSnapshot/done")]
    public void A_deletion_of_a_snapshot_that_died_is_ended(string at)
    {
        Volume volume = Create();
        VolumeSnapshot snapshot = Service.CreateSnapshot(volume.Id, new SnapshotSpec());
        DieAt(at, service => service.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None));

        _lab.Reopen();

        Assert.Empty(Service.ListSnapshots(new VolumeQuery()));
        Assert.Empty(_lab.Driver.SnapshotsOf(volume.Id));
        Assert.Equal(VolumeStatus.Available, Service.Get(volume.Id).Status);
        Recovered();
    }

    [Fact]
    public void An_operation_that_died_refuses_others_until_a_repair_ends_it()
    {
        Volume volume = Create();
        DieAt("CreateSnapshot/done", service => service.CreateSnapshot(volume.Id, new SnapshotSpec()));

        ServiceException error = Assert.Throws<ServiceException>(() => Service.Extend(volume.Id, 2));
        Assert.Equal(ErrorIds.VolumeConflict, error.Id);
        Assert.Contains("snapshot-create", error.Message, StringComparison.Ordinal);
        VolumeFinding finding = Assert.Single(Service.Check(volume.Id, false, new WorkProgress(), CancellationToken.None));
        Assert.Equal(("StatusStuck", true), (finding.Code, finding.CanRepair));
        Assert.Equal("StatusStuck", Assert.Single(Service.Repair(volume.Id)).Code);

        Assert.Equal(2, Service.Extend(volume.Id, 2).SizeGiB);
        _lab.AssertQuiet();
    }

    [Fact]
    public void A_status_without_an_operation_is_mended_by_what_the_driver_knows()
    {
        Volume volume = Create();
        Identity admin = new("ada", "adminproject", ["admin"]);
        _lab.As(admin).ResetState(volume.Id, VolumeStatus.Extending, null, false);

        Assert.Equal("StatusStuck", Assert.Single(Service.Repair(volume.Id)).Code);

        Assert.Equal(VolumeStatus.Available, Service.Get(volume.Id).Status);
    }

    [Fact]
    public async Task An_operation_whose_process_lives_is_left_alone()
    {
        Volume volume = Create();
        using ManualResetEventSlim reached = new(), proceed = new();
        _lab.Driver.Step = step =>
        {
            if (step != "Extend")
                return;
            reached.Set();
            proceed.Wait();
        };
        Task<Volume> growth = Task.Factory.StartNew(() => Service.Extend(volume.Id, 2), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        reached.Wait();

        using (EmbeddedStore beside = EmbeddedStore.Open(_lab.Store.Path, VolumeRecovery.Of(_ => _lab.Parts)))
            Assert.Empty(beside.Recovered);

        Assert.Equal(VolumeStatus.Extending, Service.Get(volume.Id).Status);
        proceed.Set();
        Assert.Equal(2, (await growth).SizeGiB);
        _lab.AssertQuiet();
    }

    private Volume Create() => Service.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);

    private void Delete(VolumeId id) => Service.Delete(id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);

    /// <summary>Runs an operation whose process dies at a call: neither its driver nor its catalogue does anything more.</summary>
    private void DieAt(string at, Action<VolumeService> operation)
    {
        (VolumeServiceParts parts, DyingCatalog catalog) = _lab.Dying();
        _lab.Driver.Step = step =>
        {
            catalog.IsDead |= step == at;
            if (catalog.IsDead)
                throw new ServiceException(ErrorIds.CatalogBusy, "This process is dead.");
        };
        Assert.Throws<ServiceException>(() => operation(new VolumeService(parts, VolumeServiceConformance.Owner)));
        _lab.Driver.Step = _ => { };
        Assert.Single(_lab.Operations());
    }

    private void Recovered()
    {
        Assert.All(_lab.Store.Recovered, one => Assert.Null(one.Error));
        _lab.AssertQuiet();
    }
}
