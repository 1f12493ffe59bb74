using System.Globalization;

namespace OpenStackStorage.Rings.Tests;

public class RingDeviceTextTests
{
    private static readonly string[] Devices =
    [
        "r1z2-10.0.0.1:6200/sda", "z2-10.0.0.1:6200/sda", "r1z2-10.0.0.1:6200R10.1.0.1:6300/sda_meta data_more", "r0z0-[FE80::1]:6200/sdb1_",
        "r1z2-[::1]:6200R[2001:DB8:0:0:1:0:0:1]:6201/sda", "r1z2-::1:6200/sda", "r1z2-10.0.0.1:6200/sd a", "r1z2-10.0.0.1:0/sda",
        // and what is refused
        "", "r1", "z1", "rz1-10.0.0.1:1/a", "r1z-10.0.0.1:1/a", "r1z1", "r1z1-10.0.0.1/a", "r1z1-10.0.0.1:/a", "r1z1-10.0.0.1:x/a", "r1z1-10.0.0:1/a",
        "r1z1-010.0.0.1:1/a", "r1z1-host:1/a", "r1z1-10.0.0.1:1", "r1z1-10.0.0.1:1/", "r1z1-10.0.0.1:1/ a", "r1z1-10.0.0.1:1/a _", "r1z1-10.0.0.1:1R/a",
        "x", "d1r1z1-10.0.0.1:1/a", "r1z1-[:::1]:5/a", "r1z1-[1:2:3:4:5:6:7:8:9]:5/a",
    ];

    private static readonly string[] Searches =
    [
        "d74", "r4", "z1", "z1-1.2.3.4", "1.2.3.4", "z1:5678", ":5678", "R5.6.7.8", "R:5678", "1.2.3.4R5.6.7.8", "/sdb1", "_shiny", "_\"snet: 5.6.7.8\"",
        "[::1]", "z1-[::1]:5678", "d74r4z1-1.2.3.4:5678R[FE80::A]:9/sdb1_\"snet: 5.6.7.8\"", "-", "d0", "/", "_", "R",
        // and what is refused
        "d", "r", "z", ":", "R:", "x", "sda", "d1x", "1.2.3", "[::g]", "[]", "z1r1", "1.2.3.4/a:5 ", "host:1", "1.2.3.4x",
    ];

    [NeedsSwiftFact]
    public void Devices_are_read_as_Swift_does()
    {
        string[] swift = Answers("parse_add_value", Devices);
        Assert.Equal(swift, Devices.Select(text => Show(() => Show(RingDeviceSpec.Parse(text, 1)))));
    }

    [NeedsSwiftFact]
    public void Searches_are_read_as_Swift_does()
    {
        string[] swift = Answers("parse_search_value", Searches);
        Assert.Equal(swift, Searches.Select(text => Show(() => Show(RingDeviceSearch.Parse(text)))));
    }

