using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Tests.Swift;

/// <summary>What a ring tells of itself, and the steps from one state to another and back.</summary>
public sealed class RingStateTests : RingOperationTest
{
    [Fact]
    public void Checks_name_what_waits_and_an_error_only_where_a_ring_can_not_be_used()
    {
        string path = Balanced();
        Assert.Empty(Check(path));
        Assert.True(Test(path));

        Run(host => RemoveSwiftRingDeviceOperation.Run(new RemoveSwiftRingDeviceRequest(path, ById(0)), host));
        Assert.Equal(["devices", "assignments", "ring file", "balance"], Check(path).Select(finding => finding.Check));
        Assert.True(Test(path));

        File.WriteAllText(At("bad.ring.gz"), "no ring");
        Assert.Equal("Error", Assert.Single(Check(At("bad.ring.gz"))).Severity);
        Assert.False(Test(At("bad.ring.gz")));
        Refused(ErrorIds.PathNotFound, () => Run(host => CheckSwiftRingOperation.Test(new CheckSwiftRingRequest(At("none.builder")), host)));
    }

    [Fact]
    public void Fractional_replicas_are_counted_all_or_as_Swift_does()
    {
        // Half of the 64 partitions have three replicas; Swift never looks at the others.
        Assert.Equal([0, 0, 32, 32], Region(compatible: false));
        Assert.Equal([32, 0, 0, 32], Region(compatible: true));

        int[] Region(bool compatible)
        {
            SwiftRingDispersion[] regions = [.. Run(host => MeasureSwiftRingOperation.Run(
                new MeasureSwiftRingRequest(OneRegion()) { Tier = RingTierLevel.Region, Compatible = compatible }, host)).Objects.Cast<SwiftRingDispersion>()];
            return Assert.Single(regions).Count;
        }
    }

    [Fact]
    public void A_failure_leaves_what_the_other_tiers_hold()
    {
        string path = Balanced();
        SwiftRingFailure[] regions = Failures(path, RingTierLevel.Region);
        SwiftRingPartition[] rows = [.. Run(host => GetSwiftRingPartitionOperation.Run(new GetSwiftRingPartitionRequest(path), host)).Objects.Cast<SwiftRingPartition>()];

        Assert.Equal(192, rows.Length);
        foreach (SwiftRingFailure failure in regions)
        {
            long[] expected = new long[4];
            foreach (IGrouping<int, SwiftRingPartition> partition in rows.GroupBy(row => row.Partition))
                expected[partition.Count(row => $"r{row.Region}" != failure.Tier)]++;
            Assert.Equal(expected, failure.PartitionsLeft);
            Assert.Equal((expected[0], expected[1]), (failure.None, failure.One));
        }

        Assert.Equal(8, Failures(path, RingTierLevel.Device).Length);
    }

    [Fact]
    public void Partitions_and_names_out_of_range_are_refused()
    {
        string path = Balanced();
        string empty = Builder("empty.builder", devices: 0);

        Refused(ErrorIds.RingParameterInvalid, () => Run(host => GetSwiftRingPartitionOperation.Run(new GetSwiftRingPartitionRequest(path) { Partitions = [64] }, host)));
        Refused(ErrorIds.RingParameterInvalid, () => Run(host => ResolveSwiftRingPathOperation.Run(new ResolveSwiftRingPathRequest(path) { Partition = -1 }, host)));
        Refused(ErrorIds.RingNotRebalanced, () => Run(host => ResolveSwiftRingPathOperation.Run(new ResolveSwiftRingPathRequest(empty) { Partition = 1 }, host)));
        Refused(ErrorIds.ParameterInvalid, () => Run(host => ResolveSwiftRingPathOperation.Run(
            new ResolveSwiftRingPathRequest(path) { Account = "a", Object = "o", HashSuffix = "x" }, host)));
    }

    [Fact]
    public void The_folder_of_a_partition_follows_the_name_of_the_ring()
    {
        Balanced();
        foreach ((string name, string folder) in new[] { ("account", "accounts"), ("container", "containers"), ("object", "objects"), ("object-0", "objects"), ("object-12", "objects-12") })
        {
            if (name != "object")
                File.Copy(At("object.ring.gz"), At($"{name}.ring.gz"));
            MemoryHost host = Run(host => ResolveSwiftRingPathOperation.Run(new ResolveSwiftRingPathRequest(At($"{name}.ring.gz")) { Partition = 5, Handoff = 0 }, host));
            Assert.All(host.Objects.Cast<SwiftRingLocation>(), place => Assert.Equal($"/srv/node/{place.Device}/{folder}/5", place.DiskPath));
        }
    }

