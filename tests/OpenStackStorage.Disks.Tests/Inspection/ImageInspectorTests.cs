using static OpenStackStorage.Disks.Tests.InspectionSamples;

namespace OpenStackStorage.Disks.Tests;

public class ImageInspectorTests
{
    public static TheoryData<string, byte[]> Samples
    {
        get
        {
            TheoryData<string, byte[]> data = [];
            foreach ((string format, byte[] bytes) in All)
                data.Add(format, bytes);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Samples), DisableDiscoveryEnumeration = true)]
    public void A_sound_image_is_known_and_has_no_findings(string format, byte[] image)
    {
        InspectionResult result = Inspect(image);
        Assert.Equal([format], result.Formats);
        Assert.Equal(format, result.Format);
        Assert.False(result.IsAmbiguous);
        Assert.Equal(format == "qed" ? ["qed/banned"] : [], result.Findings.Select(finding => $"{finding.Format}/{finding.Check}"));
        long? size = format switch
        {
            "gpt" => image.Length,
            "luks" => image.Length - 2048,
            "vmdk" when image[0] == '#' => null, // a text alone states no size that oslo.utils takes
            _ => 4 << 20,
        };
        Assert.Equal(size, result.VirtualSize);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(100_000)]
    public void A_file_without_a_signature_is_raw(int length)
    {
        InspectionResult result = Inspect(new byte[length]);
        Assert.Empty(result.Formats);
        Assert.Empty(result.Findings);
        Assert.Equal("raw", result.Format);
        Assert.Equal(length, result.VirtualSize);
    }

    [Fact]
    public void A_qcow2_with_an_iso_inside_is_ambiguous_and_has_no_size()
    {
        byte[] image = [.. Qcow2(), .. new byte[40 << 10]];
        WriteIso(image);
        InspectionResult result = Inspect(image);
        Assert.Equal(["qcow2", "iso"], result.Formats);
        Assert.True(result.IsAmbiguous);
        Assert.Equal("qcow2+iso", result.Format);
        Assert.Null(result.VirtualSize);
    }

    [Fact]
    public void Every_match_is_checked()
    {
        byte[] image = [.. Qcow2(), .. new byte[40 << 10]];
        image[8] = 1;
        image[510] = 0x55;
        image[511] = 0xAA;
        Assert.Equal(["qcow2/backing_file", "gpt/mbr"], Inspect(image).Findings.Select(finding => $"{finding.Format}/{finding.Check}"));
    }

    [Fact]
    public void An_iso_with_a_partition_table_is_an_iso()
    {
        byte[] image = [.. Gpt(), .. new byte[40 << 10]];
        WriteIso(image);
        InspectionResult result = Inspect(image);
        Assert.Equal(["iso", "gpt"], result.Formats);
        Assert.False(result.IsAmbiguous);
        Assert.Equal("iso", result.Format);
        Assert.Equal(4 << 20, result.VirtualSize);
    }

    [Fact]
    public void A_fixed_vhd_with_a_partition_table_is_a_vhd()
    {
        InspectionResult result = Inspect(FixedVhd(Gpt()));
        Assert.Equal(["vhd", "gpt"], result.Formats);
        Assert.False(result.IsAmbiguous);
        Assert.Equal("vhd", result.Format);
    }

    [Fact]
    public void A_vhd_that_is_not_fixed_and_a_partition_table_are_ambiguous()
    {
        Assert.True(Inspect([.. Mbr(0x83), .. VhdFooter(3)]).IsAmbiguous);

        byte[] image = [.. VhdFooter(2), .. new byte[1024], .. VhdFooter(2)];
        image[510] = 0x55;
        image[511] = 0xAA;
        Assert.True(Inspect(image).IsAmbiguous);
    }

    [Fact]
    public void An_iso_in_a_partitioned_fixed_vhd_is_ambiguous()
    {
        byte[] disk = [.. Gpt(), .. new byte[40 << 10]];
        WriteIso(disk);
        Assert.Equal("vhd+iso+gpt", Inspect(FixedVhd(disk)).Format);
    }

    [Fact]
    public void A_short_file_is_incomplete_and_still_checked()
    {
        byte[] image = Qcow2()[..200];
        image[15] = 1;
        Assert.Equal(["incomplete", "backing_file"], Inspect(image).Findings.Select(finding => finding.Check));
        Assert.Equal("vhdx/incomplete at 1000", OnlyFinding(Vhdx()[..1000]));
    }

    [Fact]
    public void What_can_not_be_read_is_an_error_not_a_finding()
    {
        using UnreadableDevice device = new();
        Assert.Equal(ErrorIds.ReadFailed, Assert.Throws<StorageException>(() => ImageInspector.Inspect(device)).Id);
    }

    private sealed class UnreadableDevice : BlockDevice
    {
        public override string Path => "broken";

        public override long Length => 4096;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => throw new StorageException(ErrorIds.ReadFailed, "no medium");

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long length) => throw new NotSupportedException();

        public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();
    }
}
