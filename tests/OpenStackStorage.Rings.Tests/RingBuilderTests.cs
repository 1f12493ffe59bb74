namespace OpenStackStorage.Rings.Tests;

public class RingBuilderTests
{
    [Theory]
    [InlineData(33, 3, 1, "RingParameterInvalid")]
    [InlineData(-1, 3, 1, "RingParameterInvalid")]
    [InlineData(32, 3, 1, "RingTooLarge")]
    [InlineData(8, 0.9, 1, "RingParameterInvalid")]
    [InlineData(8, double.NaN, 1, "RingParameterInvalid")]
    [InlineData(8, double.PositiveInfinity, 1, "RingParameterInvalid")]
    [InlineData(8, 3, -1, "RingParameterInvalid")]
    public void A_ring_of_impossible_numbers_is_refused(int partPower, double replicas, int hours, string id) =>
        Assert.Equal(id, Assert.Throws<RingException>(() => new RingBuilder(partPower, replicas, hours)).Id.Name);

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_weight_that_is_no_amount_is_refused(double weight)
    {
        RingBuilder builder = Create();
        int version = builder.Version;
        Assert.Equal(ErrorIds.RingParameterInvalid, Assert.Throws<RingException>(() => builder.SetWeight(new(0), weight)).Id);
        Assert.Equal(ErrorIds.RingParameterInvalid, Assert.Throws<RingException>(() => Add(builder, "new", weight)).Id);
        Assert.Equal(version, builder.Version);
    }

    [Fact]
    public void The_same_address_port_and_name_are_refused_twice()
    {
        RingBuilder builder = Create();
        Assert.Equal(ErrorIds.RingDeviceDuplicate, Assert.Throws<RingException>(() => Add(builder, "d0")).Id);
        Assert.Equal(ErrorIds.RingDeviceDuplicate, Assert.Throws<RingException>(() => builder.SetInfo(new(1), device: "d0")).Id);
        builder.SetInfo(new(0), device: "other");
        Assert.Equal(6, Add(builder, "d0").Id.Value);
    }

    [Fact]
    public void A_new_device_takes_the_first_hole_and_the_end_is_trimmed()
    {
        RingBuilder builder = Create();
        builder.Rebalance();
        builder.RemoveDevice(new(1));
        builder.RemoveDevice(new(5));
        Assert.Equal(2, builder.Rebalance().RemovedDevices);
        Assert.Equal(5, builder.Devices.Count);
        Assert.Null(builder.Devices[1]);
        Assert.Equal([1, 5, 6], new[] { "a", "b", "c" }.Select(name => Add(builder, name).Id.Value));
    }

    [Fact]
    public void A_removed_device_can_not_be_changed_and_unknown_ones_are_named()
    {
        RingBuilder builder = Create();
        builder.RemoveDevice(new(1));
        Assert.Equal(ErrorIds.RingDeviceRemoved, Assert.Throws<RingException>(() => builder.SetWeight(new(1), 3)).Id);
        Assert.Equal(ErrorIds.RingDeviceRemoved, Assert.Throws<RingException>(() => builder.RemoveDevice(new(1))).Id);
        Assert.Equal(ErrorIds.RingDeviceNotFound, Assert.Throws<RingException>(() => builder.SetZone(new(99), 3)).Id);
    }

    [Fact]
    public void Empty_rings_and_too_few_devices_are_refused_by_name()
    {
        RingBuilder empty = new(4, 3, 1);
        Assert.Equal(ErrorIds.RingEmpty, Assert.Throws<RingException>(() => empty.Rebalance()).Id);
        Add(empty, "a");
        Add(empty, "b");
        Assert.Equal(ErrorIds.RingDevicesTooFew, Assert.Throws<RingException>(() => empty.Rebalance()).Id);
        Assert.Equal(ErrorIds.RingNotRebalanced, Assert.Throws<RingException>(() => empty.Validate()).Id);
    }

