using System.Buffers.Binary;
using static OpenStackStorage.Disks.Tests.InspectionSamples;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Each check of each format, one broken field at a time.</summary>
public class FormatCheckTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Known_qcow2_features_pass(int bit) => Assert.Empty(Inspect(WithFeature(bit)).Findings);

    [Theory]
    [InlineData(4, "bit 4, extended L2")]
    [InlineData(5, "bit 5")]
    [InlineData(8, "bit 8")]
    [InlineData(63, "bit 63")]
    public void An_unknown_qcow2_feature_is_named(int bit, string name)
    {
        SafetyFinding finding = Assert.Single(Inspect(WithFeature(bit)).Findings);
        Assert.Equal("unknown_features", finding.Check);
        Assert.Equal(72, finding.Offset);
        Assert.Contains($": {name}.", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_qcow2_data_file_is_found() => Assert.Equal("qcow2/data_file at 72", OnlyFinding(WithFeature(2)));

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(4u)]
    public void Other_versions_of_qcow2_are_refused(uint version) => Assert.Equal("qcow2/unknown_features at 4", OnlyFinding(Qcow2(version)));

    [Fact]
    public void Version_2_has_no_feature_bits_but_for_the_one_that_oslo_reads()
    {
        byte[] image = Qcow2(version: 2);
        image[79] = 0x18;
        Assert.Empty(Inspect(image).Findings);
        image[79] = 0x04;
        SafetyFinding finding = Assert.Single(Inspect(image).Findings);
        Assert.Equal("data_file", finding.Check);
        Assert.Contains("Version 2", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_failed_checks_are_listed()
    {
        byte[] image = Qcow2();
        image[15] = 1;
        image[79] = 0x24;
        Assert.Equal(["backing_file", "data_file", "unknown_features"], Inspect(image).Findings.Select(finding => finding.Check));
    }

    [Theory]
    [InlineData(446, 1, "gpt/mbr at 446")] // boot flag
    [InlineData(446 + 48, 0x81, "gpt/mbr at 494")] // boot flag of an unused entry
    [InlineData(446 + 1, 1, "gpt/mbr at 447")] // head
    [InlineData(446 + 2, 1, "gpt/mbr at 447")] // sector
    [InlineData(446 + 3, 1, "gpt/mbr at 447")] // cylinder
    [InlineData(446 + 8, 2, "gpt/mbr at 454")] // LBA
    [InlineData(446 + 11, 1, "gpt/mbr at 454")]
    [InlineData(446 + 16 + 4, 0x83, "gpt/mbr at 446")] // a second partition
    [InlineData(446 + 4, 0, "gpt/mbr at 446")] // no partition at all
    public void A_wrong_protective_mbr_is_refused(int offset, byte value, string finding)
    {
        byte[] disk = Gpt();
        disk[offset] = value;
        Assert.Equal(finding, OnlyFinding(disk));
    }

    [Fact]
    public void A_protective_entry_must_be_the_first()
    {
        byte[] disk = Mbr(0, 0xEE);
        disk[446 + 16 + 2] = 2;
        disk[446 + 16 + 8] = 1;
        Assert.Equal("gpt/mbr at 446", OnlyFinding(disk));
    }

    [Fact]
    public void An_active_partition_and_four_partitions_are_sound()
    {
        byte[] disk = Mbr(0x83, 0x82, 0x07, 0x0C);
        disk[446] = 0x80;
        Assert.Empty(Inspect(disk).Findings);
    }

    [Fact]
    public void A_fat_boot_sector_is_no_partition_table()
    {
        byte[] disk = Mbr(0x83);
        disk[16] = 2;
        disk[21] = 0xF8;
        Assert.Equal("raw", Inspect(disk).Format);
        disk[21] = 0xF0;
        Assert.Equal("gpt", Inspect(disk).Format);
    }

    [Fact]
    public void Luks_2_is_refused() => Assert.Equal("luks/version at 6", OnlyFinding(Luks(version: 2)));

    [Fact]
    public void A_differencing_vhd_is_found_by_either_footer()
    {
        Assert.Equal("vhd/parent at 60", OnlyFinding([.. VhdFooter(4), .. new byte[512], .. VhdFooter(3)]));
        Assert.Equal("vhd/parent at 1084", OnlyFinding([.. VhdFooter(3), .. new byte[512], .. VhdFooter(4)]));
    }

    [Fact]
    public void A_differencing_vhdx_is_found() => Assert.Equal($"vhdx/parent at {VhdxMetadata + (64 << 10) + 4}", OnlyFinding(Vhdx(hasParent: true)));

    [Theory]
    [InlineData(192 << 10, 'x')] // region table signature
    [InlineData((192 << 10) + 9, 8)] // 2049 regions
    [InlineData((192 << 10) + 16, 1)] // no metadata region
    [InlineData((192 << 10) + 39, 0xFF)] // metadata region beyond any file
    [InlineData((192 << 10) + 36, 1)] // metadata region past the end
    [InlineData(VhdxMetadata, 'x')] // metadata table signature
    [InlineData(VhdxMetadata + 11, 0xFF)] // too many items
    [InlineData(VhdxMetadata + 64, 1)] // no virtual disk size
    [InlineData(VhdxMetadata + 64 + 20, 7)] // its length
    [InlineData(VhdxMetadata + 64 + 19, 0xFF)] // its offset
    public void A_broken_vhdx_is_malformed_and_says_where(int offset, byte value)
    {
        byte[] image = Vhdx();
        image[offset] = value;
        InspectionResult result = Inspect(image);
        SafetyFinding finding = Assert.Single(result.Findings);
        Assert.Equal("vhdx/malformed", $"{finding.Format}/{finding.Check}");
        Assert.NotNull(finding.Offset);
        Assert.Null(result.VirtualSize);
    }

    [Theory]
    [InlineData(0x4C, 4, "vdi/parent at 76")]
    [InlineData(0x4C, 3, "vdi/parent at 76")]
    [InlineData(0x1A8, 1, "vdi/parent at 424")]
    public void A_linked_vdi_is_found(int offset, byte value, string finding)
    {
        byte[] image = Vdi();
        image[offset] = value;
        Assert.Equal(finding, OnlyFinding(image));
    }

    [Fact]
    public void A_udf_descriptor_is_an_iso_without_a_size()
    {
        byte[] image = Iso();
        "\0NSR02"u8.CopyTo(image.AsSpan(32 << 10));
        Assert.Equal(["iso"], Inspect(image).Formats);
        Assert.Null(Inspect(image).VirtualSize);
    }

    [Fact]
    public void A_size_beyond_a_file_offset_is_unknown()
    {
        byte[] image = Qcow2();
        image[24] = 0x80;
        Assert.Null(Inspect(image).VirtualSize);

        image = Vmdk();
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(12), 1UL << 55);
        Assert.Null(Inspect(image).VirtualSize);
    }

    private static byte[] WithFeature(int bit)
    {
        byte[] image = Qcow2();
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(72), 1UL << bit);
        return image;
    }
}
