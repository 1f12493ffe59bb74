namespace OpenStackStorage.Services.Tests;

public sealed class BackendLookTests : BackendLab
{
    [Theory]
    [InlineData(true, false, 100.0, 100.0, BackendStatus.Up, null)]
    [InlineData(true, true, 100.0, 100.0, BackendStatus.Down, "it is not mounted")]
    [InlineData(false, false, 100.0, 100.0, BackendStatus.Disabled, "new disks")]
    [InlineData(false, true, 100.0, 100.0, BackendStatus.Disabled, "new disks")]
    [InlineData(true, false, 100.0, 0.9, BackendStatus.Full, "no pool has room for 1 GiB more")]
    [InlineData(true, false, 100.0, 1.0, BackendStatus.Up, null)]
    [InlineData(true, false, 0.5, 100.0, BackendStatus.Full, "no pool has room for 1 GiB more")]
    [InlineData(true, false, null, null, BackendStatus.Up, null)]
    public void A_backend_is_up_down_disabled_or_full(bool enabled, bool fails, double? total, double? free, BackendStatus status, string? reason)
    {
        Admin.Add(Backend("ssd") with { Enabled = enabled, DisabledReason = enabled ? null : "new disks", MaxOverSubscriptionRatio = 1 });
        (Factory["ssd"].TotalGiB, Factory["ssd"].FreeGiB) = (total, free);
        Factory["ssd"].Failure = fails ? "it is not mounted" : null;

        BackendState state = Admin.GetState("ssd");

        Assert.Equal((status, reason), (state.Status, state.Reason));
        Assert.Equal(!fails, Assert.Single(state.Pools).IsUp);
    }

    [Fact]
    public void Promises_fill_a_backend_too()
    {
        Admin.Add(Backend("ssd") with { MaxOverSubscriptionRatio = 2 });
        PutOn("ssd", Volume(199));
        Assert.Equal(BackendStatus.Up, Admin.GetState("ssd").Status);
        PutOn("ssd", Volume(1));
        Assert.Equal(BackendStatus.Full, Admin.GetState("ssd").Status);
    }

    [Fact]
    public void Services_are_the_scheduler_and_one_for_each_backend()
    {
        Admin.Add(Backend("ssd") with { AvailabilityZone = "a" });
        Admin.Add(Backend("sata") with { Enabled = false, DisabledReason = "new disks" });
        Factory["ssd"].Failure = "it is not mounted";

        Assert.Equal(
            [
                ("cinder-scheduler", "node", "nova", true, true, null),
                ("cinder-volume", "node@ssd", "a", true, false, null),
                ("cinder-volume", "node@sata", "nova", false, true, "new disks"),
            ],
            Admin.ListServices().Select(service => (service.Binary, service.Host, service.Zone, service.Enabled, service.Up, service.DisabledReason)));
    }

    [Fact]
    public void A_zone_is_available_where_one_backend_takes_volumes()
    {
        Admin.Add(Backend("a1") with { AvailabilityZone = "a" });
        Admin.Add(Backend("a2") with { AvailabilityZone = "a", Enabled = false });
        Admin.Add(Backend("b1") with { AvailabilityZone = "b" });
        Admin.Add(Backend("c1") with { AvailabilityZone = "c", Enabled = false });
        Factory["b1"].Failure = "it is not mounted";

        Assert.Equal([("a", true), ("b", false), ("c", false)], Admin.ListAvailabilityZones());
    }

