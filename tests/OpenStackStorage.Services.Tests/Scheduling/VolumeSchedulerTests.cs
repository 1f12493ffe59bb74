using static OpenStackStorage.Services.Tests.Scheduling.SchedulerSamples;

namespace OpenStackStorage.Services.Tests.Scheduling;

public sealed class VolumeSchedulerTests
{
    private static readonly PoolState _small = Pool("node1@a#p", 50);
    private static readonly PoolState _large = Pool("node1@b#p", 200);
    private static readonly SchedulerOptions _defaults = new();

    [Fact]
    public void The_defaults_are_Cinders()
    {
        Assert.Equal(["AvailabilityZoneFilter", "CapacityFilter", "CapabilitiesFilter"], _defaults.Filters);
        Assert.Equal(["CapacityWeigher"], _defaults.Weighers);
        Assert.Equal((1.0, -1.0, -1.0, 3, WeightHandler.Ordered), (_defaults.CapacityWeightMultiplier, _defaults.AllocatedCapacityWeightMultiplier,
            _defaults.VolumeNumberMultiplier, _defaults.MaxAttempts, _defaults.WeightHandler));
    }

    [Fact]
    public void The_pool_of_the_largest_weight_is_chosen_and_equals_keep_their_order()
    {
        Assert.Equal(_large, Choose(_defaults, Request(), _small, _large).Chosen);
        PoolState twin = _large with { Name = "node1@c#p" };
        Assert.Equal([_large, twin, _small], Choose(_defaults, Request(), _small, _large, twin).Candidates);
    }

    [Fact]
    public void A_decision_shows_every_verdict_and_weight()
    {
        SchedulerOptions options = new() { Weighers = ["Capacity", "AllocatedCapacity"] };
        SchedulerDecision decision = Choose(options, Request(60), _small, _large, _large with { Name = "node1@c#p", AllocatedCapacityGiB = 100, FreeCapacityGiB = 100 });
        Assert.Equal(["node1@b#p", "node1@c#p", "node1@a#p"], decision.Pools.Select(report => report.Pool.Name));
        PoolReport best = decision.Pools[0], refused = decision.Pools[2];
        Assert.Equal([("AvailabilityZoneFilter", true), ("CapacityFilter", true), ("CapabilitiesFilter", true)], best.Filters.Select(f => (f.Filter, f.Verdict.Passes)));
        Assert.Equal([("CapacityWeigher", 200, 1, 1), ("AllocatedCapacityWeigher", 0, 0, -1)],
            best.Weights.Select(w => (w.Weigher, w.Raw, w.Normalized, w.Multiplier)));
        Assert.Equal(1, best.Weight);
        Assert.Equal(-1, decision.Pools[1].Weight);
        Assert.Equal("CapacityFilter: needs 60 GiB, 50 GiB free of 50 GiB", refused.Refusal);
        Assert.Null(refused.Weight);
        Assert.Equal(3, refused.Filters.Count);
    }

    [Fact]
    public void A_pool_whose_service_is_down_is_not_asked()
    {
        SchedulerDecision decision = Choose(_defaults, Request(), _small, _large with { IsUp = false },
            _large with { Name = "n@d#p", IsDisabled = true }, _large with { Name = "n@f#p", IsFrozen = true });
        Assert.Equal(_small, decision.Chosen);
        Assert.Equal(["the service 'node1@b' is down", "the service 'n@d' is disabled", "the service 'n@f' is frozen"],
            decision.Pools.Skip(1).Select(report => report.Refusal));
        Assert.All(decision.Pools.Skip(1), report => Assert.Empty(report.Filters));
    }

    [Fact]
    public void A_refusal_carries_the_reasons_of_each_pool()
    {
        SchedulerDecision decision = Choose(_defaults, Request(500) with { AvailabilityZone = "west" }, _small, _large with { IsUp = false });
        Assert.Null(decision.Chosen);
        ServiceException e = decision.ToException();
        Assert.Equal(ErrorIds.NoValidBackend, e.Id);
        Assert.Equal("No valid backend was found for a volume of 500 GiB: no pool passes all filters. 'node1@a#p': AvailabilityZoneFilter: in zone 'nova', "
            + "asked for 'west'; CapacityFilter: needs 500 GiB, 50 GiB free of 50 GiB. 'node1@b#p': the service 'node1@b' is down.", e.Message);
        Assert.Contains("needs 500 GiB", e.Found, StringComparison.Ordinal);
        Assert.Equal("a pool that AvailabilityZoneFilter, CapacityFilter, CapabilitiesFilter pass", e.Expected);
    }

    [Fact]
    public void Without_pools_that_is_the_reason()
    {
        Assert.Equal("No valid backend was found for a volume of 20 GiB: there are no pools.", Choose(_defaults, Request()).ToException().Message);
        Assert.Equal("no pool is available", Choose(_defaults, Request(), _small with { IsUp = false }).Refusal);
    }

    [Fact]
    public void A_choice_is_no_error() => Assert.Throws<InvalidOperationException>(() => Choose(_defaults, Request(), _small).ToException());

