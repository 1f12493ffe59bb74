using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.Swift;

public sealed class RebalanceTests : RingOperationTest
{
    [Fact]
    public void It_writes_builder_ring_and_backups()
    {
        string path = Builder();

        SwiftRebalanceResult result = Rebalance(path);

        Assert.True(result.Saved);
        Assert.Equal((At("object.ring.gz"), 192, 300.0), (result.RingPath, result.PartitionsMoved, result.PercentMoved));
        Assert.Equal(["backups/N.object.builder", "backups/N.object.ring.gz", "object.builder", "object.ring.gz"], Names());
        Assert.Equal("up-to-date", Get(path).RingState);
        Assert.Equal(("Ring", 6, 3.0, 8), (Get(At("object.ring.gz")).Kind, Get(At("object.ring.gz")).PartPower, Get(At("object.ring.gz")).Replica, Get(At("object.ring.gz")).Devices));
        Assert.Equal(192, Devices(path).Sum(device => device.Partitions));
    }

    [Fact]
    public void A_rebalance_that_changes_nothing_is_not_saved_without_Force()
    {
        string path = Builder();
        Rebalance(path);
        byte[] before = File.ReadAllBytes(path);

        MemoryHost host = Run(host => InvokeSwiftRebalanceOperation.Run(new InvokeSwiftRebalanceRequest(path) { Seed = "8" }, host));

        Assert.False(((SwiftRebalanceResult)Assert.Single(host.Objects)).Saved);
        Assert.Contains("-Force", Assert.Single(host.Warnings), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.True(((SwiftRebalanceResult)Assert.Single(Run(
            host => InvokeSwiftRebalanceOperation.Run(new InvokeSwiftRebalanceRequest(path) { Force = true }, host)).Objects)).Saved);
    }

    [Fact]
    public void The_ring_is_left_out_on_demand()
    {
        string path = Builder();

        MemoryHost host = Run(host => InvokeSwiftRebalanceOperation.Run(new InvokeSwiftRebalanceRequest(path) { Seed = "1", NoRing = true }, host));

        Assert.Null(((SwiftRebalanceResult)Assert.Single(host.Objects)).RingPath);
        Assert.False(File.Exists(At("object.ring.gz")));
    }

    [Fact]
    public void Too_few_devices_are_refused_by_name()
    {
        string path = Builder(devices: 2);
        byte[] before = File.ReadAllBytes(path);

        Refused(ErrorIds.RingDevicesTooFew, () => Rebalance(path));
        Refused(ErrorIds.RingEmpty, () => Rebalance(Builder("empty.builder", devices: 0)));

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_ring_file_is_no_builder()
    {
        string path = Builder();
        Rebalance(path);

        Refused(ErrorIds.RingFileNotSupported, () => Rebalance(At("object.ring.gz")));
    }
}
