using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Backends;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Volumes that go to another pool, and what failures and dead processes leave of it.</summary>
public sealed class VolumeMigrationTests : VolumeLabTest
{
    private MemoryVolumeDriver Other => Lab.DriverOf("b2");

    [Fact]
    public void A_volume_moves_with_its_content()
    {
        Volume volume = OnFirst();
        Lab.AddBackend("b2", "far");
        byte[] data = Write(volume.Id);

        Volume moved = Migrate(volume.Id);

        Assert.Equal((VolumeStatus.Available, MigrationStatus.Success, "node@b2#pool", "far"), (moved.Status, moved.MigrationStatus, moved.Host, moved.AvailabilityZone));
        Assert.Null(moved.LastError);
        Assert.Equal(data, Read(volume.Id));
        Assert.Empty(Lab.Driver.Volumes);
        Assert.Equal([volume.Id], Other.Volumes);
        Assert.Equal(1, Lab.Usage(VolumeQuota.Gigabytes).InUse);
        Lab.AssertQuiet();
        Assert.Equal(MigrationStatus.Success, Lab.As(Admin).Migrate(volume.Id, "b1", false, new WorkProgress(), CancellationToken.None).MigrationStatus);
    }

    [Fact]
    public void While_it_moves_it_is_in_maintenance_and_migrating()
    {
        Volume volume = OnFirst();
        Lab.AddBackend("b2");
        List<string> seen = [];
        Other.Step = Lab.Driver.Step = step =>
        {
            if (step is "CreateFrom" or "Delete")
                seen.Add($"{VolumeWords.Of(Lab.Find(volume.Id).Status)} {VolumeWords.Of(Lab.Find(volume.Id).MigrationStatus)}");
        };

        Migrate(volume.Id);

        Assert.Equal(["maintenance migrating", "maintenance completing"], seen);
    }