    [Fact]
    public void A_long_list_of_reasons_is_cut()
    {
        PoolState[] pools = [.. Enumerable.Range(0, 40).Select(i => _small with { Name = $"n@{i}#p" })];
        Assert.EndsWith("And 24 more pools.", Choose(_defaults, Request(100), pools).ToException().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node1@a#p", "node1@a#p")]
    [InlineData("node1@a", "node1@a#p")]
    [InlineData("node1@a#other", null)]
    [InlineData("node1", null)]
    public void A_volume_that_must_be_on_a_backend_is_there_or_nowhere(string required, string? chosen)
    {
        SchedulerDecision decision = Choose(_defaults, Request() with { RequiredBackend = required }, _small, _large);
        Assert.Equal(chosen, decision.Chosen?.Name);
        Assert.Equal(chosen is null ? $"no pool on '{required}' passes all filters" : null, decision.Refusal);
        Assert.Equal($"the volume must be on '{required}'", decision.Pools[0].Refusal);
    }

    [Theory]
    [InlineData("node1@a#p", false, "node1@a#p")]
    [InlineData("node1@a", false, "node1@a#p")]
    [InlineData("node1@gone#p", false, null)]
    [InlineData("node1@gone#p", true, "node1@b#p")]
    public void A_retype_stays_where_it_can(string current, bool mayMove, string? chosen)
    {
        SchedulerRequest request = Request() with { Operation = SchedulerOperation.Retype, CurrentPool = current, AllowMigration = mayMove };
        SchedulerDecision decision = Choose(_defaults, request, _small, _large);
        Assert.Equal(chosen, decision.Chosen?.Name);
        if (chosen is null)
            Assert.Equal("the volume is on 'node1@gone#p' and may not be moved: its migration policy is never", decision.Refusal);
    }

    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(3, 3, false)]
    [InlineData(1, 3, true)]
    public void A_request_is_tried_so_often_and_no_more(int maxAttempts, int failed, bool tried)
    {
        SchedulerRequest request = Request() with { RetriedPools = [.. Enumerable.Repeat(_small.Name, failed)], VolumeId = SampleVolume };
        SchedulerDecision decision = Choose(new SchedulerOptions { MaxAttempts = maxAttempts }, request, _small);
        Assert.Equal(tried, decision.Chosen is not null);
        if (!tried)
        {
            Assert.Equal($"No valid backend was found for volume {SampleVolume}: it has failed in 3 pools, and is tried 3 times at most. "
                + "'node1@a#p': passes.", decision.ToException().Message);
        }
    }

    [Fact]
    public void What_is_chosen_is_counted_until_the_next_report()
    {
        PoolState consumed = _small.Consume(20);
        Assert.Equal((20, 20, 30), (consumed.AllocatedCapacityGiB, consumed.ProvisionedCapacityGiB, consumed.FreeCapacityGiB!.Value.GiB));
        Assert.Equal(30, consumed.Consume(-20).Consume(20).FreeCapacityGiB!.Value.GiB);
        Assert.Equal(PoolCapacity.Unknown, (_small with { FreeCapacityGiB = PoolCapacity.Unknown }).Consume(20).FreeCapacityGiB);
    }

    [Fact]
    public void Options_name_filters_and_weighers_with_or_without_the_ending()
    {
        SchedulerOptions options = new()
        {
            Filters =
            [
                "AvailabilityZone", "Capacity", "Capabilities", "Type", "Driver", "InstanceLocality", "SameBackend", "DifferentBackend", "Json",
                "ignoreattemptedhostsfilter",
            ],
            Weighers = ["Capacity", "AllocatedCapacity", "VolumeNumber", "Goodness", "ChanceWeigher"],
        };
        PoolReport report = Choose(options, Request(), _small).Pools[0];
        Assert.True(report.Passes);
        Assert.Equal((10, 5), (report.Filters.Count, report.Weights.Count));
    }

    [Theory]
    [InlineData("Capacity", "Weight", 3, "scheduler_default_weighers")]
    [InlineData("Capacity.Filter", "Capacity", 3, "scheduler_default_filters")]
    [InlineData("Capacity", "Capacity", 0, "scheduler_max_attempts")]
    public void Options_that_mean_nothing_are_refused(string filter, string weigher, int maxAttempts, string target)
    {
        ServiceException e = Assert.Throws<ServiceException>(() => new VolumeScheduler(new() { Filters = [filter], Weighers = [weigher], MaxAttempts = maxAttempts }));
        Assert.Equal((ErrorIds.SchedulerOptionsInvalid, target), (e.Id, e.Target));
        Assert.False(string.IsNullOrEmpty(e.Expected));
    }

    [Theory]
    [InlineData("node@backend#pool", "node@backend", "node", "backend", "pool")]
    [InlineData("node@backend", "node@backend", "node", "backend", "")]
    [InlineData("node", "node", "node", "", "")]
    public void A_pools_name_has_its_parts(string name, string host, string node, string backend, string pool)
    {
        PoolState state = Pool(name);
        Assert.Equal((host, node, backend, pool, backend), (state.Host, state.Node, state.Backend, state.Pool, state.VolumeBackendName));
    }
}
