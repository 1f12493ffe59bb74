namespace OpenStackStorage.Disks.Tests;

/// <summary>Malformed images are refused by name of the place, without much memory, and nothing is written.</summary>
public class Qcow2MalformedTests
{
    private const long MemoryLimit = 64 << 20;

    public static TheoryData<string> Names() => [.. Qcow2MalformedCases.Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_refused_with_file_offset_and_field(string name)
    {
        Qcow2MalformedCase malformed = Qcow2MalformedCases.Refused[name]();

        long before = GC.GetAllocatedBytesForCurrentThread();
        StorageException error = Assert.ThrowsAny<StorageException>(() => malformed.Image.Read());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);

        AssertNamed(malformed, error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_never_found_sound(string name)
    {
        Qcow2MalformedCase malformed = Qcow2MalformedCases.Refused[name]();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            List<CheckFinding> findings = malformed.Image.Check();
            // Encryption hinders reading the guest's data only.
            if (malformed.Field is "AES (legacy) encryption" or "LUKS encryption")
                return;
            Assert.Contains(findings, finding => finding.Severity == CheckSeverity.Corruption);
        }
        catch (StorageException error)
        {
            AssertNamed(malformed, error);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Converting_a_malformed_image_leaves_no_file(string name)
    {
        using TemporaryFolder source = new();
        using TemporaryFolder target = new();
        source.Write("bad.qcow2", Qcow2MalformedCases.Refused[name]().Image.Bytes);

        foreach (DiskImageFormat format in new[] { DiskImageFormat.Raw, DiskImageFormat.Qcow2 })
            Assert.ThrowsAny<StorageException>(() => TestDisks.Convert(source["bad.qcow2"], target["good"], format, sourceFormat: DiskImageFormat.Qcow2));

        Assert.Empty(Directory.GetFileSystemEntries(target.Path));
    }

    [Fact]
    public void The_image_that_the_cases_start_from_is_sound()
    {
        foreach (int clusterSize in new[] { 512, 4096, 16384, 65536 })
        {
            foreach (bool compress in new[] { false, true })
            {
                Qcow2TestImage image = Qcow2TestImage.Create(clusterSize, compress);
                Assert.Equal(image.Disk, image.Read());
                Assert.Empty(image.Check());
                image.Append(1, 2, 3);
                Assert.Equal(CheckSeverity.Leak, Assert.Single(image.Check()).Severity);
            }
        }
    }

    [Fact]
    public void An_image_without_the_magic_is_no_qcow2_image()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set32(0, 0x514649FA);
        using DiskImage raw = image.Open();
        Assert.Equal(DiskImageFormat.Raw, raw.Format);
        using MemoryBlockDevice device = new("image.qcow2", image.Bytes);
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => ImageFormats.Get(DiskImageFormat.Qcow2).Open(device, new ImageOpenOptions()));
        Assert.Equal((0, "magic"), (error.Offset, error.Field));
    }

    [Fact]
    public void A_deflate_stream_that_goes_on_after_the_cluster_is_read()
    {
        // "decompression stops when it has produced a cluster of data" (qcow2.rst)
        Qcow2TestImage image = Qcow2TestImage.Create();
        byte[] content = Qcow2MalformedCases.Noise(5000);
        image.SetCompressed(2, Qcow2TestImage.Deflated(content));
        Assert.Equal(content[..4096], image.Read()[8192..12288]);
    }

    [Fact]
    public void Zstd_frames_with_a_large_window_several_frames_and_garbage_behind_them_are_read()
    {
        Qcow2TestImage image = Qcow2TestImage.Create(type: CompressionType.Zstd);
        image.SetCompressed(2, Qcow2TestImage.ZstdRun(7, 4096, 21));
        image.SetCompressed(3, [.. Qcow2TestImage.ZstdRun(8, 1000, 12), .. Qcow2TestImage.ZstdRun(9, 3096, 12), 0xFF, 0xFF]);
        byte[] disk = image.Read();
        Assert.Equal(Enumerable.Repeat((byte)7, 4096), disk[8192..12288]);
        Assert.Equal(Enumerable.Repeat((byte)8, 1000).Concat(Enumerable.Repeat((byte)9, 3096)), disk[12288..16384]);
    }

    [Theory]
    [InlineData(1, CheckSeverity.Leak)]
    [InlineData(2, CheckSeverity.Corruption)]
    public void Images_marked_dirty_or_corrupt_are_read_and_the_mark_is_found(ulong bit, CheckSeverity severity)
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set64(72, bit);
        Assert.Equal(image.Disk, image.Read());
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((severity, 72L, "incompatible_features"), (finding.Severity, finding.Offset, finding.Field));
    }

    private static void AssertNamed(Qcow2MalformedCase malformed, StorageException error)
    {
        if (malformed.Offset is not { } offset)
        {
            Assert.Equal(ErrorIds.ImageFeatureNotSupported, error.Id);
            Assert.Contains(malformed.Field, error.Message, StringComparison.Ordinal);
            return;
        }

        ImageFormatException format = Assert.IsType<ImageFormatException>(error);
        Assert.Equal(offset, format.Offset);
        Assert.Contains(malformed.Field, format.Field, StringComparison.Ordinal);
        Assert.Equal("image.qcow2", format.Target);
        Assert.Contains("image.qcow2", format.Message, StringComparison.Ordinal);
    }
}