    [Fact]
    public void What_can_not_move_is_refused_and_nothing_is_changed()
    {
        Volume volume = OnFirst();
        Lab.AddBackend("b2");

        Refused(ErrorIds.NotAuthorized, () => Owner.Migrate(volume.Id, "b2", false, new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.BackendNotFound, () => Lab.As(Admin).Migrate(volume.Id, "b9", false, new WorkProgress(), CancellationToken.None));
        Refused(ErrorIds.VolumeConflict, () => Lab.As(Admin).Migrate(volume.Id, "b1", false, new WorkProgress(), CancellationToken.None));
        Other.TotalGiB = 0.01;
        Refused(ErrorIds.NoValidBackend, () => Migrate(volume.Id));
        Other.TotalGiB = 100;
        VolumeSnapshot snapshot = Owner.CreateSnapshot(volume.Id, new SnapshotSpec());
        Refused(ErrorIds.VolumeConflict, () => Migrate(volume.Id));
        Refused(ErrorIds.VolumeConflict, () => Lab.As(Admin).DryRun().Migrate(volume.Id, "b2", false, new WorkProgress(), CancellationToken.None));
        Owner.DeleteSnapshot(snapshot.Id, false, new WorkProgress(), CancellationToken.None);
        Lab.Attach(volume.Id);
        Refused(ErrorIds.VolumeConflict, () => Migrate(volume.Id));

        Assert.Equal((VolumeStatus.InUse, MigrationStatus.None), (Lab.Find(volume.Id).Status, Lab.Find(volume.Id).MigrationStatus));
        Assert.Empty(Other.Volumes);
        Lab.AssertQuiet();
    }

    [Theory]
    [InlineData("CreateFrom")]
    [InlineData("CreateFrom/done")]
    public void A_move_that_fails_leaves_the_volume_where_it_was(string at)
    {
        Volume volume = OnFirst();
        byte[] data = Write(volume.Id);
        Fail(Lab.AddBackend("b2"), at);

        Refused(ErrorIds.BackendFull, () => Migrate(volume.Id));

        Volume failed = Lab.Find(volume.Id);
        Assert.Equal((VolumeStatus.Available, MigrationStatus.Error, "injected", volume.Host), (failed.Status, failed.MigrationStatus, failed.LastError, failed.Host));
        Assert.Equal(data, Read(volume.Id));
        Assert.Empty(Other.Volumes);
        Lab.AssertQuiet();
        Other.Step = _ => { };
        Migrate(volume.Id);
    }

    [Fact]
    public void Old_data_that_can_not_be_removed_is_told_of()
    {
        Volume volume = OnFirst();
        Lab.AddBackend("b2");
        Fail(Lab.Driver, "Delete");

        Volume moved = Migrate(volume.Id);

        Assert.Equal((VolumeStatus.Available, MigrationStatus.Success), (moved.Status, moved.MigrationStatus));
        Assert.Contains("node@b1#pool", moved.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CreateFrom", false)]
    [InlineData("CreateFrom/done", false)]
    [InlineData("Delete", true)]
    [InlineData("Delete/done", true)]
    public void A_move_that_died_ends_in_the_one_pool_or_the_other(string at, bool isThere)
    {
        Volume volume = OnFirst();
        byte[] data = Write(volume.Id);
        Lab.AddBackend("b2");
        Die(at, service => service.Migrate(volume.Id, "b2", false, new WorkProgress(), CancellationToken.None));
        Assert.Equal(VolumeStatus.Maintenance, Lab.Find(volume.Id).Status);

        Lab.Reopen();

        Volume found = Lab.Find(volume.Id);
        Assert.Equal((VolumeStatus.Available, isThere ? MigrationStatus.Success : MigrationStatus.Error), (found.Status, found.MigrationStatus));
        Assert.Equal(isThere ? [volume.Id] : [], Other.Volumes);
        Assert.Equal(isThere ? [] : [volume.Id], Lab.Driver.Volumes);
        Assert.Equal(data, Read(volume.Id));
        Recovered();
    }

    [Fact]
    public void Between_folders_a_linked_clone_becomes_full_and_comes_back()
    {
        FileVolumeDriverFactory factory = new();
        using TemporaryFolder folder = new();
        using VolumeLab files = new(factory);
        Backend second = new()
        {
            Name = "b2",
            Driver = factory.Name,
            Host = "node",
            Options = new Dictionary<string, string> { ["path"] = Directory.CreateDirectory(folder["second"]).FullName },
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        second = second with { Options = factory.Validate(second) };
        factory.Initialize(second, files.Store.Id);
        byte[] data = Samples.Noise(1 << 20);
        Image image = files.UploadImage(data);
        Volume clone = files.As(Admin).Create(new VolumeSpec { Image = image.Id }, new WorkProgress(), CancellationToken.None);
        files.Put(VolumeTables.Backends, second);

        files.As(Admin).Migrate(clone.Id, "b2", false, new WorkProgress(), CancellationToken.None);
        Assert.Single(Layers());
        Volume back = files.As(Admin).Migrate(clone.Id, "b1", false, new WorkProgress(), CancellationToken.None);

        Assert.Equal((VolumeStatus.Available, clone.Host, null), (back.Status, back.Host, back.LastError));
        Assert.Single(Layers());
        using DiskImage disk = files.DriverFor(clone.Id).Open(files.Find(clone.Id), null);
        byte[] found = new byte[data.Length];
        new ImageReader(disk).Read(default, found);
        Assert.Equal(data, found);
        Assert.Empty(factory.Open(second).FindOrphans(new HashSet<VolumeId>()));
        files.AssertQuiet();

        IReadOnlyList<DriverLayer> Layers() => files.DriverFor(clone.Id).GetLayers(files.Find(clone.Id));
    }

    private Volume Migrate(VolumeId volume) => Lab.As(Admin).Migrate(volume, "b2", false, new WorkProgress(), CancellationToken.None);
}
