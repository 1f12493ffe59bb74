namespace OpenStackStorage.Rings.Tests;

public class CompositeAndScenarioTests
{
    private const string Scenario = """
        {"part_power": 6, "replicas": 3, "overload": 0.1, "random_seed": 203488, "rounds": [
          [["add", "r1z1-10.0.0.1:6200/sda", 100], ["add", "r1z1-10.0.0.2:6200/sda", "100"], ["add", "z1-10.0.0.3:6200/sda", 100]],
          [["add", "r1z1-10.0.0.4:6200/sda", 100], ["set_weight", 0, 50]],
          [["remove", 3], ["save", "x.builder"]]]}
        """;

    [Fact]
    public void A_composite_ring_has_the_rows_of_all_and_moves_ids_up()
    {
        RingBuilder first = Builder(region: 1, replicas: 2), second = Builder(region: 2, replicas: 1);
        first.RemoveDevice(new(1));
        first.Rebalance();
        RingData ring = CompositeRing.Compose([first, second]);
        Assert.Equal((3, 8, null), (ring.Assignments.RowCount, ring.Devices.Count, ring.Version));
        Assert.Null(ring.Devices[1]);
        Assert.Equal("d2", ring.Devices[4 + 2]!.Device);
        Assert.Equal(6, ring.Devices[6]!.Id.Value);
        for (int part = 0; part < 16; part++)
            Assert.Equal(second.Assignments!.Narrow![0][part] + 4, ring.Assignments.Narrow![2][part]);
        Assert.Equal([1, 1, 2], new Ring(ring).GetPrimaries(new(0)).Select(device => device.Region));
    }

    [Fact]
    public void Builders_that_do_not_fit_together_are_refused()
    {
        RingBuilder first = Builder(region: 1, replicas: 2);
        RingBuilder changed = Builder(region: 2, replicas: 1);
        changed.SetWeight(new(0), 7);
        RingBuilder fraction = Builder(region: 2, replicas: 1.5);
        foreach (RingBuilder[] builders in new[] { [first], [first, Builder(region: 1, replicas: 1)], [first, changed], new[] { first, fraction } })
            Assert.Equal(ErrorIds.RingCompositeInvalid, Assert.Throws<RingException>(() => CompositeRing.Compose(builders)).Id);
    }

    [Fact]
    public void Components_are_known_again_by_id_and_version()
    {
        CompositeComponent[] existing = [new("a", 3, 1), new("b", 5, 1)];
        Assert.False(CompositeRing.IsModified(existing, existing));
        Assert.True(CompositeRing.IsModified(existing, [existing[0], existing[1] with { Version = 6 }]));
        foreach (CompositeComponent[] other in new[] { [existing[0]], [existing[1], existing[0]], new[] { existing[0], existing[1] with { Version = 4 } } })
            Assert.Equal(ErrorIds.RingCompositeInvalid, Assert.Throws<RingException>(() => CompositeRing.IsModified(existing, other)).Id);
    }

    [Fact]
    public void A_composite_file_reads_as_it_was_written()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("openstackstorage-").FullName, "object.composite");
        CompositeFile written = new(4, [new("8e56", 3, 1), new("9608", 5, 2)], ["/etc/swift/r1.builder", "/etc/swift/r2.builder"]);
        written.Write(path);
        CompositeFile read = CompositeFile.Read(path);
        Assert.Equal(written.Version, read.Version);
        Assert.Equal(written.Components, read.Components);
        Assert.Equal(written.BuilderPaths, read.BuilderPaths);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"version\": 1}")]
    [InlineData("{\"version\": 1, \"components\": [{\"id\": \"a\", \"version\": \"x\", \"replicas\": 1}], \"component_builder_files\": {\"a\": \"b\"}}")]
    [InlineData("{\"version\": 1, \"components\": [{\"id\": \"a\", \"version\": 1, \"replicas\": 1}], \"component_builder_files\": {}}")]
    public void Another_file_is_no_composite_file(string text)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("openstackstorage-").FullName, "object.composite");
        File.WriteAllText(path, text);
        Assert.Equal(ErrorIds.RingFileCorrupt, Assert.Throws<RingException>(() => CompositeFile.Read(path)).Id);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_scenario_rebalances_each_round_until_it_settles()
    {
        List<string> saved = [];
        ScenarioRebalance[] rebalances = [.. RingScenario.Parse(Scenario).Run(PythonSum.Plain, (_, path) => saved.Add(path))];
        // swift-ring-builder-analyzer of Swift 2.30.1 on CPython 3.11 prints these.
        Assert.Equal(["1.1: 192 0.000000 0", "1.2: 0 0.000000 0", "2.1: 54 2.083333 0", "2.2: 0 2.083333 0", "3.1: 54 66.666667 1", "3.2: 0 66.666667 0"], rebalances.Select(entry => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{entry.Round}.{entry.Number}: {entry.Result.PartsMoved} {entry.Result.Balance:F6} {entry.Result.RemovedDevices}")));
        Assert.Equal(["x.builder"], saved);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"part_power": 33, "replicas": 3, "overload": 0, "random_seed": 1, "rounds": []}""")]
    [InlineData("""{"part_power": 3, "replicas": 0, "overload": 0, "random_seed": 1, "rounds": []}""")]
    [InlineData("""{"part_power": 3, "replicas": 1, "overload": 0, "random_seed": 1, "rounds": [[["dance"]]]}""")]
    [InlineData("""{"part_power": 3, "replicas": 1, "overload": 0, "random_seed": 1, "rounds": [[["set_weight", 1, -1]]]}""")]
    [InlineData("""{"part_power": 3, "replicas": 1, "overload": 0, "rounds": []}""")]
    public void A_scenario_that_can_not_be_run_is_refused(string json) =>
        Assert.Equal(ErrorIds.RingScenarioInvalid, Assert.Throws<RingException>(() => RingScenario.Parse(json)).Id);

    private static RingBuilder Builder(int region, double replicas)
    {
        RingBuilder builder = new(4, replicas, 0);
        for (int i = 0; i < 4; i++)
            builder.AddDevice(new RingDeviceSpec { Region = region, Zone = i, Ip = $"10.0.{region}.{i}", Port = 6200, Device = $"d{i}", Weight = 1 });
        builder.Rebalance();
        return builder;
    }
}
