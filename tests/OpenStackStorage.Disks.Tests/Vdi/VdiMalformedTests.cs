using static OpenStackStorage.Disks.Tests.VdiTestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Malformed VDIs are refused by name of the place, without much memory, and nothing is written.</summary>
public class VdiMalformedTests
{
    private const long MemoryLimit = 64 << 20;

    /// <summary>The image, the byte that the message must name (null where it is a feature), and part of the field's or feature's name.</summary>
    private static readonly Dictionary<string, Func<(VdiTestImage Image, long? Offset, string Field)>> Refused = new()
    {
        ["version 0.1"] = () => Patch(0x44, 0x00000001, "VDI version 0.1") with { Offset = null },
        ["version 1.2"] = () => Patch(0x44, 0x00010002, "VDI version 1.2") with { Offset = null },
        ["header length 0"] = () => Patch(0x48, 0, "cbHeader"),
        ["header length 2^32-1"] = () => Patch(0x48, uint.MaxValue, "offBlocks", 0x154),
        ["type 0"] = () => Patch(0x4C, 0, "u32Type"),
        ["type 5"] = () => Patch(0x4C, 5, "u32Type"),
        ["type 2^32-1"] = () => Patch(0x4C, uint.MaxValue, "u32Type"),
        ["map over the header"] = () => Patch(0x154, 0x100, "offBlocks"),
        ["map past the end"] = () => Patch(0x154, 1 << 30, "offBlocks"),
        ["map across the end"] = () => Patch(0x154, (3 << 20) - 8, "offBlocks"),
        ["data over the map"] = () => Patch(0x158, 516, "offData"),
        ["data at 0"] = () => Patch(0x158, 0, "offData"),
        ["data past the end"] = () => Patch(0x158, 1 << 30, "block map entry 1", Map + 4),
        ["disk larger than its blocks"] = () => Patch(0x170, DiskSize + 512, "cbDisk"),
        ["disk of 2^64-1 bytes"] = () => Patch64(0x170, ulong.MaxValue, "cbDisk"),
        ["disk of 2^63 bytes"] = () => Patch64(0x170, 1UL << 63, "cbDisk"),
        ["block size 0"] = () => Patch(0x178, 0, "cbBlock"),
        ["block size 3 MiB"] = () => Patch(0x178, 3 << 20, "cbBlock"),
        ["block size 256"] = () => Patch(0x178, 256, "cbBlock"),
        ["block size 2 GiB"] = () => Patch(0x178, 1u << 31, "cbBlock"),
        ["bytes before each block"] = () => Patch(0x17C, 512, "512 bytes before each block") with { Offset = null },
        ["too few blocks"] = () => Patch(0x180, 4, "cbDisk", 0x170),
        ["blocks beyond the file"] = () => Patch(0x180, 14 << 20, "offBlocks", 0x154),
        ["2^32-1 blocks"] = () => Patch(0x180, uint.MaxValue, "cBlocks"),
        ["more allocated than there are"] = () => Patch(0x184, 6, "cBlocksAllocated"),
        ["parent of a dynamic image"] = () => Patch(0x1A8, 1, "uuidLinkage"),
        ["differencing without a parent"] = () => Patch(0x4C, 4, "uuidLinkage", 0x1A8),
        ["undo without a parent"] = () => Patch(0x4C, 3, "uuidLinkage", 0x1A8),
        ["entry beyond the allocated blocks"] = () => Patch(Map, 2, "block map entry 0"),
        ["entry of 2^32-3"] = () => Patch(Map, uint.MaxValue - 2, "block map entry 0"),
        ["entry twice"] = () => Patch(Map + 8, 0, "block map entry 2"),
        ["entry twice, the first later"] = () => Patch(Map + 16, 1, "block map entry 4"),
        ["cut to the magic"] = () => Cut(0x44, 0, "header"),
        ["cut after the header"] = () => Cut(512, 0x154, "offBlocks"),
        ["cut in the first block"] = () => Cut(Data + 65536, Map + 4, "block map entry 1"),
        ["cut in the last block"] = () => Cut((3 << 20) - 1, Map + 12, "block map entry 3"),
    };

    public static TheoryData<string> Names() => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_refused_with_file_offset_and_field(string name)
    {
        (VdiTestImage image, long? offset, string field) = Refused[name]();
        long before = GC.GetAllocatedBytesForCurrentThread();
        StorageException error = Assert.ThrowsAny<StorageException>(() => image.Open());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
        AssertNamed(error, offset, field);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_never_found_sound(string name)
    {
        (VdiTestImage image, long? offset, string field) = Refused[name]();
        try
        {
            Assert.Contains(image.Check(), finding => finding.Severity == CheckSeverity.Corruption && finding.Offset == offset);
        }
        catch (StorageException error)
        {
            AssertNamed(error, offset, field);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Converting_a_malformed_image_leaves_no_file(string name)
    {
        using TemporaryFolder source = new();
        using TemporaryFolder target = new();
        source.Write("bad.vdi", Refused[name]().Image.Bytes);
        Assert.ThrowsAny<StorageException>(() => TestDisks.Convert(source["bad.vdi"], target["good"], DiskImageFormat.Raw, sourceFormat: DiskImageFormat.Vdi));
        Assert.Empty(Directory.GetFileSystemEntries(target.Path));
    }

    [Fact]
    public void The_images_that_the_cases_start_from_are_sound()
    {
        foreach (string subFormat in new[] { "dynamic", "static" })
        {
            VdiTestImage image = Create(subFormat);
            Assert.Equal(image.Disk, image.Read());
            Assert.Empty(image.Check());
        }
    }

    [Fact]
    public void A_map_of_56_MiB_is_read_within_the_limits()
    {
        using TemporaryFolder folder = new();
        VdiTestImage image = Create();
        image.Set32(0x180, 14 << 20);
        image.Set32(0x184, 14 << 20);
        image.Set32(0x158, 60 << 20);
        using (FileStream file = File.Create(folder["big.vdi"]))
        {
            file.Write(image.Bytes.AsSpan(0, 512)); // the map is a hole: every entry is block 0
            file.SetLength(64 << 20);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageFormatException>(() => TestDisks.Open(folder["big.vdi"]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
    }

    private static (VdiTestImage Image, long? Offset, string Field) Patch(int at, uint value, string field, long? offset = null)
    {
        VdiTestImage image = Create();
        image.Set32(at, value);
        return (image, offset ?? at, field);
    }

    private static (VdiTestImage Image, long? Offset, string Field) Patch64(int at, ulong value, string field)
    {
        VdiTestImage image = Create();
        image.Set64(at, value);
        return (image, at, field);
    }

    private static (VdiTestImage Image, long? Offset, string Field) Cut(int length, long offset, string field)
    {
        VdiTestImage image = Create();
        image.Truncate(length);
        return (image, offset, field);
    }

    private static void AssertNamed(StorageException error, long? offset, string field)
    {
        if (offset is null)
        {
            Assert.Equal(ErrorIds.ImageFeatureNotSupported, error.Id);
            Assert.Contains(field, error.Message, StringComparison.Ordinal);
            return;
        }

        ImageFormatException format = Assert.IsType<ImageFormatException>(error);
        Assert.Contains(field, format.Field, StringComparison.Ordinal);
        Assert.Equal(offset, format.Offset);
        Assert.Equal("image.vdi", format.Target);
    }
}
