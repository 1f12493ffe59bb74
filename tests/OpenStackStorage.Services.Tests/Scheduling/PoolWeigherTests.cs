using static OpenStackStorage.Services.Tests.Scheduling.SchedulerSamples;

namespace OpenStackStorage.Services.Tests.Scheduling;

public sealed class PoolWeigherTests
{
    private static readonly PoolState[] _pools = [Pool("n@a#p", 100), Pool("n@b#p", 300), Pool("n@c#p", 200)];

    /// <summary>Figures of Cinder's tests/unit/scheduler/test_weights.py.</summary>
    [Theory]
    [InlineData(new double[] { }, new double[] { })]
    [InlineData(new double[] { 1, 6 }, new double[] { 0, 1 })]
    [InlineData(new double[] { 0, 0, 1, 3 }, new double[] { 0, 0, 1 / 3.0, 1 })]
    [InlineData(new double[] { 1, 3, 2 }, new double[] { 0, 1, 0.5 })]
    [InlineData(new double[] { 7, 7 }, new double[] { 0, 0 })]
    public void Weights_are_normalised_between_the_least_and_the_largest(double[] raw, double[] normalized) =>
        Assert.Equal(normalized, VolumeScheduler.Normalize(raw));

    [Theory]
    [InlineData(1.0, "b c a")]
    [InlineData(-1.0, "a c b")]
    public void A_multiplier_below_zero_stacks(double multiplier, string order)
    {
        SchedulerDecision decision = Choose(new SchedulerOptions { CapacityWeightMultiplier = multiplier }, Request(), _pools);
        Assert.Equal(order, string.Join(' ', decision.Candidates.Select(pool => pool.Backend)));
    }

    [Fact]
    public void Unknown_capacities_come_last_either_way()
    {
        PoolState[] pools = [Pool("n@u#p") with { FreeCapacityGiB = PoolCapacity.Unknown }, .. _pools, Pool("n@i#p") with { TotalCapacityGiB = PoolCapacity.Infinite }];
        Assert.Equal([-1, 100, 300, 200, -1], new CapacityWeigher(1).Weigh(pools, Request(), new Random(1)).Select(weight => weight.Value));
        // The span of the known ones, 100 times, beyond the largest.
        Assert.Equal([20_300, 100, 300, 200, 20_300], new CapacityWeigher(-1).Weigh(pools, Request(), new Random(1)).Select(weight => weight.Value));
        Assert.Equal([10_100, 100], new CapacityWeigher(-1).Weigh(pools[..2], Request(), new Random(1)).Select(weight => weight.Value));
    }

    [Fact]
    public void Pools_that_are_all_unknown_weigh_the_same()
    {
        PoolState pool = Pool() with { FreeCapacityGiB = PoolCapacity.Infinite };
        SchedulerDecision decision = Choose(new SchedulerOptions { CapacityWeightMultiplier = -1 }, Request(), pool, pool with { Name = "n@b#p" });
        Assert.Equal([0, 0], decision.Pools.Select(report => report.Weight!.Value));
        Assert.Equal(pool, decision.Chosen);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("30", 30)]
    [InlineData("1 == 1", 100)]
    [InlineData("1 == 2", 0)]
    [InlineData("101", 0)]
    [InlineData("-1", 0)]
    [InlineData("nan", 0)]
    [InlineData("\"good\"", 0)]
    [InlineData("1, 2", 0)]
    [InlineData("volume.nothing", 0)]
    [InlineData("1 +", 0)]
    [InlineData("stats.storage_protocol == \"nfs\" ? 70 : 20", 70)]
    public void Goodness_is_between_0_and_100(string? function, double goodness)
    {
        PoolState pool = Pool() with { GoodnessFunction = function, Capabilities = new Dictionary<string, object?> { ["storage_protocol"] = "NFS" } };
        RawWeight weight = Assert.Single(new GoodnessWeigher().Weigh([pool], Request(), new Random(1)));
        Assert.Equal(goodness, weight.Value);
        Assert.True(goodness > 0 || weight.Note is not null);
    }

    [Fact]
    public void Chance_is_the_callers()
    {
        SchedulerOptions options = new() { Weighers = ["Chance"] };
        SchedulerDecision Draw(int seed) => new VolumeScheduler(options).Choose(_pools, Request(), new Random(seed));
        Assert.Equal(Draw(5).Candidates, Draw(5).Candidates);
        Assert.True(Enumerable.Range(0, 50).Select(seed => Draw(seed).Chosen).Distinct().Count() == 3);
    }

    [Fact]
    public void A_draw_gives_each_pool_the_chance_of_its_weight()
    {
        SchedulerOptions options = new() { WeightHandler = WeightHandler.Stochastic };
        // 100, 300 and 200 GiB free, of 600: the bounds are a sixth, two thirds, one.
        foreach ((double drawn, string order) in new[] { (0.0, "a b c"), (0.16, "a b c"), (0.17, "b c a"), (0.66, "b c a"), (0.67, "c a b"), (0.999, "c a b") })
        {
            SchedulerDecision decision = new VolumeScheduler(options).Choose(_pools, Request(), new FixedRandom(drawn));
            Assert.Equal(order, string.Join(' ', decision.Candidates.Select(pool => pool.Backend)));
            Assert.Equal(600, decision.Pools.Sum(report => report.Weight));
        }

        Assert.Null(Choose(options, Request()).Chosen);
    }

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
