using static OpenStackStorage.Services.Tests.Scheduling.SchedulerSamples;

namespace OpenStackStorage.Services.Tests.Scheduling;

public sealed class PoolFilterTests
{
    private const string Instance = "1e4c7f25-6b1c-4d36-8f0d-2a1f7f3a9f00";

    [Fact]
    public void A_zone_that_was_asked_for_must_be_the_pools()
    {
        PoolState pool = Pool() with { AvailabilityZone = "east" };
        AvailabilityZoneFilter filter = new();
        Assert.True(filter.Passes(pool, Request()).Passes);
        Assert.True(filter.Passes(pool, Request() with { AvailabilityZone = "east" }).Passes);
        Assert.Equal(new PoolVerdict(false, "in zone 'east', asked for 'west'"), filter.Passes(pool, Request() with { AvailabilityZone = "west" }));
    }

    [Theory]
    [InlineData("west, east", null, SchedulerOperation.Create, true)]
    [InlineData("west,,north", null, SchedulerOperation.Create, false)]
    [InlineData("west,east", "west", SchedulerOperation.Create, false)]
    [InlineData("east", "west", SchedulerOperation.Retype, true)]
    [InlineData("west", "east", SchedulerOperation.Retype, false)]
    [InlineData("", "west", SchedulerOperation.Retype, true)]
    [InlineData("west", "west", SchedulerOperation.Extend, true)]
    [InlineData("west", "west", SchedulerOperation.Migrate, true)]
    [InlineData("west", "west", SchedulerOperation.Manage, true)]
    public void A_types_zones_hold_for_creations_and_retypes(string zones, string? zone, SchedulerOperation operation, bool passes)
    {
        SchedulerRequest request = Request(1, ("RESKEY:availability_zones", zones)) with { AvailabilityZone = zone, Operation = operation };
        Assert.Equal(passes, new AvailabilityZoneFilter().Passes(Pool() with { AvailabilityZone = "east" }, request).Passes);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("gold", null, true)]
    [InlineData("silver", null, false)]
    [InlineData("any name", "gold", true)]
    [InlineData("gold", "silver", false)]
    [InlineData("gold", "<or> silver <or> gold", true)]
    public void A_type_is_a_backend(string? type, string? spec, bool passes)
    {
        SchedulerRequest request = (spec is null ? Request() : Request(1, ("volume_backend_name", spec))) with { VolumeTypeName = type };
        Assert.Equal(passes, new TypeFilter().Passes(Pool() with { VolumeBackendName = "gold" }, request).Passes);
        if (spec is not null)
        {
            SchedulerRequest scoped = Request(1, ("capabilities:volume_backend_name", spec)) with { VolumeTypeName = type };
            Assert.Equal(passes, new TypeFilter().Passes(Pool() with { VolumeBackendName = "gold" }, scoped).Passes);
        }
    }

    [Fact]
    public void What_a_pool_is_can_be_asked_for_by_extra_specs()
    {
        PoolState pool = Pool() with { Multiattach = true, Capabilities = new Dictionary<string, object?> { ["storage_protocol"] = "iscsi", ["tier"] = "ssd" } };
        CapabilitiesFilter filter = new();
        Assert.True(filter.Passes(pool, Request(1, ("multiattach", "<is> True"), ("storage_protocol", "iSCSI"), ("tier", "ssd"),
            ("volume_backend_name", "file"), ("total_capacity_gb", ">= 100"))).Passes);
        Assert.Equal("tier is to be 'sata': the backend reports 'ssd'", filter.Passes(pool, Request(1, ("tier", "sata"))).Reason);
        Assert.Equal("color is to be 'red': the backend does not report it", filter.Passes(pool, Request(1, ("color", "red"))).Reason);
        Assert.Equal("no capabilities are asked for", filter.Passes(pool, Request(1, ("vendor:color", "red"), ("RESKEY:availability_zones", "a"))).Reason);
    }

    [Fact]
    public void Operators_of_other_projects_are_plain_text()
    {
        PoolState pool = Pool() with { Capabilities = new Dictionary<string, object?> { ["features"] = new[] { "a", "b" }, ["text"] = "<all-in> a" } };
        Assert.False(new CapabilitiesFilter().Passes(pool, Request(1, ("features", "<all-in> a"))).Passes);
        Assert.True(new CapabilitiesFilter().Passes(pool, Request(1, ("text", "<all-in> a"))).Passes);
    }

    [Fact]
    public void An_attached_volume_grows_only_where_the_backend_can()
    {
        PoolState pool = Pool() with { Capabilities = new Dictionary<string, object?> { ["online_extend_support"] = false } };
        SchedulerRequest request = Request() with { Operation = SchedulerOperation.Extend, NewSizeGiB = 30, IsAttached = true };
        Assert.False(new CapabilitiesFilter().Passes(pool, request).Passes);
        Assert.True(new CapabilitiesFilter().Passes(pool, request with { IsAttached = false }).Passes);
        Assert.True(new CapabilitiesFilter().Passes(Pool(), request).Passes);
    }

