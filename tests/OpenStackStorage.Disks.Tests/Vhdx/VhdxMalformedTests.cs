using static OpenStackStorage.Disks.Tests.VhdxTestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Malformed images are refused by name of the place, without much memory; what is merely unusual is read.</summary>
public class VhdxMalformedTests
{
    private const long MemoryLimit = 64 << 20;

    public static TheoryData<string> Names() => [.. VhdxMalformedCases.Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_refused_with_file_offset_and_field(string name)
    {
        VhdxMalformedCase malformed = VhdxMalformedCases.Refused[name]();

        long before = GC.GetAllocatedBytesForCurrentThread();
        StorageException error = Assert.ThrowsAny<StorageException>(() => malformed.Image.Read(parent: []));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);

        if (malformed.Offset is not { } offset)
        {
            Assert.Equal(ErrorIds.ImageFeatureNotSupported, error.Id);
            Assert.Contains(malformed.Field, error.Message, StringComparison.Ordinal);
            return;
        }

        ImageFormatException format = Assert.IsType<ImageFormatException>(error);
        Assert.Equal(offset, format.Offset);
        Assert.Contains(malformed.Field, format.Field, StringComparison.Ordinal);
        Assert.Equal("/images/image.vhdx", format.Target);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_image_is_never_found_sound(string name)
    {
        VhdxMalformedCase malformed = VhdxMalformedCases.Refused[name]();
        try
        {
            CheckFinding finding = malformed.Image.Check().First(finding => finding.Severity == CheckSeverity.Corruption);
            Assert.Equal(malformed.Offset, finding.Offset);
        }
        catch (StorageException error)
        {
            Assert.True(error.Id == ErrorIds.ImageCorrupt || error.Id == ErrorIds.ImageFeatureNotSupported);
        }
    }

    public static TheoryData<string> Unusual() =>
    [
        "one header is bad", "the other header is bad", "two equal headers", "a newer first header", "one region table is bad",
        "an optional region", "undefined and unmapped blocks", "a short last block", "no log at all", "a log of another version that is empty",
        "entries in a log that is not in use", "an empty user item",
    ];

    [Theory]
    [MemberData(nameof(Unusual))]
    public void What_is_unusual_is_read(string what)
    {
        VhdxTestImage image = Create();
        byte[] disk = Disk();
        switch (what)
        {
            case "one header is bad":
                image.Damage(Header1 + 9);
                break;
            case "the other header is bad":
                image.Damage(Header2 + 9);
                break;
            case "two equal headers":
                image.SetBytes(Header1, image.Bytes.AsSpan(Header2, 4096));
                break;
            case "a newer first header":
                image.Set64(Header1 + 8, 3).Set16(Header2 + 66, 77);
                break;
            case "one region table is bad":
                image.Damage(Regions1 + 9);
                break;
            case "an optional region":
                image = VhdxMalformedCases.WithOptionalRegion();
                break;
            case "undefined and unmapped blocks":
                image.SetBat(0, VhdxBlockState.Undefined, 4 * MiB).SetBat(2, VhdxBlockState.Unmapped, 5 * MiB);
                disk.AsSpan(0, 4 * MiB).Clear();
                break;
            case "a short last block":
                image.Resize(image.Bytes.Length - (MiB / 2));
                break;
            case "no log at all":
                image.Set32(Header2 + 68, 0).Set64(Header2 + 72, 0);
                break;
            case "a log of another version that is empty":
                image.Set16(Header2 + 64, 9);
                break;
            case "entries in a log that is not in use":
                image.SetLog(new VhdxTestEntry(0, 1, 0).Zero(Bat, 4096)).SetGuid(Header2 + 48, Guid.Empty);
                break;
            case "an empty user item":
                image.Set16(Metadata + 10, 6).SetGuid(Metadata + 32 + 160, LogGuid).Set32(Metadata + 32 + 160 + 24, 1);
                break;
        }

        Assert.Equal(disk, image.Read());
        Assert.DoesNotContain(image.Check(), finding => finding.Severity == CheckSeverity.Corruption && what != "one region table is bad");
    }

    public static TheoryData<string> CheckFindings() =>
        ["a block twice", "a block nobody uses", "a bad header", "a bad region table", "two region tables that differ", "a sector bitmap without a parent", "a missing sector bitmap", "a state of a sector bitmap"];

    [Theory]
    [MemberData(nameof(CheckFindings))]
    public void The_check_finds(string what)
    {
        VhdxTestImage image = Create();
        (CheckSeverity severity, long offset, string message) = (CheckSeverity.Corruption, 0L, "");
        switch (what)
        {
            case "a block twice":
                image.Set64(Bat + 24, image.Get64(Bat));
                (offset, message) = (Bat + 24, "over an earlier one");
                break;
            case "a block nobody uses":
                image.SetBat(0, VhdxBlockState.Zero, 0);
                (severity, offset, message) = (CheckSeverity.Leak, Data, "nothing uses the 1048576 bytes");
                break;
            case "a bad header":
                image.Damage(Header1 + 9);
                (severity, offset, message) = (CheckSeverity.Information, Header1, "CRC-32C of this copy is wrong");
                break;
            case "a bad region table":
                image.Damage(Regions2 + 9);
                (offset, message) = (Regions2, "CRC-32C of this copy is wrong");
                break;
            case "two region tables that differ":
                image.Set32(Regions2 + 12, 1);
                (offset, message) = (Regions2, "differs from the first");
                break;
            case "a sector bitmap without a parent":
                // 17 blocks of 256 MiB: the entry behind the first 16 is that of the sector bitmap.
                image = Create(Disk(), blockSize: 256 * MiB).Set64(Items + 8, 17UL * 256 * MiB);
                image.Resize(image.Bytes.Length + MiB).SetBat(16, VhdxBlockState.FullyPresent, image.Bytes.Length - MiB);
                (severity, offset, message) = (CheckSeverity.Leak, Bat + (16 * 8), "the disk has no parent");
                break;
            case "a missing sector bitmap":
                image = CreateDifferencing(out _, out _).SetBat(4096, VhdxBlockState.NotPresent, 0);
                (offset, message) = (Bat + (4096 * 8), "blocks of its chunk are partially present");
                break;
            case "a state of a sector bitmap":
                image = CreateDifferencing(out _, out _).SetBat(4096, VhdxBlockState.Zero, 0);
                (offset, message) = (Bat + (4096 * 8), "the state is 2");
                break;
        }

        CheckFinding finding = image.Check().First(finding => finding.Severity == severity);
        Assert.Equal(offset, finding.Offset);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }
}
