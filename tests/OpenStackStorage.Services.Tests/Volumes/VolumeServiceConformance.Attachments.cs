namespace OpenStackStorage.Services.Tests.Volumes;

public abstract partial class VolumeServiceConformance
{
    private static readonly Dictionary<string, string> Connector = new() { ["host"] = "h1", ["ip"] = "192.0.2.1" };

    [Fact]
    public void An_attachment_is_reserved_then_attaching_then_attached_and_its_volume_with_it()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        VolumeAttachment reserved = As(Owner).Attach(volume.Id, new AttachmentSpec { Instance = "i1", MountPoint = "/dev/vdb" });
        Assert.Equal((AttachStatus.Reserved, "rw", "i1"), (reserved.Status, reserved.Mode, reserved.Instance));
        Assert.Equal(VolumeStatus.Reserved, As(Owner).Get(volume.Id).Status);
        Refused(ErrorIds.VolumeConflict, () => As(Owner).CompleteAttachment(reserved.Id));

        VolumeAttachment attaching = As(Owner).Connect(reserved.Id, Connector, null, null);
        Assert.Equal((AttachStatus.Attaching, "h1", "/dev/vdb"), (attaching.Status, attaching.Connector["host"], attaching.MountPoint));
        Assert.NotEmpty(attaching.ConnectionInfo["driver_volume_type"]);
        Assert.Equal(VolumeStatus.Attaching, As(Owner).Get(volume.Id).Status);

        VolumeAttachment attached = As(Owner).CompleteAttachment(reserved.Id);
        Assert.Equal(AttachStatus.Attached, attached.Status);
        Assert.NotNull(attached.AttachedAt);
        Assert.Equal(VolumeStatus.InUse, As(Owner).Get(volume.Id).Status);
        Assert.Equal([reserved.Id], As(Owner).ListAttachments(volume.Id).Select(one => one.Id));
        Refused(ErrorIds.VolumeConflict, () => Delete(volume.Id));

        As(Owner).Detach(reserved.Id);
        Assert.Equal(VolumeStatus.Available, As(Owner).Get(volume.Id).Status);
        Refused(ErrorIds.AttachmentNotFound, () => As(Owner).GetAttachment(reserved.Id));
        Assert.Empty(As(Owner).ListAttachments(null));
    }

    [Fact]
    public void A_reservation_that_is_given_back_leaves_the_volume_available()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeAttachment reserved = As(Owner).Attach(volume.Id, new AttachmentSpec());

        As(Owner).Detach(reserved.Id);

        Assert.Equal(VolumeStatus.Available, As(Owner).Get(volume.Id).Status);
    }

    [Fact]
    public void A_connector_at_once_makes_it_attaching_at_once()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        VolumeAttachment attaching = As(Owner).Attach(volume.Id, new AttachmentSpec { Mode = "ro", Connector = Connector });

        Assert.Equal((AttachStatus.Attaching, "ro"), (attaching.Status, attaching.Mode));
        Assert.Equal("ro", attaching.ConnectionInfo["access_mode"]);
        Assert.Equal(VolumeStatus.Attaching, As(Owner).Get(volume.Id).Status);
    }

    [Fact]
    public void A_read_only_volume_is_attached_for_reading()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        As(Owner).Update(volume.Id, new VolumeChange { ReadOnly = true });

        VolumeAttachment reserved = As(Owner).Attach(volume.Id, new AttachmentSpec { Mode = "rw" });

        Assert.Equal("ro", reserved.Mode);
        Assert.Equal("ro", As(Owner).Connect(reserved.Id, Connector, "rw", null).Mode);
    }

    [Fact]
    public void A_volume_is_attached_once_but_for_a_server_that_moves()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeAttachment first = Attached(volume.Id, "i1");

        Refused(ErrorIds.VolumeConflict, () => As(Owner).Attach(volume.Id, new AttachmentSpec { Instance = "i2" }));
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Attach(volume.Id, new AttachmentSpec()));
        VolumeAttachment second = As(Owner).Attach(volume.Id, new AttachmentSpec { Instance = "i1" });

        Assert.Equal(VolumeStatus.InUse, As(Owner).Get(volume.Id).Status);
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Connect(second.Id, Connector, null, null));
        As(Owner).Connect(second.Id, new Dictionary<string, string> { ["host"] = "h2" }, null, null);
        As(Owner).Detach(second.Id);
        Assert.Equal(VolumeStatus.InUse, As(Owner).Get(volume.Id).Status);
        As(Owner).Detach(first.Id);
        Assert.Equal(VolumeStatus.Available, As(Owner).Get(volume.Id).Status);
    }

    [Fact]
    public void What_is_asked_of_an_attachment_has_to_make_sense()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeAttachment reserved = As(Owner).Attach(volume.Id, new AttachmentSpec());

        Refused(ErrorIds.ParameterInvalid, () => As(Owner).Attach(volume.Id, new AttachmentSpec { Mode = "rx" }));
        Refused(ErrorIds.ParameterInvalid, () => As(Owner).Connect(reserved.Id, Connector, "", null));
        Refused(ErrorIds.ParameterInvalid, () => As(Owner).Connect(reserved.Id, new Dictionary<string, string>(), null, null));
        Refused(ErrorIds.AttachmentNotFound, () => As(Stranger).GetAttachment(reserved.Id));
        Refused(ErrorIds.AttachmentNotFound, () => As(Stranger).Detach(reserved.Id));
        Refused(ErrorIds.VolumeNotFound, () => As(Stranger).ListAttachments(volume.Id));
        Refused(ErrorIds.NotAuthorized, () => As(Reader).Detach(reserved.Id));
        Refused(ErrorIds.NotAuthorized, () => As(Reader).Attach(volume.Id, new AttachmentSpec()));
    }

    [Theory]
    [InlineData(VolumeStatus.Error)]
    [InlineData(VolumeStatus.ErrorExtending)]
    public void A_volume_in_error_is_neither_reserved_nor_connected(VolumeStatus status)
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });
        VolumeAttachment reserved = As(Owner).Attach(volume.Id, new AttachmentSpec());
        SetStatus(volume.Id, status);

        Refused(ErrorIds.VolumeConflict, () => As(Owner).Attach(volume.Id, new AttachmentSpec()));
        Refused(ErrorIds.VolumeConflict, () => As(Owner).Connect(reserved.Id, Connector, null, null));
        As(Owner).Detach(reserved.Id);

        Assert.Equal(VolumeStatus.Available, As(Owner).Get(volume.Id).Status);
    }

    [Fact]
    public void A_dry_run_refuses_attachments_the_same_and_makes_none()
    {
        Volume volume = Create(new VolumeSpec { SizeGiB = 1 });

        As(Owner).DryRun().Attach(volume.Id, new AttachmentSpec { Connector = Connector });
        Assert.Equal(VolumeStatus.Available, As(Owner).Get(volume.Id).Status);
        VolumeAttachment first = Attached(volume.Id, "i1");
        Refused(ErrorIds.VolumeConflict, () => As(Owner).DryRun().Attach(volume.Id, new AttachmentSpec()));
        As(Owner).DryRun().Detach(first.Id);

        Assert.Equal(VolumeStatus.InUse, As(Owner).Get(volume.Id).Status);
        Assert.Equal(first.Id, As(Owner).GetAttachment(first.Id).Id);
    }

    private VolumeAttachment Attached(VolumeId volume, string? instance = null)
    {
        VolumeAttachment attachment = As(Owner).Attach(volume, new AttachmentSpec { Instance = instance, Connector = Connector });
        return As(Owner).CompleteAttachment(attachment.Id);
    }
}