    [Fact]
    public void A_part_power_grows_in_three_steps_and_moves_nothing()
    {
        string path = Balanced();
        RingData before = RingStore.ReadRing(At("object.ring.gz"));

        Refused(ErrorIds.RingPartPowerState, () => Step(path, PartPowerStep.Increase));
        Refused(ErrorIds.RingPartPowerState, () => Step(path, PartPowerStep.Finish));
        Assert.Equal((6, 7), Step(path, PartPowerStep.Prepare));
        Refused(ErrorIds.RingPartPowerState, () => Step(path, PartPowerStep.Prepare));
        Refused(ErrorIds.RingPartPowerState, () => Rebalance(path, "9"));
        Assert.Equal((7, 7), Step(path, PartPowerStep.Increase));
        Refused(ErrorIds.RingPartPowerState, () => Step(path, PartPowerStep.Cancel));
        Assert.Equal((7, null), Step(path, PartPowerStep.Finish));

        RingData after = RingStore.ReadRing(At("object.ring.gz"));
        for (int partition = 0; partition < 128; partition++)
            Assert.Equal(before.Assignments[0, new RingPartition(partition / 2)], after.Assignments[0, new RingPartition(partition)]);
        Assert.True(Test(path));
    }

    [Fact]
    public void A_part_power_increase_can_be_cancelled_and_a_No_changes_nothing()
    {
        string path = Balanced();
        RunWithNo(host => PartPowerOperation.Run(new PartPowerRequest(path, PartPowerStep.Prepare), host));
        Step(path, PartPowerStep.Prepare);

        Assert.Equal((6, 6), Step(path, PartPowerStep.Cancel));
        Assert.Equal((6, null), Step(path, PartPowerStep.Finish));
    }

    [Fact]
    public void Only_rings_of_objects_are_increased()
    {
        string path = Builder("container.builder");
        Rebalance(path);

        Refused(ErrorIds.RingPartPowerState, () => Step(path, PartPowerStep.Prepare));
    }

    [Fact]
    public void A_backup_brings_builder_and_ring_back_and_can_be_undone()
    {
        string path = Balanced();
        File.Move(Assert.Single(History(path), backup => backup.Version == 9 && backup.Kind == "Builder").Path, At("backups/1000000000.object.builder"));
        foreach (SwiftRingBackup backup in History(path).Where(backup => backup.Version != 9 || backup.Kind == "Ring"))
            File.Delete(backup.Path);
        Run(host => RemoveSwiftRingDeviceOperation.Run(new RemoveSwiftRingDeviceRequest(path, ById(0)), host));
        Rebalance(path, "8");

        RunWithNo(host => RestoreSwiftRingOperation.Run(new RestoreSwiftRingRequest(path, null), host));
        SwiftRing ring = Restore(path, null);

        Assert.Equal((9, 8, "up-to-date"), (ring.Version, ring.Devices, ring.RingState));
        Assert.Equal(1000000000, History(path)[0].Time.ToUnixTimeSeconds());
        Refused(ErrorIds.RingFileNotSupported, () => Restore(path, At("object.ring.gz")));
        File.Delete(path);
        Assert.Equal("Builder", Restore(path, null).Kind);
    }

    private string Balanced()
    {
        string path = Builder();
        Rebalance(path);
        return path;
    }

    /// <summary>A ring of one region, in which every partition shows with all its replicas.</summary>
    private string OneRegion()
    {
        string path = At("one.builder");
        if (File.Exists(path))
            return path;
        NewSwiftRingOperation.Run(new NewSwiftRingRequest(path, 6, 2.5, 1), Host());
        AddSwiftRingDeviceOperation.Run(new AddSwiftRingDeviceRequest(path, [.. Enumerable.Range(0, 6).Select(number => Spec(number) with { Region = 1 })]), Host());
        Rebalance(path);
        return path;
    }

    private SwiftRingCheck[] Check(string path) => [.. Run(host => CheckSwiftRingOperation.List(new CheckSwiftRingRequest(path), host)).Objects.Cast<SwiftRingCheck>()];

    private bool Test(string path) => (bool)Assert.Single(Run(host => CheckSwiftRingOperation.Test(new CheckSwiftRingRequest(path), host)).Objects);

    private SwiftRingFailure[] Failures(string path, RingTierLevel tier) =>
        [.. Run(host => MeasureSwiftRingFailureOperation.Run(new MeasureSwiftRingFailureRequest(path, tier), host)).Objects.Cast<SwiftRingFailure>()];

    private SwiftRingBackup[] History(string path) =>
        [.. Run(host => GetSwiftRingHistoryOperation.Run(new GetSwiftRingHistoryRequest(path), host)).Objects.Cast<SwiftRingBackup>()];

    private SwiftRing Restore(string path, string? backup) =>
        (SwiftRing)Assert.Single(Run(host => RestoreSwiftRingOperation.Run(new RestoreSwiftRingRequest(path, backup), host)).Objects);

    private (int Power, int? Next) Step(string path, PartPowerStep step)
    {
        SwiftRing ring = (SwiftRing)Assert.Single(Run(host => PartPowerOperation.Run(new PartPowerRequest(path, step), host)).Objects);
        return (ring.PartPower, ring.NextPartPower);
    }
}
