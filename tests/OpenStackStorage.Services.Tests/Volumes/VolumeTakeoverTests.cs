namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Data that becomes a volume, and volumes that become data again.</summary>
public sealed class VolumeTakeoverTests : VolumeLabTest
{
    [Fact]
    public void Data_that_is_there_becomes_a_volume_and_is_given_back()
    {
        Lab.Driver.PutForeign("disk", 3);

        Assert.Equal("disk", Assert.Single(Lab.As(Admin).ListManageable("b1")).Reference);
        Volume volume = Lab.As(Admin).Register("b1", "disk", new VolumeSpec { Name = "taken" });

        Assert.Equal((VolumeStatus.Available, 3, "taken", "node@b1#pool"), (volume.Status, volume.SizeGiB, volume.Name, volume.Host));
        Assert.Empty(Lab.As(Admin).ListManageable("b1"));
        Assert.Equal(3, Lab.Usage(VolumeQuota.Gigabytes, "adminproject").InUse);
        string reference = Lab.As(Admin).Unregister(volume.Id);
        Assert.Equal(reference, Assert.Single(Lab.As(Admin).ListManageable("b1")).Reference);
        Assert.Empty(Lab.As(Admin).List(new VolumeQuery()));
        Assert.Equal(0, Lab.Usage(VolumeQuota.Gigabytes, "adminproject").InUse);
        Lab.AssertQuiet();
    }

    [Fact]
    public void What_can_not_be_taken_over_or_given_back_is_refused()
    {
        Lab.Driver.PutForeign("disk", 3);
        Volume volume = OnFirst();

        Refused(ErrorIds.NotAuthorized, () => Owner.ListManageable("b1"));
        Refused(ErrorIds.NotAuthorized, () => Owner.Register("b1", "disk", new VolumeSpec()));
        Refused(ErrorIds.NotAuthorized, () => Owner.Unregister(volume.Id));
        Refused(ErrorIds.VolumeNotFound, () => Lab.As(Admin).Register("b1", "none", new VolumeSpec()));
        Refused(ErrorIds.BackendNotFound, () => Lab.As(Admin).Register("b9", "disk", new VolumeSpec()));
        Refused(ErrorIds.ParameterInvalid, () => Lab.As(Admin).Register("b1", "disk", new VolumeSpec { Volume = volume.Id }));
        Refused(ErrorIds.VolumeNotFound, () => Lab.As(Admin).DryRun().Register("b1", "none", new VolumeSpec()));
        Lab.As(Admin).DryRun().Register("b1", "disk", new VolumeSpec());
        Owner.CreateSnapshot(volume.Id, new SnapshotSpec());
        Refused(ErrorIds.VolumeConflict, () => Lab.As(Admin).Unregister(volume.Id));

        Assert.Single(Lab.As(Admin).ListManageable("b1"));
        Lab.AssertQuiet();
    }

    [Fact]
    public void A_takeover_that_fails_is_error_managing_and_a_return_that_fails_error_unmanaging()
    {
        Lab.Driver.PutForeign("disk", 1);
        Volume volume = OnFirst();
        Fail(Lab.Driver, "Manage");
        Refused(ErrorIds.BackendFull, () => Lab.As(Admin).Register("b1", "disk", new VolumeSpec()));
        Fail(Lab.Driver, "Unmanage");
        Refused(ErrorIds.BackendFull, () => Lab.As(Admin).Unregister(volume.Id));
        Lab.Driver.Step = _ => { };

        Assert.Equal(VolumeStatus.ErrorUnmanaging, Lab.Find(volume.Id).Status);
        Volume taken = Assert.Single(Lab.As(Admin).List(new VolumeQuery()));
        Assert.Equal((VolumeStatus.ErrorManaging, "injected"), (taken.Status, taken.LastError));
        Lab.As(Admin).Delete(taken.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        Assert.Single(Lab.As(Admin).ListManageable("b1"));
        Lab.AssertQuiet();
    }

    [Fact]
    public void What_others_read_is_not_given_back_and_stays_available()
    {
        using VolumeLab files = new(new FileVolumeDriverFactory());
        VolumeService service = files.As(Admin);
        Volume source = service.Create(new VolumeSpec { SizeGiB = 1 }, new WorkProgress(), CancellationToken.None);
        service.Create(new VolumeSpec { Volume = source.Id }, new WorkProgress(), CancellationToken.None);

        Refused(ErrorIds.VolumeConflict, () => service.Unregister(source.Id));

        Assert.Equal(VolumeStatus.Available, service.Get(source.Id).Status);
        Assert.NotNull(service.Get(source.Id).LastError);
    }

    [Theory]
    [InlineData("Unmanage", true)]
    [InlineData("Unmanage/done", false)]
    public void A_return_that_died_is_ended_or_has_not_begun(string at, bool isThere)
    {
        Volume volume = OnFirst();
        Die(at, service => service.Unregister(volume.Id));

        Lab.Reopen();

        Assert.Equal(isThere ? [VolumeStatus.Available] : [], Owner.List(new VolumeQuery()).Select(one => one.Status));
        Recovered();
    }
}