    [Fact]
    public void A_pool_has_the_mediums_room_and_the_catalogues_sums()
    {
        Admin.Add(Backend("ssd") with
        {
            VolumeBackendName = "fast", AvailabilityZone = "a", ReservedPercentage = 5, MaxOverSubscriptionRatio = 3, FilterFunction = "1 < 2", GoodnessFunction = "7",
            Capabilities = new Dictionary<string, string> { ["tier"] = "gold", ["mine"] = "1" },
        });
        Factory["ssd"].FreeGiB = 60;
        Factory["ssd"].Capabilities["tier"] = "silver";
        Factory["ssd"].Capabilities["storage_protocol"] = "file";
        PutOn("ssd", Volume(10));
        PutOn("ssd", Volume(20, project: "p2"));
        PutOn("ssd", Cache(5));
        PutOn("sata", Volume(1000));

        PoolState pool = Assert.Single(Admin.ListPools());

        Assert.Equal(("node@ssd#pool", "fast", "a"), (pool.Name, pool.VolumeBackendName, pool.AvailabilityZone));
        Assert.Equal((PoolCapacity.FromDouble(100), (PoolCapacity?)PoolCapacity.FromDouble(60)), (pool.TotalCapacityGiB, pool.FreeCapacityGiB));
        Assert.Equal((35, 35, 3), (pool.AllocatedCapacityGiB, pool.ProvisionedCapacityGiB, pool.TotalVolumes));
        Assert.Equal((5, 3, "1 < 2", "7"), (pool.ReservedPercentage, pool.MaxOverSubscriptionRatio, pool.FilterFunction, pool.GoodnessFunction));
        Assert.True(pool is { ThinProvisioningSupport: true, ThickProvisioningSupport: true, Multiattach: true, IsUp: true, IsDisabled: false });
        Assert.Equal(
            [("mine", "1"), ("online_extend_support", false), ("storage_protocol", "file"), ("tier", "gold")],
            pool.Capabilities.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (one.Key, one.Value)));
    }

    [Fact]
    public void Pools_that_take_nothing_are_shown_with_why()
    {
        Admin.Add(Backend("ssd") with { Enabled = false });
        Admin.Add(Backend("sata"));
        Admin.Add(Backend("tape") with { MaxOverSubscriptionRatio = null });
        Factory["sata"].Failure = "it is not mounted";
        (Factory["tape"].TotalGiB, Factory["tape"].FreeGiB) = (null, null);

        IReadOnlyList<PoolState> pools = Admin.ListPools();

        Assert.Equal(["node@ssd#pool", "node@sata", "node@tape#pool"], pools.Select(pool => pool.Name));
        Assert.Equal([(true, true), (false, false), (true, false)], pools.Select(pool => (pool.IsUp, pool.IsDisabled)));
        Assert.Equal((PoolCapacity.Unknown, (PoolCapacity?)PoolCapacity.Unknown), (pools[2].TotalCapacityGiB, pools[2].FreeCapacityGiB));
    }

    [Fact]
    public void The_ratio_of_a_backend_may_follow_what_is_used()
    {
        Admin.Add(Backend("ssd") with { MaxOverSubscriptionRatio = null });
        Assert.Equal(20, Admin.ListPools()[0].MaxOverSubscriptionRatio);
        PutOn("ssd", Volume(50));
        Factory["ssd"].FreeGiB = 76;
        Assert.Equal(3, Admin.ListPools()[0].MaxOverSubscriptionRatio);
    }

    [Fact]
    public void A_backend_that_is_down_has_that_one_finding()
    {
        Admin.Add(Backend("ssd"));
        Factory["ssd"].Failure = "it is not mounted";

        DriverFinding finding = Assert.Single(Check("ssd"));
        Assert.Equal(("BackendDown", "the place", "it is not mounted"), (finding.Code, finding.Place, finding.Message));
        Refused(ErrorIds.BackendNotFound, () => Check("sata"));
    }

    [Fact]
    public void A_check_finds_orphans_and_faults_and_leaves_alone_what_is_being_worked_on()
    {
        Admin.Add(Backend("ssd"));
        Volume sound = PutOn("ssd", Volume(1)), broken = PutOn("ssd", Volume(1)), busy = PutOn("ssd", Volume(1)), moving = PutOn("sata", Volume(1)), moved = PutOn("sata", Volume(1));
        VolumeId nobody = VolumeId.New();
        Factory["ssd"].Data.AddRange([sound.Id, broken.Id, busy.Id, moving.Id, moved.Id, nobody]);
        Factory["ssd"].Faults[broken.Id] = new("LayerMissing", "broken", "gone", CanRepair: false);
        Factory["ssd"].Faults[busy.Id] = new("LayerMissing", "busy", "gone", CanRepair: false);
        Write(writer =>
        {
            writer.PutOperation(Operation() with { Subject = busy.Id.ToString() });
            writer.PutOperation(Operation() with { Subject = moving.Id.ToString() });
        });

        Assert.Equal(
            [("Orphan", moved.Id.ToString()), ("Orphan", nobody.ToString()), ("LayerMissing", "broken")],
            Check("ssd").Select(finding => (finding.Code, finding.Place)));
    }

    [Fact]
    public void A_volume_that_can_not_be_looked_at_is_a_finding_and_the_others_are_looked_at()
    {
        Admin.Add(Backend("ssd"));
        Volume unreadable = PutOn("ssd", Volume(1)), broken = PutOn("ssd", Volume(1));
        Factory["ssd"].Unreadable[unreadable.Id] = new ServiceException(ErrorIds.BackendUnavailable, "no such folder") { Target = "the folder" };
        Factory["ssd"].Faults[broken.Id] = new("LayerMissing", "broken", "gone", CanRepair: true);

        Assert.Equal(
            [(unreadable.Id, "CheckFailed", "the folder", "no such folder", false), (broken.Id, "LayerMissing", "broken", "gone", true)],
            Check("ssd").OrderBy(finding => finding.Code, StringComparer.Ordinal).Select(finding => (finding.Volume!.Value, finding.Code, finding.Place, finding.Message, finding.CanRepair)));
    }

    [Fact]
    public void A_volume_that_comes_while_orphans_are_looked_for_is_none()
    {
        Admin.Add(Backend("ssd"));
        Factory["ssd"].Looking = () => Factory["ssd"].Data.Add(PutOn("ssd", Volume(1)).Id);

        Assert.Empty(Check("ssd"));
    }

    private IReadOnlyList<DriverFinding> Check(string name) => Admin.Check(name, deep: false, new WorkProgress(), CancellationToken.None);
}