    [NeedsSwiftFact]
    public void Addresses_get_the_form_of_the_C_library()
    {
        Random random = new(1);
        List<string> texts = ["::", "::1", "1::", "::2", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:0:1.2.3.4", "64:ff9b::1.2.3.4", "fe80::5efe:1.2.3.4", "1:0:0:2:0:0:0:3", "0:1:0:1:0:1:0:1", "1::2::3", "1:", ":1", "fe80::1%eth0", "1:2:3:4:5:6:7::", "::1:2:3:4:5:6:7", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "12345::", "1.2.3.4", "01.2.3.4", "1.2.3.256", "1.2.3.4.", "[::1]", "[1.2.3.4]", "[host]", "Host.Example.", "-a", "a-", "a_b", "a..b", "1.2.3", new string('a', 64), new string('a', 63) + ".b", ""];
        for (int i = 0; i < 3000; i++)
            texts.Add(string.Join(':', Enumerable.Range(0, 8).Select(_ => random.Next(3) == 0 ? random.Next(65536).ToString("X", CultureInfo.InvariantCulture) : "0")));
        string[] swift = Answers("validate_and_normalize_address", texts);
        Assert.Equal(swift, texts.Select(text => Show(() => RingAddress.Normalize(text))));
    }

    [Theory]
    [InlineData("r1z2-10.0.0.1:6200/sda", 1, 2, "10.0.0.1", 6200, null, null, "sda", "")]
    [InlineData("r3z0-[FE80::A]:6200R10.1.0.1:6300/sdb_new disk", 3, 0, "fe80::a", 6200, "10.1.0.1", 6300, "sdb", "new disk")]
    public void A_device_is_read(string text, int region, int zone, string ip, int port, string? replicationIp, int? replicationPort, string device, string meta)
    {
        RingDeviceSpec spec = RingDeviceSpec.Parse(text, 100);
        Assert.True(spec.HasRegion);
        Assert.Equal(
            new RingDeviceSpec { Region = region, Zone = zone, Ip = ip, Port = port, ReplicationIp = replicationIp, ReplicationPort = replicationPort, Device = device, Meta = meta, Weight = 100 },
            spec);
    }

    [Fact]
    public void A_missing_region_is_1_and_said_and_what_can_not_be_is_refused()
    {
        // Swift takes a bracket that nothing closes for none.
        Assert.Throws<RingException>(() => RingDeviceSpec.Parse("r1z1-[::1:1/a", 1));
        RingDeviceSpec spec = RingDeviceSpec.Parse("z2-10.0.0.1:6200/sda", 1);
        Assert.Equal((1, false), (spec.Region, spec.HasRegion));
        RingException error = Assert.Throws<RingException>(() => RingDeviceSpec.Parse("r1z2-10.0.0.1:65536/sda", 1));
        Assert.Equal(ErrorIds.RingSearchInvalid, error.Id);
        Assert.Contains("'r1z2-10.0.0.1:65536/sda' can't be read: expected an address and a port up to 65535", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("d5", true)]
    [InlineData("d6", false)]
    [InlineData("r2z2", true)]
    [InlineData("z1", false)]
    [InlineData("10.0.2.0:6200R10.1.2.0:6300/sdf_new", true)]
    [InlineData("10.0.2.1", false)]
    [InlineData("R:6200", false)]
    [InlineData("/sd", false)]
    [InlineData("_disk", true)]
    [InlineData("_Disk", false)]
    public void A_search_fits_its_devices(string text, bool expected) =>
        Assert.Equal(expected, RingDeviceSearch.Parse(text).Matches(RingSamples.Device(5, meta: "new disk")));

    private static string[] Answers(string function, IEnumerable<string> texts)
    {
        using TemporaryFolder folder = new();
        File.WriteAllLines(folder["texts"], texts);
        return Tool.Run(SwiftProcess.Python, "-c", """
            import sys
            from swift.common.ring import utils
            function = getattr(utils, sys.argv[2])
            for line in open(sys.argv[1]):
                try:
                    value = function(line.rstrip('\n'))
                    print(value if isinstance(value, str) else ' '.join('%s=%s' % item for item in sorted(value.items()) if item[1] is not None))
                except ValueError:
                    print('refused')
            """, folder["texts"], function).Split('\n')[..^1];
    }

    private static string Show(Func<string> parse)
    {
        try
        {
            return parse();
        }
        catch (RingException error) when (error.Id == ErrorIds.RingSearchInvalid)
        {
            return "refused";
        }
    }

    private static string Show(RingDeviceSpec spec) => Join(
        ("device", spec.Device), ("ip", spec.Ip), ("meta", spec.Meta), ("port", spec.Port), ("region", spec.HasRegion ? spec.Region : null),
        ("replication_ip", spec.ReplicationIp), ("replication_port", spec.ReplicationPort), ("zone", spec.Zone));

    private static string Show(RingDeviceSearch search) => Join(
        ("device", search.Device), ("id", search.Id), ("ip", search.Ip), ("meta", search.Meta), ("port", search.Port), ("region", search.Region),
        ("replication_ip", search.ReplicationIp), ("replication_port", search.ReplicationPort), ("zone", search.Zone));

    private static string Join(params (string Key, object? Value)[] fields) =>
        string.Join(' ', fields.Where(field => field.Value is not null).Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Key}={field.Value}")));
}
