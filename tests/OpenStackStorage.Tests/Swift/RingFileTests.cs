using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Tests.Swift;

/// <summary>Files made of rings, and rings made of files.</summary>
public sealed class RingFileTests : RingOperationTest
{
    [Theory]
    [InlineData(1, null, 2)]
    [InlineData(2, null, 2)]
    [InlineData(2, 4, 4)]
    public void A_ring_is_exported_and_imported_again(int version, int? bytes, int expected)
    {
        string path = Balanced();

        Export(path, new ExportSwiftRingRequest(path, SwiftRingExport.Ring) { DestinationPath = "x.ring.gz", FormatVersion = version, DeviceIdBytes = bytes });
        MemoryHost host = Run(host => ImportSwiftRingOperation.Run(new ImportSwiftRingRequest(At("x.ring.gz"), "x.builder", 5), host));

        Assert.Equal(expected, Get(At("x.ring.gz")).DeviceIdBytes);
        Assert.Equal((5, 8), (((SwiftRing)Assert.Single(host.Objects)).MinPartHours, Get(At("x.builder")).Devices));
        Assert.Empty(Compare(path, At("x.builder")));
        Assert.Equal(Devices(path).Select(device => device.Partitions), Devices(At("x.ring.gz")).Select(device => device.Partitions));
    }

    [Fact]
    public void A_text_has_the_numbers_of_builder_and_ring_alike()
    {
        string path = Balanced();
        Export(path, new ExportSwiftRingRequest(path, SwiftRingExport.Text) { DestinationPath = "a.txt" });
        Export(path, new ExportSwiftRingRequest(At("object.ring.gz"), SwiftRingExport.Text) { DestinationPath = "b.txt" });

        string[] lines = File.ReadAllLines(At("a.txt"));
        Assert.Equal(["partitions: 64", "replicas: 3", "version: 9", "min part hours: 1", "overload: 0"], lines[..5]);
        Assert.Equal("d0r1z1-10.0.0.1:6200R10.0.0.1:6200/sda_\"\" weight 100.00 partitions 24", lines[5]);
        Assert.Equal(lines[5..], File.ReadAllLines(At("b.txt"))[3..]);
    }

    [Fact]
    public void An_inventory_quotes_what_needs_it()
    {
        string path = Builder(devices: 1);
        Run(host => SetSwiftRingDeviceOperation.Run(new SetSwiftRingDeviceRequest(path, ById(0)) { NewMeta = "rack \"4\", left" }, host));

        Export(path, new ExportSwiftRingRequest(path, SwiftRingExport.Inventory));

        Assert.Equal(
            ["Region,Zone,Ip,Port,ReplicationIp,ReplicationPort,Device,Weight,Meta", "1,1,10.0.0.1,6200,10.0.0.1,6200,sda,100,\"rack \"\"4\"\", left\""],
            File.ReadAllLines(At("object.csv")));
    }

    [Fact]
    public void What_can_not_be_exported_is_refused_and_leaves_nothing()
    {
        string path = Balanced();
        string empty = Builder("empty.builder", devices: 0);
        string[] before = Names();

        Refused(ErrorIds.RingFileNotSupported, () => Export(path, new ExportSwiftRingRequest(path, SwiftRingExport.Ring) { DestinationPath = "x.ring.gz", DeviceIdBytes = 4 }));
        Refused(ErrorIds.RingNotRebalanced, () => Export(empty, new ExportSwiftRingRequest(empty, SwiftRingExport.Ring)));
        Refused(ErrorIds.DestinationExists, () => Export(path, new ExportSwiftRingRequest(path, SwiftRingExport.Ring) { DestinationPath = "object.ring.gz" }));
        Refused(ErrorIds.DestinationExists, () => Run(host => ImportSwiftRingOperation.Run(new ImportSwiftRingRequest(At("object.ring.gz"), "object.builder", 1), host)));

        Assert.Equal(before, Names());
    }

    [Fact]
    public void A_comparison_counts_what_each_tier_gains_and_loses()
    {
        string path = Balanced();
        File.Copy(path, At("trial.builder"));
        Run(host => RemoveSwiftRingDeviceOperation.Run(new RemoveSwiftRingDeviceRequest(At("trial.builder"), ById(7)), host));
        Rebalance(At("trial.builder"), "8");

        SwiftRingDifference[] all = Compare(path, At("trial.builder"));
        SwiftRingDifference gone = Assert.Single(all, row => row.Tier.EndsWith("/sdh", StringComparison.Ordinal));

        Assert.Equal((24L, 0L, 24L, 0L), (gone.Before, gone.Gained, gone.Lost, gone.After));
        Assert.All(all, row => Assert.Equal(row.After, row.Before + row.Gained - row.Lost));
        foreach (IGrouping<string, SwiftRingDifference> level in all.GroupBy(row => row.Level))
            Assert.Equal(level.Sum(row => row.Lost), level.Sum(row => row.Gained));
    }

