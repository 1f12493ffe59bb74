namespace OpenStackStorage.Disks.Tests;

/// <summary>Malformed VHDs are refused by name of the place, without much memory, and nothing is written.</summary>
public class VhdMalformedTests
{
    private const long MemoryLimit = 64 << 20;

    public static TheoryData<string> Names() => [.. VhdMalformedCases.Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_refused_with_file_offset_and_field(string name)
    {
        VhdMalformedCase malformed = VhdMalformedCases.Refused[name]();
        VhdTestImage.Parents gate = new(("parent.vhd", VhdTestImage.Create().Bytes));

        long before = GC.GetAllocatedBytesForCurrentThread();
        StorageException error = Assert.ThrowsAny<StorageException>(() => malformed.Image.Open(gate: gate));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);

        AssertNamed(malformed, error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_never_found_sound(string name)
    {
        VhdMalformedCase malformed = VhdMalformedCases.Refused[name]();
        try
        {
            Assert.Contains(malformed.Image.Check(), finding => finding.Severity == CheckSeverity.Corruption && finding.Field.Contains(malformed.Field, StringComparison.Ordinal));
        }
        catch (StorageException error)
        {
            AssertNamed(malformed, error);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Converting_a_malformed_image_leaves_no_file(string name)
    {
        using TemporaryFolder source = new();
        using TemporaryFolder target = new();
        source.Write("bad.vhd", VhdMalformedCases.Refused[name]().Image.Bytes);
        source.Write("parent.vhd", VhdTestImage.Create().Bytes);

        Assert.ThrowsAny<StorageException>(() => TestDisks.Convert(source["bad.vhd"], target["good"], DiskImageFormat.Raw, sourceFormat: DiskImageFormat.Vhd));

        Assert.Empty(Directory.GetFileSystemEntries(target.Path));
    }

    [Fact]
    public void The_images_that_the_cases_start_from_are_sound()
    {
        VhdTestImage parent = VhdTestImage.Create();
        Assert.Equal(parent.Disk, parent.Read());
        Assert.Empty(parent.Check());
        VhdTestImage child = VhdTestImage.CreateChild(parent, new byte[VhdTestImage.DiskSize]);
        Assert.Equal(child.Disk, child.Read(new VhdTestImage.Parents(("parent.vhd", parent.Bytes))));
        Assert.Empty(child.Check());
        VhdTestImage flat = VhdTestImage.Create("fixed");
        Assert.Equal(flat.Disk, flat.Read());
        Assert.Empty(flat.Check());
    }

    [Theory]
    [InlineData(true, "missing")]
    [InlineData(false, "missing")]
    [InlineData(true, "checksum")]
    [InlineData(false, "checksum")]
    public void One_of_two_footers_is_enough_and_the_damage_is_found(bool first, string damage)
    {
        VhdTestImage image = VhdTestImage.Create();
        int at = first ? 0 : image.Footer;
        image.Bytes[damage == "missing" ? at : at + 200] ^= 1;

        Assert.Equal(image.Disk, image.Read());
        Assert.True(image.Describe().Dirty);
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Corruption, (long)at), (finding.Severity, finding.Offset));
        Assert.Contains(damage, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_16_MiB_is_read_within_the_limits()
    {
        using TemporaryFolder folder = new();
        VhdTestImage image = VhdTestImage.Create();
        image.Set32(VhdTestImage.Header + 28, 4 << 20);
        image.Set32(VhdTestImage.Header + 32, 512 << 10);
        image.Set64(48, 2040UL << 30);
        image.Seal();
        using (FileStream file = File.Create(folder["big.vhd"]))
        {
            file.Write(image.Bytes.AsSpan(0, 1536)); // the table is a hole: every entry points at the copy of the footer
            file.SetLength(64 << 20);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageFormatException>(() => TestDisks.Open(folder["big.vhd"]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
    }

    private static void AssertNamed(VhdMalformedCase malformed, StorageException error)
    {
        if (malformed.Offset is not { } offset)
        {
            Assert.Equal(ErrorIds.ImageFeatureNotSupported, error.Id);
            Assert.Contains(malformed.Field, error.Message, StringComparison.Ordinal);
            return;
        }

        ImageFormatException format = Assert.IsType<ImageFormatException>(error);
        Assert.Contains(malformed.Field, format.Field, StringComparison.Ordinal);
        Assert.Equal(offset, format.Offset);
        Assert.Equal("image.vhd", format.Target);
    }
}