    [Fact]
    public void A_cancelled_rebalance_leaves_the_builder_as_it_was()
    {
        RingBuilder builder = Create(partPower: 16);
        builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromText("1") });
        builder.SetWeight(new(0), 400);
        builder.RemoveDevice(new(2));
        builder.PretendMinPartHoursPassed();
        RingAssignments table = builder.Assignments!;
        (int version, int start, byte[] moves, int parts) = (builder.Version, builder.LastPartGatherStart, builder.LastPartMoves, builder.Devices[0]!.Parts);
        byte[] movesBefore = [.. moves];
        string digest = DifferentialTests.Digest(table);
        WorkProgress progress = new();
        using CancellationTokenSource stop = new();
        using Timer timer = new(_ =>
        {
            if (progress.Done > 0)
                stop.Cancel();
        }, null, 0, 1);
        stop.CancelAfter(TimeSpan.FromMilliseconds(1));
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            for (int i = 0; i < 1000; i++)
                Clone(builder).Rebalance(null, progress, stop.Token);
            builder.Rebalance(null, progress, stop.Token);
        });
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => builder.Rebalance(null, progress, stop.Token));
        Assert.Same(table, builder.Assignments);
        Assert.Equal(digest, DifferentialTests.Digest(table));
        Assert.Equal((version, start, parts), (builder.Version, builder.LastPartGatherStart, builder.Devices[0]!.Parts));
        Assert.Equal(movesBefore, builder.LastPartMoves);
        Assert.Single(builder.RemovedDevices);
        Assert.Equal(1, builder.Rebalance().RemovedDevices);
        builder.Validate();
    }

    [Fact]
    public void Fractional_replicas_are_counted_rightly_unless_Swifts_numbers_are_wanted()
    {
        RebalanceResult[] results = [.. new[] { false, true }.Select(compatible =>
        {
            RingBuilder builder = Create(partPower: 9, replicas: 2.5);
            RebalanceResult result = builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromText("7"), Compatible = compatible });
            int[] region = builder.DispersionGraph[0].Value;
            Assert.Equal(compatible ? [256, 0, 0, 256] : [0, 0, 256, 256], region);
            return result;
        })];
        Assert.Equal([1280L, 768L], results.Select(result => result.PartsMoved));
        Assert.Equal([250.0, 150.0], results.Select(result => result.PercentMoved));
    }

    [Fact]
    public void What_moved_recently_stays_until_its_hours_have_passed()
    {
        RingBuilder builder = Create(partPower: 8);
        FixedClock clock = new();
        builder.Rebalance(new RebalanceOptions { Clock = clock });
        builder.SetWeight(new(0), 500);
        clock.Now += TimeSpan.FromMinutes(59);
        Assert.Equal(60, builder.MinPartSecondsLeft(clock));
        RebalanceResult early = builder.Rebalance(new RebalanceOptions { Clock = clock });
        Assert.True(early.IsUnchanged);
        Assert.False(early.IsSettled);
        clock.Now += TimeSpan.FromMinutes(1);
        Assert.True(builder.Rebalance(new RebalanceOptions { Clock = clock }).PartsMoved > 0);
    }

    [Fact]
    public void A_second_rebalance_without_changes_is_too_small_to_save()
    {
        RingBuilder builder = Create(partPower: 8);
        Assert.False(builder.Rebalance().IsTooSmall);
        builder.PretendMinPartHoursPassed();
        RebalanceResult again = builder.Rebalance();
        Assert.True(again.IsTooSmall);
        Assert.True(again.IsUnchanged);
    }

    [Fact]
    public void Ids_above_65534_make_the_table_wide_and_back_when_they_go()
    {
        RingBuilder builder = Create(partPower: 6);
        builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromText("1") });
        Assert.Equal(2, builder.DeviceIdBytes);
        builder.AddDevice(new RingDeviceSpec { Zone = 1, Ip = "10.0.0.9", Port = 1, Device = "far", Weight = 100, Id = new(65535) });
        Assert.Equal(4, builder.DeviceIdBytes);
        builder.PretendMinPartHoursPassed();
        builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromText("2") });
        Assert.True(builder.Devices[65535]!.Parts > 0);
        builder.Validate();
        builder.RemoveDevice(new(65535));
        builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromText("3") });
        Assert.Equal((2, 6), (builder.DeviceIdBytes, builder.Devices.Count));
        builder.Validate();
    }

    [Fact]
    public void Assignments_to_devices_that_are_not_there_are_found()
    {
        RingBuilder builder = Create(partPower: 4);
        builder.Rebalance();
        builder.Assignments!.Narrow![1][3] = 77;
        RingException error = Assert.Throws<RingException>(() => builder.Rebalance());
        Assert.Equal(ErrorIds.RingInconsistent, error.Id);
        Assert.Contains("partition 3", error.Message, StringComparison.Ordinal);
        builder.Assignments.Narrow[1][3] = builder.Assignments.Narrow[0][3];
        Assert.Equal(ErrorIds.RingInconsistent, Assert.Throws<RingException>(() => builder.Validate()).Id);
    }

    [Fact]
    public void Steps_of_a_part_power_increase_are_taken_in_order()
    {
        RingBuilder builder = Create(partPower: 4);
        builder.Rebalance();
        Assert.Equal(ErrorIds.RingPartPowerState, Assert.Throws<RingException>(() => builder.IncreasePartPower()).Id);
        Assert.Equal(ErrorIds.RingPartPowerState, Assert.Throws<RingException>(builder.FinishPartPowerIncrease).Id);
        builder.PreparePartPowerIncrease();
        Assert.Equal(ErrorIds.RingPartPowerState, Assert.Throws<RingException>(() => builder.Rebalance()).Id);
        Assert.Equal(ErrorIds.RingPartPowerState, Assert.Throws<RingException>(() => Add(builder, "x")).Id);
        builder.CancelPartPowerIncrease();
        builder.FinishPartPowerIncrease();
        Assert.Equal((4, (int?)null), (builder.PartPower, builder.NextPartPower));
    }

    internal static RingBuilder Create(int partPower = 5, double replicas = 3)
    {
        RingBuilder builder = new(partPower, replicas, minPartHours: 1);
        for (int i = 0; i < 6; i++)
            Add(builder, $"d{i}");
        return builder;
    }

    internal static RingDevice Add(RingBuilder builder, string name, double weight = 100) =>
        builder.AddDevice(new RingDeviceSpec { Zone = 1, Ip = "10.0.0.1", Port = 6200, Device = name, Weight = weight });

    private static RingBuilder Clone(RingBuilder builder)
    {
        RingBuilder clone = new(builder.PartPower, builder.Replicas, builder.MinPartHours);
        foreach (RingDevice? device in builder.Devices)
            Add(clone, device!.Device, device.Weight);
        return clone;
    }

    private sealed class FixedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
