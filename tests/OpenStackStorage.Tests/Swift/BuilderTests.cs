using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Tests.Swift;

public sealed class BuilderTests : RingOperationTest
{
    [Fact]
    public void A_new_builder_is_empty_and_has_a_backup()
    {
        MemoryHost host = Run(host => NewSwiftRingOperation.Run(new NewSwiftRingRequest("object.builder", 10, 2.5, 24), host));

        SwiftRing ring = (SwiftRing)Assert.Single(host.Objects);
        Assert.Equal(("Builder", 10, 2.5, 24, 0), (ring.Kind, ring.PartPower, ring.Replica, ring.MinPartHours, ring.Devices));
        Assert.Equal("not found", ring.RingState);
        Assert.Null(ring.Balance);
        Assert.Equal(["backups/N.object.builder", "object.builder"], Names());
    }

    [Fact]
    public void An_existing_builder_is_kept_without_Force()
    {
        string path = Builder();
        byte[] before = File.ReadAllBytes(path);

        Refused(ErrorIds.DestinationExists, () => NewSwiftRingOperation.Run(new NewSwiftRingRequest("object.builder", 4, 1, 1), Host()));

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(33, 3.0, 1)]
    [InlineData(-1, 3.0, 1)]
    [InlineData(10, 0.5, 1)]
    [InlineData(10, double.NaN, 1)]
    [InlineData(10, 3.0, -1)]
    public void Numbers_out_of_range_are_refused(int partPower, double replicas, int hours)
    {
        Refused(ErrorIds.RingParameterInvalid, () => NewSwiftRingOperation.Run(new NewSwiftRingRequest("x.builder", partPower, replicas, hours), Host()));

        Assert.Empty(Names());
    }

    [Fact]
    public void A_no_changes_nothing()
    {
        string path = Builder();
        Rebalance(path);

        RunWithNo(host => NewSwiftRingOperation.Run(new NewSwiftRingRequest("new.builder", 4, 1, 1), host));
        RunWithNo(host => SetSwiftRingOperation.Run(new SetSwiftRingRequest(path) { Replica = 2, ResetMinPartHours = true }, host));
        RunWithNo(host => AddSwiftRingDeviceOperation.Run(new AddSwiftRingDeviceRequest(path, [Spec(20)]), host));
        RunWithNo(host => SetSwiftRingDeviceOperation.Run(new SetSwiftRingDeviceRequest(path, ById(1)) { Weight = 5 }, host));
        RunWithNo(host => RemoveSwiftRingDeviceOperation.Run(new RemoveSwiftRingDeviceRequest(path, ById(1)), host));
        RunWithNo(host => InvokeSwiftRebalanceOperation.Run(new InvokeSwiftRebalanceRequest(path), host));
    }

    [Fact]
    public void Numbers_of_a_ring_are_changed()
    {
        string path = Builder();

        MemoryHost host = Run(host => SetSwiftRingOperation.Run(
            new SetSwiftRingRequest(path) { Replica = 2.5, Overload = 0.1, MinPartHours = 48, PassThru = true }, host));

        SwiftRing ring = (SwiftRing)Assert.Single(host.Objects);
        Assert.Equal((2.5, 0.1, 48), (ring.Replica, ring.Overload, ring.MinPartHours));
        Assert.Equal(["Set replicas to 2.5", "Set overload to 0.1 (10 %)", "Set the hours between moves to 48"], host.Questions.Select(question => question.Action));
        Assert.Contains("10 %", Assert.Single(Run(host => SetSwiftRingOperation.Run(new SetSwiftRingRequest(path) { Overload = 10 }, host)).Warnings), StringComparison.Ordinal);
        Refused(ErrorIds.ParameterInvalid, () => SetSwiftRingOperation.Run(new SetSwiftRingRequest(path), Host()));
    }

    [Fact]
    public void One_bad_device_keeps_no_other_out()
    {
        string path = Builder();

        MemoryHost host = Run(host => AddSwiftRingDeviceOperation.Run(
            new AddSwiftRingDeviceRequest(path, [Spec(10), Spec(0), Spec(11) with { Weight = double.NaN }, Spec(12)]), host));

        Assert.Equal([8, 9], host.Objects.Cast<SwiftRingDevice>().Select(device => device.Id));
        Assert.Equal([ErrorIds.RingDeviceDuplicate, ErrorIds.RingParameterInvalid], host.Errors.Select(error => error.Id));
        Assert.Equal(10, Get(path).Devices);
    }

    [Fact]
    public void Devices_are_chosen_by_id_search_and_place()
    {
        string path = Builder();

        Assert.Equal([3], Devices(path, new RingDeviceFilter { Ids = [3] }).Select(device => device.Id));
        Assert.Equal([1, 5, 3, 7], Devices(path, new RingDeviceFilter { Region = 2 }).Select(device => device.Id));
        Assert.Equal([1, 5], Devices(path, new RingDeviceFilter { Search = "r2z1" }).Select(device => device.Id));
        Assert.Equal([0, 4], Devices(path, new RingDeviceFilter { Ip = "10.0.0.1" }).Select(device => device.Id));
        Assert.Equal([2], Devices(path, new RingDeviceFilter { Device = "sdc" }).Select(device => device.Id));
        Refused(ErrorIds.RingDeviceNotFound, () => Devices(path, new RingDeviceFilter { Ids = [99] }));
    }

    [Fact]
    public void A_device_is_changed_and_removed()
    {
        string path = Builder();
        Rebalance(path);

        SwiftRingDevice changed = (SwiftRingDevice)Assert.Single(Run(host => SetSwiftRingDeviceOperation.Run(
            new SetSwiftRingDeviceRequest(path, ById(2)) { Weight = 50, NewZone = 9, NewIp = "10.9.9.9", NewMeta = "new", PassThru = true }, host)).Objects);
        SwiftRingDevice removed = (SwiftRingDevice)Assert.Single(Run(host => RemoveSwiftRingDeviceOperation.Run(
            new RemoveSwiftRingDeviceRequest(path, [new RingDeviceFilter { Search = "/sdh" }], PassThru: true), host)).Objects);

        Assert.Equal((50.0, 9, "10.9.9.9", "new"), (changed.Weight, changed.Zone, changed.Ip, changed.Meta));
        Assert.Equal((7, 0.0, "DEL"), (removed.Id, removed.Weight, removed.Flags));
        Assert.Equal("obsolete", Get(path).RingState);
        Assert.Equal(ErrorIds.RingDeviceRemoved, Assert.Single(Run(host => SetSwiftRingDeviceOperation.Run(
            new SetSwiftRingDeviceRequest(path, ById(7)) { Weight = 1 }, host)).Errors).Id);
        Assert.Equal(1, Rebalance(path).RemovedDevices);
        Assert.Equal(7, Get(path).Devices);
    }
}
