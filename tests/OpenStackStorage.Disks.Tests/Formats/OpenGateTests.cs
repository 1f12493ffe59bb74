namespace OpenStackStorage.Disks.Tests;

/// <summary>What an image may make us open. The folder has the image, a base, and a folder beside it with a secret.</summary>
public class OpenGateTests
{
    private static readonly (uint, byte[]) RawFormatName = (0xE2792ACA, "raw"u8.ToArray());

    [Theory]
    [InlineData("base.raw")]
    [InlineData("./base.raw")]
    [InlineData("sub/../base.raw")]
    [InlineData("{folder}/base.raw")]
    [InlineData("link.raw")]
    [InlineData("a\nb.raw")]
    [InlineData("b:ase.raw")]
    public void Files_of_the_same_folder_are_opened_unless_nothing_is(string name)
    {
        using TemporaryFolder folder = Prepare(name, out string image);
        Assert.Equal(0x42, ReadByte(image, OpenGate.SameFolder));
        Assert.Equal(0x42, ReadByte(image, OpenGate.Allow));
        AssertRefused(image, OpenGate.Deny, ErrorIds.BackingFileNotAllowed);
    }

    [Theory]
    [InlineData("{folder}/../outside/secret")]
    [InlineData("../outside/secret")]
    [InlineData("sub/secret")]
    [InlineData("secret-link")]
    [InlineData("folder-link/secret")]
    [InlineData("nested-link")]
    public void Files_of_other_folders_are_opened_only_where_all_are(string name)
    {
        using TemporaryFolder folder = Prepare(name, out string image);
        AssertRefused(image, OpenGate.Deny, ErrorIds.BackingFileNotAllowed);
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingFileNotAllowed);
        Assert.Equal(0x53, ReadByte(image, OpenGate.Allow));
    }

    [Theory]
    [InlineData("json:{\"driver\":\"file\",\"filename\":\"base.raw\"}")]
    [InlineData("nbd://host/export")]
    [InlineData("nbd:unix:/run/x.sock")]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("https:x")]
    [InlineData("fd:3")]
    [InlineData("file:base.raw")]
    [InlineData("rbd:pool/image")]
    [InlineData("base.raw\0.png")]
    [InlineData("\0")]
    public void Addresses_and_names_with_NUL_are_never_opened(string name)
    {
        using TemporaryFolder folder = Prepare(name, out string image);
        foreach (OpenGate gate in new[] { OpenGate.Deny, OpenGate.SameFolder, OpenGate.Allow })
            AssertRefused(image, gate, ErrorIds.BackingFileNotAllowed);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev/fd/0")]
    [InlineData("/proc/self/fd")]
    [InlineData("/")]
    [InlineData(".")]
    [InlineData("sub")]
    public void Devices_and_folders_are_never_opened(string name)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using TemporaryFolder folder = Prepare(name, out string image);
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingFileNotAllowed);
        if (name != "/dev/fd/0") // the test's own standard input may be a file
            AssertRefused(image, OpenGate.Allow, ErrorIds.BackingFileNotAllowed);
    }

    [NeedsToolFact("mkfifo")]
    public void A_pipe_is_refused_without_waiting()
    {
        using TemporaryFolder folder = Prepare("pipe", out string image);
        Tool.Run("mkfifo", folder["images/pipe"]);
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingFileNotAllowed);
        AssertRefused(image, OpenGate.Allow, ErrorIds.BackingFileNotAllowed);
    }

    [NeedsToolFact("mknod")]
    public void A_device_in_the_same_folder_is_refused()
    {
        using TemporaryFolder folder = Prepare("device", out string image);
        if (Tool.TryRun("mknod", folder["images/device"], "b", "7", "250").Code != 0)
            return; // only root may
        // The device has no driver or no medium: opening it fails otherwise than by the gate, at the latest on reading its size.
        Assert.ThrowsAny<StorageException>(() => TestDisks.Open(image, gate: OpenGate.SameFolder));
    }

    [Theory]
    [InlineData("missing.raw")]
    [InlineData("base.raw/x")]
    public void A_missing_file_is_named_only_within_the_folder(string name)
    {
        using TemporaryFolder folder = Prepare(name, out string image);
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingFileNotFound, orElse: ErrorIds.BackingFileNotAllowed);
        AssertRefused(image, OpenGate.Allow, ErrorIds.BackingFileNotFound);
    }

    [Fact]
    public void What_exists_elsewhere_can_not_be_found_out()
    {
        foreach (string name in new[] { "../outside/secret", "../outside/missing", "../missing/secret" })
        {
            using TemporaryFolder folder = Prepare(name, out string image);
            ImageReferenceException error = AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingFileNotAllowed);
            Assert.EndsWith("outside the image's own folder.", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("image.qcow2")]
    [InlineData("./sub/../image.qcow2")]
    [InlineData("self-link")]
    [InlineData("hard-link")]
    public void An_image_behind_itself_is_a_loop(string name)
    {
        using TemporaryFolder folder = Prepare(name, out string image, formatName: "qcow2");
        Tool.Run("ln", image, folder["images/hard-link"]);
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingChainInvalid);
        AssertRefused(image, OpenGate.Allow, ErrorIds.BackingChainInvalid);
    }

    [Fact]
    public void A_loop_over_other_images_and_spellings_is_found()
    {
        using TemporaryFolder folder = Prepare("b.qcow2", out string image, formatName: "qcow2");
        Write(folder["images/b.qcow2"], "./sub/../c.qcow2", "qcow2");
        Write(folder["images/c.qcow2"], "self-link", "qcow2");
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingChainInvalid);
    }

    [Fact]
    public void A_chain_of_64_images_is_opened_and_one_more_is_not()
    {
        using TemporaryFolder folder = Prepare("1.qcow2", out string image, formatName: "qcow2");
        for (int i = 1; i < 63; i++)
            Write(folder[$"images/{i}.qcow2"], i == 62 ? "base.raw" : $"{i + 1}.qcow2", i == 62 ? "raw" : "qcow2");
        Assert.Equal(0x42, ReadByte(image, OpenGate.SameFolder));
        using (DiskImage top = TestDisks.Open(image))
            Assert.Equal(64, top.Chain().Count());

        Write(folder["images/62.qcow2"], "63.qcow2", "qcow2");
        Write(folder["images/63.qcow2"], "base.raw", "raw");
        AssertRefused(image, OpenGate.SameFolder, ErrorIds.BackingChainInvalid);
    }

    [Fact]
    public void A_backing_format_that_is_not_known_is_named()
    {
        using TemporaryFolder folder = Prepare("base.raw", out string image, formatName: "zorro");
        ImageFeatureException error = Assert.Throws<ImageFeatureException>(() => TestDisks.Open(image));
        Assert.Contains("'zorro'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backing_file_that_is_said_to_be_raw_is_never_recognised_as_more()
    {
        using TemporaryFolder folder = Prepare("trap", out string image);
        Write(folder["images/trap"], "secret-link", "raw");
        using DiskImage top = TestDisks.Open(image);
        Assert.Equal(DiskImageFormat.Raw, top.Backing!.Format);
    }

    [Fact]
    public void Data_files_pass_the_same_gate()
    {
        foreach ((string name, ErrorId id) in new (string, ErrorId)[]
        {
            ("../outside/secret", ErrorIds.BackingFileNotAllowed), ("/dev/zero", ErrorIds.BackingFileNotAllowed), ("nbd://x", ErrorIds.BackingFileNotAllowed),
            ("image.qcow2", ErrorIds.BackingChainInvalid), ("self-link", ErrorIds.BackingChainInvalid), ("missing", ErrorIds.BackingFileNotFound),
        })
        {
            using TemporaryFolder folder = Prepare("base.raw", out string path);
            Qcow2TestImage image = WithDataFile(name);
            File.WriteAllBytes(path, image.Bytes);
            AssertRefused(path, OpenGate.SameFolder, id);
            AssertRefused(path, OpenGate.Deny, ErrorIds.BackingFileNotAllowed);
        }
    }

    [Fact]
    public void A_data_file_that_is_also_a_backing_file_is_refused()
    {
        using TemporaryFolder folder = Prepare("base.raw", out string path);
        Qcow2TestImage image = WithDataFile("base.raw", RawFormatName);
        image.SetBackingName("link.raw");
        File.WriteAllBytes(path, image.Bytes);
        AssertRefused(path, OpenGate.SameFolder, ErrorIds.BackingChainInvalid);
    }

    [Fact]
    public void Clusters_of_a_data_file_lie_at_their_guest_offsets()
    {
        using TemporaryFolder folder = Prepare("base.raw", out string path);
        byte[] disk = TestDisks.Mixed(Qcow2TestImage.DiskSize);
        folder.Write("images/data", disk);
        Qcow2TestImage image = WithDataFile("data");
        image.Set64(image.L2Entry(0), Qcow2Entry.Copied);
        image.Set64(image.L2Entry(600), Qcow2Entry.Copied | (600 * 4096));
        File.WriteAllBytes(path, image.Bytes);
        byte[] read = TestDisks.ReadAll(path);
        Assert.Equal(disk[..4096], read[..4096]);
        Assert.Equal(disk[(600 * 4096)..(601 * 4096)], read[(600 * 4096)..(601 * 4096)]);

        foreach ((int cluster, ulong entry, string problem) in new[] { (1, Qcow2Entry.Copied | 8192, "guest offset"), (2, Qcow2Entry.Compressed | 8192, "data file") })
        {
            image.Set64(image.L2Entry(cluster), entry);
            File.WriteAllBytes(path, image.Bytes);
            ImageFormatException error = Assert.Throws<ImageFormatException>(() => TestDisks.ReadAll(path));
            Assert.Equal(image.L2Entry(cluster), error.Offset);
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
            Assert.Contains(image.Check(), finding => finding.Offset == image.L2Entry(cluster) && finding.Message.Contains(problem, StringComparison.Ordinal));
            image.Set64(image.L2Entry(cluster), 0);
        }
    }

    /// <summary>An image without data, whose clusters are in the named file.</summary>
    private static Qcow2TestImage WithDataFile(string name, params (uint, byte[])[] more)
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        for (int cluster = 0; cluster < 1024; cluster++)
            image.Set64(image.L2Entry(cluster), 0);
        image.SetExtensions([(0x44415441, System.Text.Encoding.UTF8.GetBytes(name)), .. more]);
        image.Set64(72, 1 << 2);
        return image;
    }

    private static TemporaryFolder Prepare(string name, out string image, string formatName = "raw")
    {
        TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["images/sub"]);
        Directory.CreateDirectory(folder["outside"]);
        byte[] content = new byte[Qcow2TestImage.DiskSize];
        Array.Fill(content, (byte)0x42);
        foreach (string good in new[] { "base.raw", "a\nb.raw", "b:ase.raw" })
            folder.Write($"images/{good}", content);
        Array.Fill(content, (byte)0x53);
        folder.Write("outside/secret", content);
        folder.Write("images/sub/secret", content);
        File.CreateSymbolicLink(folder["images/link.raw"], "base.raw");
        File.CreateSymbolicLink(folder["images/secret-link"], "../outside/secret");
        File.CreateSymbolicLink(folder["images/nested-link"], "secret-link");
        File.CreateSymbolicLink(folder["images/self-link"], "image.qcow2");
        Directory.CreateSymbolicLink(folder["images/folder-link"], "../outside");
        image = folder["images/image.qcow2"];
        Write(image, name.Replace("{folder}", folder["images"], StringComparison.Ordinal), formatName);
        return folder;
    }

    private static void Write(string path, string backing, string formatName)
    {
        Qcow2TestImage image = Qcow2TestImage.Create(disk: new byte[Qcow2TestImage.DiskSize]);
        image.SetExtensions((0xE2792ACA, System.Text.Encoding.UTF8.GetBytes(formatName)));
        image.SetBackingName(backing);
        File.WriteAllBytes(path, image.Bytes);
    }

    private static byte ReadByte(string path, OpenGate gate)
    {
        using DiskImage image = TestDisks.Open(path, gate: gate);
        byte[] bytes = new byte[1];
        new ImageReader(image).Read(new GuestOffset(12345), bytes);
        return bytes[0];
    }

    private static ImageReferenceException AssertRefused(string path, OpenGate gate, ErrorId id, ErrorId? orElse = null)
    {
        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => TestDisks.Open(path, gate: gate));
        Assert.True(error.Id == id || error.Id == orElse, $"{error.Id}: {error.Message}");
        return error;
    }
}
