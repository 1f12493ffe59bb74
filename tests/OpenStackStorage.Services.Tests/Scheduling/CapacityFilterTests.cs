using static OpenStackStorage.Services.Tests.Scheduling.SchedulerSamples;

namespace OpenStackStorage.Services.Tests.Scheduling;

/// <summary>Figures of Cinder's tests/unit/scheduler/test_host_filters.py and test_host_manager.py.</summary>
public sealed class CapacityFilterTests
{
    [Theory]
    [InlineData(500, 200.0, 0.0, true)]
    [InlineData(500, 50.0, 0.0, false)]
    [InlineData(500, 100.0, 0.0, true)]
    [InlineData(100, 50.0, 20.0, false)]
    [InlineData(0, 50.0, 0.0, false)]
    [InlineData(-1, 50.0, 0.0, false)]
    [InlineData(500, -1.0, 0.0, false)]
    public void A_thick_pool_needs_the_room_itself(double total, double free, double reserved, bool passes) =>
        Assert.Equal(passes, new CapacityFilter().Passes(Pool(total: total, free: free) with { ReservedPercentage = reserved }, Request(100)).Passes);

    [Theory]
    [InlineData(500, 200.0, 500, 2.0, 5, 100, true)]
    [InlineData(500, 200.0, 7000, 20.0, 5, 100, true)]
    [InlineData(500, 100.0, 400, 0.8, 0, 100, false)]
    [InlineData(500, 200.0, 500, 1.5, 5, 2000, false)]
    [InlineData(500, 100.0, 300, 1.0, 5, 300, false)]
    [InlineData(500, 100.0, 1000, 2.0, 0, 100, false)]
    [InlineData(500, 125.0, 500, 1.0, 5, 100, false)]
    public void A_thin_pool_may_be_promised_several_times(
        double total, double free, double provisioned, double ratio, double reserved, long size, bool passes)
    {
        PoolState pool = Pool(total: total, free: free) with
        {
            ProvisionedCapacityGiB = provisioned,
            MaxOverSubscriptionRatio = ratio,
            ReservedPercentage = reserved,
            ThinProvisioningSupport = true,
        };
        Assert.Equal(passes, new CapacityFilter().Passes(pool, Request(size)).Passes);
    }

    [Fact]
    public void A_type_that_asks_for_thick_volumes_is_promised_nothing_twice()
    {
        PoolState pool = Pool(free: 30) with { ThinProvisioningSupport = true, ProvisionedCapacityGiB = 70 };
        Assert.True(new CapacityFilter().Passes(pool, Request(100)).Passes);
        Assert.False(new CapacityFilter().Passes(pool, Request(100, ("provisioning:type", "thick"))).Passes);
    }

    [Fact]
    public void A_free_capacity_without_limit_always_passes()
    {
        Assert.True(new CapacityFilter().Passes(Pool() with { FreeCapacityGiB = PoolCapacity.Infinite }, Request(1_000_000)).Passes);
        Assert.True(new CapacityFilter().Passes(Pool() with { FreeCapacityGiB = PoolCapacity.Unknown }, Request(1_000_000)).Passes);
    }

    [Fact]
    public void A_total_capacity_without_limit_passes_if_nothing_is_reserved()
    {
        PoolState pool = Pool(free: 1) with { TotalCapacityGiB = PoolCapacity.Infinite };
        Assert.True(new CapacityFilter().Passes(pool, Request()).Passes);
        Assert.Equal("total capacity is infinite: 5 % of it can not be reserved", new CapacityFilter().Passes(pool with { ReservedPercentage = 5 }, Request()).Reason);
    }

    [Fact]
    public void A_pool_that_does_not_report_its_free_capacity_fails() =>
        Assert.False(new CapacityFilter().Passes(Pool() with { FreeCapacityGiB = null }, Request(1)).Passes);

    [Fact]
    public void A_volume_of_no_size_needs_no_room() => Assert.True(new CapacityFilter().Passes(Pool(free: 0), Request(0)).Passes);

    [Fact]
    public void A_volume_that_is_there_already_needs_no_room()
    {
        SchedulerRequest request = Request(500) with { Operation = SchedulerOperation.Retype, CurrentPool = "node1@file#pool" };
        Assert.True(new CapacityFilter().Passes(Pool(), request).Passes);
        Assert.False(new CapacityFilter().Passes(Pool("node1@file#other"), request).Passes);
        Assert.False(new CapacityFilter().Passes(Pool(), request with { Operation = SchedulerOperation.Migrate }).Passes);
    }

    [Fact]
    public void An_extension_needs_room_for_the_difference()
    {
        SchedulerRequest request = Request(500) with { Operation = SchedulerOperation.Extend, NewSizeGiB = 520 };
        Assert.True(new CapacityFilter().Passes(Pool(free: 20), request).Passes);
        Assert.Equal("needs 20 GiB, 19 GiB free of 100 GiB", new CapacityFilter().Passes(Pool(free: 19), request).Reason);
    }

    [Fact]
    public void The_reason_has_the_numbers()
    {
        PoolState pool = Pool(free: 12.4) with { ReservedPercentage = 10 };
        Assert.Equal(new PoolVerdict(false, "needs 20 GiB, 12.4 GiB free of 100 GiB after 10 % reserved"), new CapacityFilter().Passes(pool, Request()));
        PoolState thin = pool with { ThinProvisioningSupport = true, MaxOverSubscriptionRatio = 2, ProvisionedCapacityGiB = 170 };
        Assert.Equal("needs 20 GiB, 10 GiB free of 180 GiB to promise (2 times) after 10 % reserved, 170 GiB promised", new CapacityFilter().Passes(thin, Request()).Reason);
        Assert.Equal("would be promised 2.01 times, at most 2 times", new CapacityFilter().Passes(thin, Request(192)).Reason);
        Assert.Equal("the over-subscription ratio is 0.5, less than 1", new CapacityFilter().Passes(thin with { MaxOverSubscriptionRatio = 0.5 }, Request()).Reason);
        Assert.Equal("nothing is left of 100 GiB after 100 % reserved", new CapacityFilter().Passes(thin with { ReservedPercentage = 100 }, Request()).Reason);
    }

    [Theory]
    [InlineData(0.0, 20.0)]
    [InlineData(100.0, 1 + 100.0 / 41)]
    public void An_automatic_ratio_comes_from_what_volumes_really_use(double provisioned, double ratio)
    {
        PoolState pool = Pool(free: 60) with { ThinProvisioningSupport = true, ProvisionedCapacityGiB = provisioned };
        Assert.Equal(ratio, CapacityFactors.OverSubscriptionRatio(null, pool));
        Assert.Equal(1.5, CapacityFactors.OverSubscriptionRatio(1.5, pool));
        Assert.Equal(1, CapacityFactors.OverSubscriptionRatio(null, pool with { ThinProvisioningSupport = false }));
    }

    [Theory]
    [InlineData(0.125, 0.12)]
    [InlineData(0.375, 0.38)]
    [InlineData(2.675, 2.67)]
    [InlineData(-1.005, -1.0)]
    [InlineData(1e300, 1e300)]
    [InlineData(double.Epsilon, 0)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    public void Capacities_are_rounded_as_Python_does(double value, double rounded) => Assert.Equal(rounded, CapacityFactors.Round(value));
}