    [Fact]
    public void Builders_of_regions_of_their_own_are_joined()
    {
        string[] paths = [Region(1), Region(2)];

        SwiftRing ring = (SwiftRing)Assert.Single(Join(paths, "both.ring.gz").Objects);

        Assert.Equal((4.0, 8, 2), (ring.Replica, ring.Devices, ring.Regions));
        RingData joined = RingStore.ReadRing(At("both.ring.gz"));
        Assert.Null(joined.Version);
        for (int row = 0; row < 4; row++)
            Assert.Equal(1 + (row / 2), joined.Devices[joined.Assignments[row, new RingPartition(3)]!.Value.Value]!.Region);
        RunWithNo(host => JoinSwiftRingOperation.Run(new JoinSwiftRingRequest(paths, "no.ring.gz"), host));
    }

    [Fact]
    public void Builders_that_do_not_fit_are_not_joined()
    {
        string one = Region(1);
        string two = Region(2);
        string[] before = Names();

        Refused(ErrorIds.RingCompositeInvalid, () => Join([one], "x.ring.gz"));
        Refused(ErrorIds.RingCompositeInvalid, () => Join([one, one], "x.ring.gz"));
        Refused(ErrorIds.RingFileNotSupported, () => Join([one, At("r2.ring.gz")], "x.ring.gz"));
        Refused(ErrorIds.DestinationExists, () => Join([one, two], "r1.ring.gz"));
        Run(host => SetSwiftRingDeviceOperation.Run(new SetSwiftRingDeviceRequest(two, ById(0)) { Weight = 5 }, host));
        Assert.Contains("1", Refused(ErrorIds.RingCompositeInvalid, () => Join([one, two], "x.ring.gz")).Message, StringComparison.Ordinal);

        Assert.Equal(before, Names());
    }

    [Fact]
    public void A_ring_file_with_an_id_that_no_device_has_is_an_error_not_a_crash()
    {
        string path = Balanced();
        RingData ring = RingStore.ReadRing(At("object.ring.gz"));
        RingStore.WriteRing(At("bad.ring.gz"), new RingData { Devices = [.. ring.Devices.Take(4)], Assignments = ring.Assignments, PartPower = 6, Version = 1 });

        Assert.Equal("Error", ((SwiftRingCheck)Assert.Single(Run(host => CheckSwiftRingOperation.List(new CheckSwiftRingRequest(At("bad.ring.gz")), host)).Objects)).Severity);
        foreach (Action<MemoryHost> operation in new Action<MemoryHost>[]
        {
            host => GetSwiftRingDeviceOperation.Run(new GetSwiftRingDeviceRequest(At("bad.ring.gz"), new RingDeviceFilter()), host),
            host => ResolveSwiftRingPathOperation.Run(new ResolveSwiftRingPathRequest(At("bad.ring.gz")) { Partition = 1, Handoff = 10 }, host),
            host => MeasureSwiftRingFailureOperation.Run(new MeasureSwiftRingFailureRequest(At("bad.ring.gz"), RingTierLevel.Zone), host),
            host => CompareSwiftRingOperation.Run(new CompareSwiftRingRequest(path, "bad.ring.gz"), host),
            host => ImportSwiftRingOperation.Run(new ImportSwiftRingRequest(At("bad.ring.gz"), "bad.builder", 1), host),
        })
        {
            if (Record.Exception(() => Run(operation)) is { } error)
                Assert.IsAssignableFrom<StorageException>(error);
        }
    }

    private string Balanced()
    {
        string path = Builder();
        Rebalance(path);
        return path;
    }

    private string Region(int region)
    {
        string path = At($"r{region}.builder");
        NewSwiftRingOperation.Run(new NewSwiftRingRequest(path, 6, 2, 1), Host());
        AddSwiftRingDeviceOperation.Run(
            new AddSwiftRingDeviceRequest(path, [.. Enumerable.Range(0, 4).Select(number => Spec(number) with { Region = region, Ip = $"10.{region}.0.{number}" })]), Host());
        Rebalance(path);
        return path;
    }

    private void Export(string path, ExportSwiftRingRequest request) =>
        Assert.IsType<FileInfo>(Assert.Single(Run(host => ExportSwiftRingOperation.Run(request, host)).Objects));

    private MemoryHost Join(string[] paths, string destination) => Run(host => JoinSwiftRingOperation.Run(new JoinSwiftRingRequest(paths, destination), host));

    private SwiftRingDifference[] Compare(string reference, string difference) =>
        [.. Run(host => CompareSwiftRingOperation.Run(new CompareSwiftRingRequest(reference, difference), host)).Objects.Cast<SwiftRingDifference>()];
}
