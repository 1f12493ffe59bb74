using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class CheckTests : OperationTest
{
    // Where our writer puts things with clusters of 64 KiB: the header, then the L1 table, then data.
    private const int L1Table = 64 << 10;
    private const int FirstData = 128 << 10;

    public CheckTests()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2", compress: true);
    }

    [Fact]
    public void A_sound_image_has_no_findings()
    {
        Assert.Empty(Findings());
        Assert.Empty(Findings(deep: true));
        Assert.True(Verdict("a.qcow2", deep: true));
        Assert.True(Verdict("a.img"));
    }

    [Fact]
    public void A_table_outside_the_file_is_a_corruption_and_what_it_held_leaks()
    {
        Patch("a.qcow2", L1Table, 0x80, 0, 0, 0, 0x70, 0, 0, 0);

        DiskImageCheck[] findings = Findings();

        Assert.Contains(findings, finding => finding is { Severity: "Corruption", Offset: L1Table, Field: "L1 entry 0" });
        Assert.Contains(findings, finding => finding.Severity == "Leak");
        Assert.All(findings, finding => Assert.Equal(At("a.qcow2"), finding.Path));
        Assert.False(Verdict("a.qcow2"));
    }

    [Fact]
    public void A_leak_alone_is_no_harm()
    {
        Patch("a.qcow2", L1Table, 0, 0, 0, 0, 0, 0, 0, 0);

        Assert.All(Findings(), finding => Assert.Equal("Leak", finding.Severity));
        Assert.NotEmpty(Findings());
        Assert.True(Verdict("a.qcow2"));
    }

    [Fact]
    public void A_broken_header_is_the_last_finding()
    {
        Patch("a.qcow2", 20, 0, 0, 0, 99);

        DiskImageCheck finding = Assert.Single(Findings());

        Assert.Equal(("Corruption", 20L, "cluster_bits"), (finding.Severity, finding.Offset, finding.Field));
        Assert.False(Verdict("a.qcow2"));
    }

    [Fact]
    public void Broken_compressed_data_is_found_by_a_deep_check()
    {
        Patch("a.qcow2", FirstData, [.. Enumerable.Repeat((byte)0xFF, 64)]);

        Assert.Empty(Findings());
        Assert.Contains(Findings(deep: true), finding => finding.Severity == "Corruption");
        Assert.True(Verdict("a.qcow2"));
        Assert.False(Verdict("a.qcow2", deep: true));
    }

    [Fact]
    public void A_raw_disk_of_a_part_sector_is_told_of()
    {
        File.WriteAllBytes(At("odd.img"), new byte[1000]);

        Assert.Equal("Information", Assert.Single(Findings("odd.img")).Severity);
        Assert.True(Verdict("odd.img"));
    }

    [Fact]
    public void A_missing_file_has_no_verdict()
    {
        MemoryHost host = Host();

        StorageException error = Assert.Throws<StorageException>(() => CheckDiskImageOperation.Test(new CheckDiskImageRequest(At("none")), host));

        Assert.Equal(ErrorIds.PathNotFound, error.Id);
        Assert.Empty(host.Objects);
    }

    [Fact]
    public void A_check_changes_nothing()
    {
        byte[] before = File.ReadAllBytes(At("a.qcow2"));

        Findings(deep: true);

        Assert.Equal(before, File.ReadAllBytes(At("a.qcow2")));
        Assert.Equal(["a.img", "a.qcow2"], Names());
    }

    private DiskImageCheck[] Findings(string name = "a.qcow2", bool deep = false)
    {
        MemoryHost host = Host();
        CheckDiskImageOperation.List(new CheckDiskImageRequest(At(name), deep), host);
        return [.. host.Objects.Cast<DiskImageCheck>()];
    }

    private DiskImageCheck[] Findings(bool deep) => Findings("a.qcow2", deep);

    private bool Verdict(string name, bool deep = false)
    {
        MemoryHost host = Host();
        CheckDiskImageOperation.Test(new CheckDiskImageRequest(At(name), deep), host);
        return (bool)Assert.Single(host.Objects);
    }
}
