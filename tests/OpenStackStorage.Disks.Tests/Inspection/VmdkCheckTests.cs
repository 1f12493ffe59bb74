using static OpenStackStorage.Disks.Tests.InspectionSamples;

namespace OpenStackStorage.Disks.Tests;

public class VmdkCheckTests
{
    private const string Extent = "RW 8192 SPARSE \"disk.vmdk\"";

    [Theory]
    [InlineData(Extent, "RW 8192 SPARSE \"/etc/passwd\"", Extent)]
    [InlineData(Extent, "RW 8192 SPARSE \"..\\other.vmdk\"", Extent)]
    [InlineData(Extent, "RW 8192 FLAT \"disk.vmdk\"\nRDONLY 1 FLAT \"../x\" 0", "\nRDONLY")]
    [InlineData(Extent, "# no extent", null)]
    [InlineData(Extent, "READWRITE 8192 SPARSE \"disk.vmdk\"", Extent)]
    [InlineData("CID=", "C ID=", "\nC ID")]
    [InlineData("ddb.adapterType", "dd.adapter Type", "\ndd.")]
    [InlineData("monolithicSparse", "monolithicFlat", "monolithicFlat")]
    [InlineData("monolithicSparse", "mono\nlithicSparse", null)]
    [InlineData("createType=\"monolithicSparse\"", "createType=monolithicSparse", null)]
    [InlineData("createType=\"monolithicSparse\"", "createType=\"monolithicSparse", null)]
    [InlineData("disk.vmdk", "d\u00edsk.vmdk", "\u00ed")]
    public void A_descriptor_that_is_not_understood_in_full_is_refused(string old, string replacement, string? flaw)
    {
        string descriptor = Descriptor.Replace(old, replacement, StringComparison.Ordinal);
        int position = flaw is null ? 0
            : flaw == Extent ? Descriptor.IndexOf(Extent, StringComparison.Ordinal)
            : descriptor.IndexOf(flaw, StringComparison.Ordinal) + (flaw[0] == '\n' ? 1 : 0);
        Assert.Equal($"vmdk/descriptor at {512 + position}", OnlyFinding(Vmdk(descriptor)));
    }

    [Theory]
    [InlineData("createType", "CREATETYPE")]
    [InlineData("monolithicSparse", "MonolithicSparse")]
    [InlineData("monolithicSparse", "streamOptimized")]
    [InlineData("RW 8192", "  rw 8192")]
    [InlineData("RW 8192", "NOACCESS 8192")]
    [InlineData("\n", "\r\n")]
    public void A_descriptor_may_be_written_so_too(string old, string replacement)
    {
        InspectionResult result = Inspect(Vmdk(Descriptor.Replace(old, replacement, StringComparison.Ordinal)));
        Assert.Empty(result.Findings);
        Assert.Equal(4 << 20, result.VirtualSize);
    }

    [Fact]
    public void What_follows_the_first_nul_is_not_read() => Assert.Empty(Inspect(Vmdk(Descriptor + "\0RW 1 FLAT \"/etc/passwd\"\n")).Findings);

    [Theory]
    [InlineData(4, 4, 4)] // version
    [InlineData(28, 2, 28)] // descriptor at sector 2
    [InlineData(36, 0, 512)] // no descriptor
    [InlineData(36, 3, 36)] // past the end
    [InlineData(43, 0xFF, 36)] // far past the end
    [InlineData(512, 0, 512)] // empty
    public void A_descriptor_that_is_not_in_its_place_is_refused(int offset, byte value, long at)
    {
        byte[] image = Vmdk();
        image[offset] = value;
        Assert.Equal($"vmdk/descriptor at {at}", OnlyFinding(image));
    }

    [Theory]
    [InlineData("parentCID=ffffffff", "parentCID=00000001")]
    [InlineData("CID=12345678", "parentFileNameHint=\"/etc/passwd\"")]
    public void A_parent_is_found(string old, string replacement)
    {
        byte[] image = Vmdk(Descriptor.Replace(old, replacement, StringComparison.Ordinal));
        Assert.StartsWith("vmdk/parent at ", OnlyFinding(image), StringComparison.Ordinal);
    }

    // The sample: footer marker at 1536, footer at 2048, end-of-stream marker at 2560.
    [Theory]
    [InlineData(1536 + 8, 1536)] // marker size
    [InlineData(1536 + 12, 1536)] // marker type
    [InlineData(1536 + 511, 1536)] // marker padding
    [InlineData(2048, 2048)] // signature
    [InlineData(2048 + 4, 2052)] // version
    [InlineData(2048 + 12, 2060)] // capacity
    [InlineData(2048 + 28, 2076)] // descriptor offset
    [InlineData(2048 + 36, 2076)] // descriptor size
    [InlineData(2560, 2560)] // end of stream: value
    [InlineData(2560 + 8, 2560)] // size
    [InlineData(2560 + 12, 2560)] // type
    [InlineData(2560 + 511, 2560)] // padding
    public void A_footer_that_differs_from_the_header_is_refused(int offset, long at)
    {
        byte[] image = StreamVmdk();
        image[offset] ^= 0x40;
        Assert.Equal($"vmdk/footer at {at}", OnlyFinding(image));
    }

    [Fact]
    public void A_footer_that_points_to_another_footer_is_refused()
    {
        byte[] image = StreamVmdk();
        image.AsSpan(2048 + 56, 8).Fill(0xFF);
        Assert.Equal("vmdk/footer at 2104", OnlyFinding(image));
    }

    [Fact]
    public void A_missing_footer_is_refused() =>
        Assert.Equal(["descriptor", "footer"], Inspect(StreamVmdk()[..1400]).Findings.Select(finding => finding.Check));

    [Theory]
    [InlineData("version=1\ncreateType=\"vmfs\"\nRW 1 VMFS \"/etc/shadow\"\n")]
    [InlineData("# caf\u00e9\n\n  \nversion=3\r\n\0")]
    [InlineData("some text\ncreateType=\"vmfs\"")]
    public void A_descriptor_alone_is_vmdk_and_refused(string text)
    {
        InspectionResult result = Inspect(Text(text));
        Assert.Equal(["vmdk"], result.Formats);
        Assert.Equal("descriptor", Assert.Single(result.Findings).Check);
        Assert.Null(result.VirtualSize);
    }

    [Theory]
    [InlineData("version=4\n")]
    [InlineData("version=12\n")]
    [InlineData("[unit]\nversion=1\n")]
    [InlineData("createType\u0001=\"x\"\ncreateType=\"vmfs\"")]
    [InlineData("createType=\"vmfs\"\n\0")]
    [InlineData("text\n")]
    public void Other_text_is_raw(string text) => Assert.Equal("raw", Inspect(Text(text)).Format);

    [Fact]
    public void An_unprintable_type_does_not_reach_the_message()
    {
        SafetyFinding finding = Assert.Single(Inspect(Vmdk(Descriptor.Replace("monolithicSparse", "\u001b[31m", StringComparison.Ordinal))).Findings);
        Assert.DoesNotContain('\u001b', finding.Message);
    }

    [Theory]
    [InlineData("COWD")]
    [InlineData("\u00be\u00ba\u00fe\u00ca\0\0\0\0")]
    public void Extents_of_esx_are_vmdk_and_refused(string magic) => Assert.Equal("vmdk/descriptor at 0", OnlyFinding(Text(magic, 4096)));
}