    [Fact]
    public void A_volume_is_placed_with_others_or_away_from_them()
    {
        SchedulerRequest same = Hint("same_host", SampleVolume) with { PoolOfVolume = id => id == SampleVolume ? "node1@file#pool" : null };
        SchedulerRequest different = same with { Hints = new Dictionary<string, object?> { ["different_host"] = new[] { SampleVolume } } };
        Assert.True(new SameBackendFilter().Passes(Pool(), same).Passes);
        Assert.False(new SameBackendFilter().Passes(Pool("node1@file#other"), same).Passes);
        Assert.False(new DifferentBackendFilter().Passes(Pool(), different).Passes);
        Assert.True(new DifferentBackendFilter().Passes(Pool("node1@file#other"), different).Passes);
        Assert.True(new SameBackendFilter().Passes(Pool(), Request()).Passes);
        Assert.True(new DifferentBackendFilter().Passes(Pool(), Request()).Passes);
    }

    [Theory]
    [InlineData("no-id", false)]
    [InlineData(null, false)]
    [InlineData("{4C9D1B4E0A524F6F8B0E6B6A0B1F7D10}", true)]
    public void A_hint_that_is_no_id_fails_the_request(string? hint, bool passes)
    {
        Assert.Equal(passes, new DifferentBackendFilter().Passes(Pool(), Hint("different_host", hint)).Passes);
        Assert.False(new SameBackendFilter().Passes(Pool(), Hint("same_host", hint)).Passes);
        Assert.False(new DifferentBackendFilter().Passes(Pool(), Hint("different_host", new[] { SampleVolume, "no-id" })).Passes);
    }

    [Fact]
    public void A_volume_is_placed_where_its_instance_runs()
    {
        SchedulerRequest request = Hint("local_to_instance", Instance) with { NodeOfInstance = id => id == Instance ? "node1" : null };
        InstanceLocalityFilter filter = new();
        Assert.True(filter.Passes(Pool(), request).Passes);
        Assert.Equal(new PoolVerdict(false, "on node 'node2', the instance runs on 'node1'"), filter.Passes(Pool("node2@file#pool"), request));
        Assert.False(filter.Passes(Pool(), request with { NodeOfInstance = null }).Passes);
        Assert.False(filter.Passes(Pool(), Hint("local_to_instance", "node1") with { NodeOfInstance = id => "node1" }).Passes);
        Assert.False(filter.Passes(Pool(), Hint("local_to_instance", SampleVolume) with { NodeOfInstance = request.NodeOfInstance }).Passes);
        Assert.True(filter.Passes(Pool(), Request()).Passes);
    }

    [Fact]
    public void A_pool_in_which_the_request_has_failed_is_passed_over()
    {
        SchedulerRequest request = Request() with { RetriedPools = ["node1@file#pool"] };
        Assert.False(new IgnoreAttemptedHostsFilter(3).Passes(Pool(), request).Passes);
        Assert.True(new IgnoreAttemptedHostsFilter(3).Passes(Pool("node1@file#other"), request).Passes);
        Assert.True(new IgnoreAttemptedHostsFilter(1).Passes(Pool(), request).Passes);
    }

    [Theory]
    [InlineData("""["and", [">=", "$free_capacity_gb", 30], ["=", "$capabilities.tier", "ssd"]]""", true)]
    [InlineData("""["or", [">=", "$free_capacity_gb", 300], ["in", "$host", "a", "node1@file#pool"]]""", true)]
    [InlineData("""["not", ["=", "$service.availability_zone", "nova"]]""", false)]
    [InlineData("""["<", "$free_capacity_gb", "text"]""", false)]
    [InlineData("""["=", "$free_capacity_gb"]""", false)]
    [InlineData("""["xor", true]""", false)]
    [InlineData("no json", false)]
    [InlineData("", true)]
    public void A_query_picks_pools(string query, bool passes)
    {
        PoolState pool = Pool() with { Capabilities = new Dictionary<string, object?> { ["tier"] = "ssd" } };
        Assert.Equal(passes, new JsonFilter().Passes(pool, Hint("query", query)).Passes);
    }

    [Fact]
    public void A_query_nested_beyond_measure_fails_the_pool() =>
        Assert.False(new JsonFilter().Passes(Pool(), Hint("query", new string('[', 100_000))).Passes);

    [Theory]
    [InlineData(null, true, "the backend has no filter function")]
    [InlineData("volume.size < 100", true, "the filter function volume.size < 100 holds")]
    [InlineData("stats.free_capacity_gb > 1000", false, "the filter function stats.free_capacity_gb > 1000 gives False")]
    [InlineData("stats.nothing > 1", false, "the filter function stats.nothing > 1 can not be computed: 'stats.nothing' is not known")]
    [InlineData("stats.storage_protocol == \"fc\"", true, "the filter function stats.storage_protocol == \"fc\" holds")]
    [InlineData("extra.color == qos.color", true, "the filter function extra.color == qos.color holds")]
    [InlineData("volume.replicas == 3", true, "the filter function volume.replicas == 3 holds")]
    public void A_backends_filter_function_decides(string? function, bool passes, string reason)
    {
        PoolState pool = Pool() with { FilterFunction = function, Capabilities = new Dictionary<string, object?> { ["storage_protocol"] = "FC" } };
        SchedulerRequest request = Request(20, ("color", "red")) with
        {
            QosSpecs = new Dictionary<string, string> { ["color"] = "red" },
            VolumeProperties = new Dictionary<string, object?> { ["replicas"] = 3 },
        };
        Assert.Equal(new PoolVerdict(passes, reason), new DriverFilter().Passes(pool, request));
    }
}
