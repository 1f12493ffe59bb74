namespace OpenStackStorage.Rings.Tests;

/// <summary>Searches and devices as swift-ring-builder takes them: the examples of its help.</summary>
public class RingTextTests
{
    [Theory]
    [InlineData("d74", "id=74")]
    [InlineData("r4", "r=4")]
    [InlineData("z1-1.2.3.4", "z=1 ip=1.2.3.4")]
    [InlineData("1.2.3.4", "ip=1.2.3.4")]
    [InlineData("z1:5678", "z=1 port=5678")]
    [InlineData(":5678", "port=5678")]
    [InlineData("R5.6.7.8", "rip=5.6.7.8")]
    [InlineData("R:5678", "rport=5678")]
    [InlineData("1.2.3.4R5.6.7.8", "ip=1.2.3.4 rip=5.6.7.8")]
    [InlineData("/sdb1", "dev=sdb1")]
    [InlineData("_shiny", "meta=shiny")]
    [InlineData("_\"snet: 5.6.7.8\"", "meta=\"snet: 5.6.7.8\"")]
    [InlineData("[::1]", "ip=::1")]
    [InlineData("z1-[FE80:0::0001]:5678", "z=1 ip=fe80::1 port=5678")]
    [InlineData("d74r4z1-1.2.3.4:5678R5.6.7.8:90/sdb1_a_b", "id=74 r=4 z=1 ip=1.2.3.4 port=5678 rip=5.6.7.8 rport=90 dev=sdb1 meta=a_b")]
    public void A_search_is_read_part_by_part(string text, string expected)
    {
        RingDeviceSearch search = RingDeviceSearch.Parse(text);
        (string, object?)[] parts =
        [
            ("id", search.Id), ("r", search.Region), ("z", search.Zone), ("ip", search.Ip), ("port", search.Port),
            ("rip", search.ReplicationIp), ("rport", search.ReplicationPort), ("dev", search.Device), ("meta", search.Meta),
        ];
        Assert.Equal(expected, string.Join(' ', parts.Where(part => part.Item2 is not null).Select(part => $"{part.Item1}={part.Item2}")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("z1r1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.04")]
    [InlineData("[::g]")]
    [InlineData("[::1")]
    [InlineData("d99999999999999")]
    [InlineData("host.example")]
    public void A_search_that_can_not_be_read_is_refused(string text) =>
        Assert.Equal(ErrorIds.RingSearchInvalid, Assert.Throws<RingException>(() => RingDeviceSearch.Parse(text)).Id);

    [Fact]
    public void All_parts_of_a_search_must_match()
    {
        RingBuilder builder = RingBuilderTests.Create();
        builder.SetInfo(new(2), ip: "FE80::0001", meta: "shiny new");
        Assert.Equal([2], Found("_shiny"));
        Assert.Equal([2], Found("[fe80::1]/d2"));
        Assert.Equal([0, 1, 3, 4, 5], Found("z1-10.0.0.1"));
        Assert.Empty(Found("d0/d1"));

        IEnumerable<int> Found(string text) => builder.Search(RingDeviceSearch.Parse(text)).Select(device => device.Id.Value);
    }

    [Fact]
    public void A_device_is_read_from_its_text()
    {
        RingDeviceSpec spec = RingDeviceSpec.Parse("r1z2-10.0.0.1:6200R[::2]:6300/sda_meta_x", 4.5);
        Assert.Equal(
            new RingDeviceSpec
            {
                Region = 1, Zone = 2, Ip = "10.0.0.1", Port = 6200, ReplicationIp = "::2", ReplicationPort = 6300,
                Device = "sda", Meta = "meta_x", Weight = 4.5,
            },
            spec);
        Assert.False(RingDeviceSpec.Parse("z2-10.0.0.1:6200/sda", 1).HasRegion);
    }

    [Theory]
    [InlineData("r1-10.0.0.1:6200/sda")]
    [InlineData("r1z1 10.0.0.1:6200/sda")]
    [InlineData("r1z1-10.0.0.1/sda")]
    [InlineData("r1z1-10.0.0.1:6200")]
    [InlineData("r1z1-10.0.0.1:6200R10.0.0.1/sda")]
    [InlineData("r1z1-host:6200/sda")]
    public void A_device_text_without_a_part_is_refused(string text) =>
        Assert.Equal(ErrorIds.RingSearchInvalid, Assert.Throws<RingException>(() => RingDeviceSpec.Parse(text, 1)).Id);

    [Theory]
    [InlineData("Host-1.Example.", "host-1.example.")]
    [InlineData("::FFFF", "::ffff")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    public void Addresses_are_held_in_one_form(string address, string expected) => Assert.Equal(expected, RingAddress.Normalize(address));

    [Theory]
    [InlineData("-host")]
    [InlineData("a..b")]
    [InlineData("[host]")]
    [InlineData("fe80::1%eth0")]
    [InlineData("")]
    public void What_is_no_address_is_refused(string address) =>
        Assert.Equal(ErrorIds.RingSearchInvalid, Assert.Throws<RingException>(() => RingAddress.Normalize(address)).Id);
}
