using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>What failures and dead processes leave of attachments, new content and images.</summary>
public sealed class VolumeOtherFaultTests : VolumeLabTest
{
    [Theory]
    [InlineData("OpenWritable", VolumeStatus.Error)]
    [InlineData("Flatten", VolumeStatus.Available)]
    [InlineData("Open", VolumeStatus.Available)]
    [InlineData("Connect", VolumeStatus.Reserved)]
    public void Other_work_that_died_leaves_what_Cinders_start_leaves(string at, VolumeStatus expected)
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Volume volume = OnFirst();
        VolumeAttachment? attachment = at == "Connect" ? Owner.Attach(volume.Id, new AttachmentSpec()) : null;
        Die(at, service => _ = at switch
        {
            "OpenWritable" => service.Reimage(volume.Id, image.Id, false, new WorkProgress(), CancellationToken.None),
            "Flatten" => service.Flatten(volume.Id, new WorkProgress(), CancellationToken.None),
            "Open" => (object)service.Export(volume.Id, new VolumeExport { Name = "x" }, new WorkProgress(), CancellationToken.None),
            _ => service.Connect(attachment!.Id, new Dictionary<string, string> { ["host"] = "h" }, null, null),
        });

        Lab.Reopen();

        Assert.Equal(expected, Lab.Find(volume.Id).Status);
        Recovered();
    }

    [Theory]
    [InlineData("OpenWritable", VolumeStatus.Error)]
    [InlineData("Flatten", VolumeStatus.Available)]
    [InlineData("Open", VolumeStatus.Available)]
    [InlineData("Connect", VolumeStatus.Available)]
    public void Other_work_that_fails_leaves_what_Cinders_manager_leaves(string at, VolumeStatus expected)
    {
        Image image = Lab.UploadImage(Samples.Noise(4096));
        Volume volume = OnFirst();
        Fail(Lab.Driver, at);

        Refused(ErrorIds.BackendFull, () => _ = at switch
        {
            "OpenWritable" => Owner.Reimage(volume.Id, image.Id, false, new WorkProgress(), CancellationToken.None),
            "Flatten" => Owner.Flatten(volume.Id, new WorkProgress(), CancellationToken.None),
            "Open" => (object)Owner.Export(volume.Id, new VolumeExport { Name = "x" }, new WorkProgress(), CancellationToken.None),
            _ => Owner.Attach(volume.Id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "h" } }),
        });

        Assert.Equal(expected, Lab.Find(volume.Id).Status);
        Assert.Empty(Owner.ListAttachments(null));
        Assert.Equal([image.Id], Lab.Store.Images(VolumeServiceConformance.Owner).List(new ImageQuery()).Select(one => one.Id));
        Lab.AssertQuiet();
    }

    [Fact]
    public void An_image_whose_upload_is_stopped_goes()
    {
        using CancellationTokenSource stop = new();
        Volume volume = OnFirst();
        Lab.Driver.Step = step =>
        {
            if (step == "Open")
                stop.Cancel();
        };

        Assert.ThrowsAny<OperationCanceledException>(() => Owner.Export(volume.Id, new VolumeExport { Name = "x", Protected = true }, new WorkProgress(), stop.Token));

        Assert.Equal((VolumeStatus.Available, "It was stopped."), (Lab.Find(volume.Id).Status, Lab.Find(volume.Id).LastError));
        Assert.Empty(Lab.Store.Images(VolumeServiceConformance.Owner).List(new ImageQuery()));
        Lab.AssertQuiet();
    }

    [Theory]
    [InlineData(VolumeStatus.Available, VolumeStatus.InUse)]
    [InlineData(VolumeStatus.Reserved, VolumeStatus.InUse)]
    [InlineData(VolumeStatus.Attaching, VolumeStatus.InUse)]
    public void What_was_set_by_hand_beside_its_attachments_is_found_and_mended(VolumeStatus set, VolumeStatus expected)
    {
        Volume volume = OnFirst();
        Lab.Attach(volume.Id);
        Assert.Empty(Owner.Check(volume.Id, deep: false, new WorkProgress(), CancellationToken.None));
        Lab.As(Admin).ResetState(volume.Id, set, null, false);

        Assert.Equal("StatusDiffers", Assert.Single(Owner.Check(volume.Id, deep: false, new WorkProgress(), CancellationToken.None)).Code);
        Assert.Single(Owner.Repair(volume.Id));

        Assert.Equal(expected, Lab.Find(volume.Id).Status);
        Assert.Empty(Owner.Check(volume.Id, deep: false, new WorkProgress(), CancellationToken.None));
    }

    [Fact]
    public void A_migration_that_nobody_carries_out_is_found_and_mended()
    {
        Volume volume = OnFirst();
        Lab.Put(VolumeTables.Volumes, Lab.Find(volume.Id) with { Status = VolumeStatus.Maintenance, MigrationStatus = MigrationStatus.Migrating });

        Assert.Equal("StatusStuck", Assert.Single(Owner.Check(volume.Id, deep: false, new WorkProgress(), CancellationToken.None)).Code);
        Owner.Repair(volume.Id);

        Assert.Equal((VolumeStatus.Available, MigrationStatus.Error), (Lab.Find(volume.Id).Status, Lab.Find(volume.Id).MigrationStatus));
    }

    [Fact]
    public void Snapshots_that_catalogue_and_driver_do_not_agree_on_are_mended()
    {
        using VolumeLab files = new(new FileVolumeDriverFactory());
        VolumeService service = files.As(VolumeServiceConformance.Owner);
        Volume volume = service.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);
        VolumeSnapshot unknown = service.CreateSnapshot(volume.Id, new SnapshotSpec());
        files.Write(writer => writer.Remove(VolumeTables.Snapshots, unknown.Id.ToString()));
        VolumeSnapshot missing = files.Put(VolumeTables.Snapshots, unknown with { Id = SnapshotId.New(), Name = "missing" });
        VolumeSnapshot stuck = files.Put(VolumeTables.Snapshots, unknown with { Id = SnapshotId.New(), Name = "stuck", Status = SnapshotStatus.Creating });

        Assert.Equal(["SnapshotMissing", "SnapshotMissing", "SnapshotUnknown", "StatusStuck"], Check().Select(finding => finding.Code).Order());
        Assert.All(Check(), finding => Assert.True(finding.CanRepair));
        service.Repair(volume.Id);

        Assert.Equal(SnapshotStatus.Available, service.GetSnapshot(unknown.Id).Status);
        Assert.Equal((SnapshotStatus.Error, "Its content is gone."), (service.GetSnapshot(missing.Id).Status, service.GetSnapshot(missing.Id).LastError));
        Assert.Equal(SnapshotStatus.Error, service.GetSnapshot(stuck.Id).Status);
        Assert.Empty(Check());
        files.AssertQuiet();
        service.Delete(volume.Id, new VolumeDeletion { Cascade = true }, new WorkProgress(), CancellationToken.None);

        VolumeFinding[] Check() => [.. service.Check(volume.Id, deep: false, new WorkProgress(), CancellationToken.None)];
    }

    [Fact]
    public void A_backend_that_does_not_let_go_keeps_the_attachment()
    {
        Volume volume = OnFirst();
        VolumeAttachment attachment = Owner.Attach(volume.Id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "h" } });
        Owner.CompleteAttachment(attachment.Id);
        Fail(Lab.Driver, "Disconnect");

        Refused(ErrorIds.BackendFull, () => Owner.Detach(attachment.Id));

        Assert.Equal((VolumeStatus.InUse, AttachStatus.Attached), (Lab.Find(volume.Id).Status, Owner.GetAttachment(attachment.Id).Status));
        Lab.AssertQuiet();
    }
}
