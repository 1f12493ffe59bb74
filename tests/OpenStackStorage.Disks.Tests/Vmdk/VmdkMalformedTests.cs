namespace OpenStackStorage.Disks.Tests;

/// <summary>Malformed disks are refused by name of the place, without much memory, and nothing is written.</summary>
public class VmdkMalformedTests
{
    private const long MemoryLimit = 64 << 20;

    public static TheoryData<string> Names() => [.. VmdkMalformedCases.Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_disk_is_refused_with_file_offset_and_field(string name)
    {
        VmdkMalformedCase malformed = VmdkMalformedCases.Refused[name]();
        long before = GC.GetAllocatedBytesForCurrentThread();
        StorageException error = Assert.ThrowsAny<StorageException>(malformed.Image.Touch);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
        AssertNamed(malformed, error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_disk_is_never_found_sound(string name)
    {
        VmdkMalformedCase malformed = VmdkMalformedCases.Refused[name]();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            List<CheckFinding> findings = malformed.Image.Check();
            // The check is of this disk alone: the parent is not opened.
            if (name is "28 parent that is not there" or "28 parent of another CID")
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
    public void Converting_a_malformed_disk_leaves_no_file(string name)
    {
        using TemporaryFolder source = new();
        using TemporaryFolder target = new();
        foreach ((string file, byte[] bytes) in VmdkMalformedCases.Refused[name]().Image.Files)
            source.Write(file, bytes);
        Assert.ThrowsAny<StorageException>(() => TestDisks.Convert(source["image.vmdk"], target["good"], DiskImageFormat.Vmdk, sourceFormat: DiskImageFormat.Vmdk));
        Assert.Empty(Directory.GetFileSystemEntries(target.Path));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("/dev/zero")]
    [InlineData("nbd://host/disk")]
    [InlineData("json:{}")]
    [InlineData("link")]
    public void An_extent_outside_the_folder_is_not_opened(string name)
    {
        using TemporaryFolder folder = new();
        folder.Write("secret", new byte[512]);
        Directory.CreateDirectory(folder["disks"]);
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(Path.Combine(folder["disks"], "link"), folder["secret"]);
        string path = folder.Write(Path.Combine("disks", "a.vmdk"), System.Text.Encoding.UTF8.GetBytes(VmdkEsxImages.Descriptor("vmfs", $"RW 1 VMFS \"{name}\"")));
        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.ThrowsAny<StorageException>(() => TestDisks.ReadAll(path)).Id);
        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.ThrowsAny<StorageException>(() => TestDisks.Check(path)).Id);
    }

    [Theory]
    [InlineData("parentCID=00000001\nparentFileNameHint=\"a.vmdk\"", "RW 1 ZERO")]
    [InlineData("parentCID=ffffffff", "RW 1 VMFS \"a.vmdk\"")]
    public void A_disk_that_names_itself_is_refused(string parent, string extent)
    {
        using TemporaryFolder folder = new();
        folder.Write("a.vmdk", System.Text.Encoding.UTF8.GetBytes(VmdkEsxImages.Descriptor("vmfs", extent, parent)));
        Assert.Equal(ErrorIds.BackingChainInvalid, Assert.ThrowsAny<StorageException>(() => TestDisks.ReadAll(folder["a.vmdk"])).Id);
    }

    [Fact]
    public void Two_names_of_one_file_are_no_two_extents()
    {
        if (OperatingSystem.IsWindows())
            return; // making links there needs a privilege
        using TemporaryFolder folder = new();
        folder.Write("a.bin", new byte[512]);
        File.CreateSymbolicLink(folder["b.bin"], folder["a.bin"]);
        folder.Write("a.vmdk", System.Text.Encoding.UTF8.GetBytes(VmdkEsxImages.Descriptor("vmfs", "RW 1 VMFS \"a.bin\"\nRW 1 VMFS \"b.bin\"")));
        Assert.Equal("extent file name", Assert.Throws<ImageFormatException>(() => TestDisks.ReadAll(folder["a.vmdk"])).Field);
    }

    [Fact]
    public void A_parent_of_another_content_is_no_parent()
    {
        VmdkMalformedCase malformed = VmdkMalformedCases.Refused["28 parent of another CID"]();
        Assert.Equal(ErrorIds.BackingFileMismatch, Assert.ThrowsAny<StorageException>(malformed.Image.Touch).Id);
    }

    [Fact]
    public void A_chain_of_two_disks_that_name_each_other_is_refused()
    {
        using TemporaryFolder folder = new();
        foreach ((string own, string other) in new[] { ("a", "b"), ("b", "a") })
        {
            VmdkTestImage image = VmdkTestImage.Create();
            image.Replace("parentCID=ffffffff", $"parentCID=00000001\nparentFileNameHint=\"{other}.vmdk\"");
            image.Replace(image.Text.Substring(image.Text.IndexOf("\nCID=", StringComparison.Ordinal), 13), "\nCID=00000001");
            folder.Write($"{own}.vmdk", image.Bytes);
        }

        Assert.Equal(ErrorIds.BackingChainInvalid, Assert.ThrowsAny<StorageException>(() => TestDisks.ReadAll(folder["a.vmdk"])).Id);
    }

    private static void AssertNamed(VmdkMalformedCase malformed, StorageException error)
    {
        if (malformed.Offset is not { } offset)
        {
            Assert.IsNotType<ImageFormatException>(error);
            Assert.Contains(malformed.Field, error.Message, StringComparison.Ordinal);
            return;
        }

        ImageFormatException format = Assert.IsType<ImageFormatException>(error);
        Assert.Equal((offset, malformed.Field), (format.Offset, format.Field));
    }
}
