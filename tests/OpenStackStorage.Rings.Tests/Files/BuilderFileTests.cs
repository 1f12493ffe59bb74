using System.Text;

namespace OpenStackStorage.Rings.Tests;

public class BuilderFileTests
{
    [Theory]
    [InlineData(6, 7, false, 2.5)]
    [InlineData(6, 7, true, 3.0)]
    [InlineData(0, 1, false, 1.0)]
    [InlineData(12, 300, false, 3.25)]
    [InlineData(10, 70000, true, 3.0)]
    public void What_is_written_is_read(int partPower, int devices, bool wide, double replicas)
    {
        RingBuilder builder = RingSamples.Builder(partPower, devices, wide, replicas, unassigned: partPower > 2);
        RingBuilder back = BuilderFile.Read(RingSamples.ToBytes(builder), "x.builder");
        Assert.Equal(RingSamples.Describe(builder), RingSamples.Describe(back));
        Assert.Same(back.Devices[^1], back.RemovedDevices[0]);
    }

    [Fact]
    public void A_builder_before_its_first_rebalance_has_no_table()
    {
        RingBuilder builder = new() { PartPower = 4, Replicas = 3, ReplicasIsInteger = true, LastPartMoves = new byte[16] };
        RingBuilder back = BuilderFile.Read(RingSamples.ToBytes(builder), "x.builder");
        Assert.Null(back.Assignments);
        Assert.Null(back.Id);
        Assert.True(back.ReplicasIsInteger);
    }

    [Theory]
    [InlineData("swift-1.0.0-python2.7.builder", false)]
    [InlineData("swift-1.4.8-python2.7.builder", false)]
    [InlineData("swift-1.13.0-python2.7.builder", true)]
    public void Builders_of_Python_2_are_read(string name, bool hasReplication)
    {
        RingBuilder builder = BuilderFile.Read(RingSamples.Bytes(name), name);
        Assert.Equal((6, 3.0, 1, 7), (builder.PartPower, builder.Replicas, builder.MinPartHours, builder.Devices.Count));
        Assert.Equal(64, builder.LastPartMoves.Length);
        Assert.Equal(3, builder.Assignments!.RowCount);
        Assert.Equal("café", builder.Devices[2]!.Meta);
        Assert.Equal((1, 2, "10.0.2.1", 6000), (builder.Devices[2]!.Region, builder.Devices[2]!.Zone, builder.Devices[2]!.ReplicationIp, builder.Devices[2]!.ReplicationPort));
        Assert.Same(builder.Devices[3], Assert.Single(builder.RemovedDevices));
        Assert.Equal(0, builder.Devices[3]!.Weight);
        Assert.Null(builder.Id);
        Assert.Equal(hasReplication, Encoding.Latin1.GetString(RingSamples.Bytes(name)).Contains("replication_ip", StringComparison.Ordinal));
        Assert.Equal(RingSamples.Describe(builder), RingSamples.Describe(BuilderFile.Read(RingSamples.ToBytes(builder), name)));
    }

    [Theory]
    [InlineData("v2.builder")]
    [InlineData("v2-4byte-ids.builder")] // the ring alone was given longer ids
    public void Builders_of_the_newest_Swift_are_read(string name)
    {
        RingBuilder builder = BuilderFile.Read(RingSamples.Bytes(name), name);
        Assert.Equal((8, 3.5, 1, 13), (builder.PartPower, builder.Replicas, builder.MinPartHours, builder.Version));
        Assert.Equal(2, builder.Assignments!.DeviceIdBytes);
        Assert.Equal(128, builder.Assignments.RowLength(3));
        Assert.NotEmpty(builder.DispersionGraph);
    }

    public static TheoryData<string, string, string> Damage() => new()
    {
        { "part_power", "K\u0021", "'part_power' is 33; 0 to 32" },
        { "part_power", "N", "'part_power' is None; an integer" },
        { "parts", "K\u0003", "'parts' is 3; 64" },
        { "replicas", "K\0", "'replicas' is 0; 1 or more" },
        { "replicas", "G\u007f\u00f8\0\0\0\0\0\0", "'replicas' is nan" },
        { "devs", "N", "'devs' is None; a list" },
        { "devs", "]K\u0001a", "'devs[0]' is 1; a dict or None" },
        { "devs", "]}a", "device 0: 'id' is missing" },
        { "version", "J\u00ff\u00ff\u00ff\u00ff", "'version' is -1" },
        { "overload", "G\u00bf\u00f0\0\0\0\0\0\0", "'overload' is -1.0; 0 or more" },
        { "_last_part_moves", "]", "'_last_part_moves' has 0 entries; 64" },
        { "_last_part_moves", "](K\0M\0\u0001e", "'_last_part_moves' is a list; an array of hours" },
        { "_replica2part2dev", "]Na", "'_replica2part2dev[0]' is None" },
        { "_replica2part2dev", "]carray\narray\nU\u0001H]K\u0009a\u0086Ra", "replica 0 of partition 0 lies on device 9" },
        { "_replica2part2dev", "]carray\narray\nU\u0001H]K\u0002a\u0086Ra", "replica 0 of partition 0 lies on device 2" },
        { "_replica2part2dev", "](carray\narray\nU\u0001H]K\0a\u0086RN0carray\narray\nU\u0001H]K\0a\u0086Re", "replica 0 has 1 partitions" },
        { "_replica2part2dev", "](carray\narray\nU\u0001H](" + string.Concat(Enumerable.Repeat("K\0", 64)) + "e\u0086R2e", "the same array" },
        { "_remove_devs", "]Na", "'_remove_devs[0]' is None" },
        { "_dispersion_graph", "})]s", "a tier of the dispersion graph" },
        { "_dispersion_graph", "}K\u0001\u0085]NasN0", "counts with what is no number" },
        { "devs_changed", "]", "'devs_changed' is a list" },
        { "id", "K\u0001", "'id' is 1; a text" },
    };

    [Theory]
    [MemberData(nameof(Damage))]
    public void A_wrong_field_is_named(string key, string pickled, string what)
    {
        // A second value for a key replaces the first, as in Python.
        byte[] bytes = RingSamples.ToBytes(RingSamples.Builder());
        byte[] changed = [.. bytes[..^1], .. Encoding.Latin1.GetBytes($"U{(char)key.Length}{key}{pickled}s.")];
        RingException error = Assert.Throws<RingException>(() => BuilderFile.Read(changed, "x.builder"));
        Assert.Equal(ErrorIds.RingFileCorrupt, error.Id);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1.0)]
    [InlineData(double.PositiveInfinity)]
    public void A_weight_that_is_none_is_named(double weight)
    {
        RingBuilder builder = RingSamples.Builder();
        builder.Devices[1]!.Weight = weight;
        RingException error = Assert.Throws<RingException>(() => BuilderFile.Read(RingSamples.ToBytes(builder), "x.builder"));
        Assert.Contains("device 1: 'weight' is", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_power_beyond_memory_is_refused()
    {
        byte[] bytes = [.. RingSamples.ToBytes(RingSamples.Builder())[..^1], .. "U\u000apart_powerK\u001fs."u8];
        Assert.Equal(ErrorIds.RingFileNotSupported, Assert.Throws<RingException>(() => BuilderFile.Read(bytes, "x.builder")).Id);
    }

    [Fact]
    public void Every_cut_is_an_error()
    {
        byte[] bytes = RingSamples.ToBytes(RingSamples.Builder());
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(ErrorIds.RingFileCorrupt, Assert.Throws<RingException>(() => BuilderFile.Read(bytes.AsSpan(0, length), "x.builder")).Id);
    }
}
