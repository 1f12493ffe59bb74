namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>Volumes that get another type.</summary>
public sealed class VolumeRetypeTests : VolumeLabTest
{
    [Fact]
    public void A_type_that_the_pool_fits_is_only_another_name()
    {
        AddType("fast", []);
        Volume volume = OnFirst();
        VolumeSnapshot snapshot = Owner.CreateSnapshot(volume.Id, new SnapshotSpec());

        Volume retyped = Retype(volume.Id, "fast");

        Assert.Equal((VolumeStatus.Available, "fast", MigrationStatus.None, volume.Host), (retyped.Status, retyped.VolumeType, retyped.MigrationStatus, retyped.Host));
        Assert.Equal("fast", Owner.GetSnapshot(snapshot.Id).VolumeType);
        Assert.DoesNotContain("CreateFrom", Lab.Driver.Calls);
        Refused(ErrorIds.VolumeConflict, () => Retype(volume.Id, "fast"));
        Refused(ErrorIds.VolumeTypeNotFound, () => Retype(volume.Id, "none"));
        Lab.AssertQuiet();
    }

    [Fact]
    public void A_type_of_another_backend_moves_the_volume_where_that_is_allowed()
    {
        AddType("far", new() { ["volume_backend_name"] = "b2" });
        Volume volume = OnFirst();
        Lab.AddBackend("b2");
        byte[] data = Write(volume.Id);

        Refused(ErrorIds.NoValidBackend, () => Retype(volume.Id, "far"));
        Refused(ErrorIds.NoValidBackend, () => Owner.DryRun().Retype(volume.Id, "far", MigrationPolicy.Never, new WorkProgress(), CancellationToken.None));
        Assert.Equal(VolumeStatus.Available, Lab.Find(volume.Id).Status);
        Volume retyped = Retype(volume.Id, "far", MigrationPolicy.OnDemand);

        Assert.Equal((VolumeStatus.Available, "far", MigrationStatus.Success, "node@b2#pool"), (retyped.Status, retyped.VolumeType, retyped.MigrationStatus, retyped.Host));
        Assert.Equal(data, Read(volume.Id));
        Assert.Empty(Lab.Driver.Volumes);
        Lab.AssertQuiet();
    }

    [Theory]
    [InlineData("CreateFrom", null)]
    [InlineData("Delete", "far")]
    public void A_retype_that_died_on_its_way_has_the_type_of_its_pool(string at, string? type)
    {
        AddType("far", new() { ["volume_backend_name"] = "b2" });
        Volume volume = OnFirst();
        Lab.AddBackend("b2");
        Die(at, service => service.Retype(volume.Id, "far", MigrationPolicy.OnDemand, new WorkProgress(), CancellationToken.None));
        Assert.Single(Lab.Reservations());

        Lab.Reopen();

        Assert.Equal((VolumeStatus.Available, type, type is null ? "node@b1#pool" : "node@b2#pool"), (Lab.Find(volume.Id).Status, Lab.Find(volume.Id).VolumeType, Lab.Find(volume.Id).Host));
        Recovered();
    }

    [Fact]
    public void A_type_needs_room_in_its_quota_and_what_it_asks_of_volumes()
    {
        AddType("tight", []);
        AddType("large", new() { ["provisioning:min_vol_size"] = "5" });
        AddType("shared", new() { ["multiattach"] = "<is> True" });
        Lab.Write(writer => VolumeQuotas.Set(writer, "volumes_tight", "one", 0));
        Volume volume = OnFirst();

        Refused(ErrorIds.QuotaExceeded, () => Retype(volume.Id, "tight"));
        Refused(ErrorIds.VolumeSizeInvalid, () => Retype(volume.Id, "large"));
        Assert.True(Retype(volume.Id, "shared").Multiattach);
        AddType("plain", []);
        Lab.Attach(volume.Id);
        Refused(ErrorIds.VolumeConflict, () => Retype(volume.Id, "plain"));

        Assert.Equal(VolumeStatus.InUse, Lab.Find(volume.Id).Status);
        Lab.AssertQuiet();
    }

    private Volume Retype(VolumeId volume, string type, MigrationPolicy policy = MigrationPolicy.Never) => Owner.Retype(volume, type, policy, new WorkProgress(), CancellationToken.None);

    private void AddType(string name, Dictionary<string, string> specs) => Lab.Put(VolumeTables.Types, new VolumeType
    {
        Id = Guid.NewGuid(),
        Name = name,
        ExtraSpecs = specs,
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    });
}
