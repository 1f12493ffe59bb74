namespace OpenStackStorage.Disks.Tests;

/// <summary>Conversion over a backing file stores the differences alone, and reads as the source does.</summary>
public sealed class BackingConversionTests : IDisposable
{
    private const int Size = (5 << 20) + 512;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v3", false, false)]
    [InlineData("v3", true, false)]
    [InlineData("v3", false, true)]
    [InlineData("v2", false, false)]
    public void Only_what_differs_is_stored(string subFormat, bool extended, bool compress)
    {
        byte[] disk = TestDisks.Mixed(Size, seed: 5);
        disk.AsSpan(3 << 20, 65536).Fill(7);
        string basePath = _folder.Write("base.raw", disk[..^(1 << 20)]); // the backing file is shorter
        byte[] changed = (byte[])disk.Clone();
        changed[70_000] ^= 1;
        changed.AsSpan(3 << 20, 65536).Clear(); // zeroes that must hide what is behind them
        string sourcePath = _folder.Write("changed.raw", changed);
        ImageCreateOptions create = TestDisks.Options(("extended_l2", extended ? "on" : "off")) with { SubFormat = subFormat, Compress = compress };
        if (!extended)
            create = create with { Options = new Dictionary<string, string>() };

        Convert(sourcePath, basePath, "diff.qcow2", create);

        Assert.Equal(changed, TestDisks.ReadAll(_folder["diff.qcow2"]));
        using DiskImage image = TestDisks.Open(_folder["diff.qcow2"]);
        Assert.Equal(ExtentKind.Backing, image.Map(default, new GuestOffset(65536)).Kind);
        Assert.Equal(compress ? ExtentKind.Compressed : ExtentKind.Data, image.Map(new GuestOffset(65536), new GuestOffset(131072)).Kind);
        Assert.Equal(subFormat == "v2" ? ExtentKind.Data : ExtentKind.Zero, image.Map(new GuestOffset(3 << 20), new GuestOffset((3 << 20) + 65536)).Kind);
        Assert.DoesNotContain(TestDisks.Check(_folder["diff.qcow2"]), finding => finding.Severity != CheckSeverity.Information);
        if (Tool.Exists("qemu-img"))
            Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", sourcePath, _folder["diff.qcow2"]);
    }

    [Fact]
    public void An_overlay_of_the_backing_file_gives_its_own_clusters_alone()
    {
        string basePath = _folder.Write("base.raw", TestDisks.Mixed(Size, seed: 6));
        byte[] changed = File.ReadAllBytes(basePath);
        changed[1 << 20] ^= 1;
        Convert(_folder.Write("changed.raw", changed), basePath, "overlay.qcow2", TestDisks.Options());

        Convert(_folder["overlay.qcow2"], basePath, "copy.qcow2", TestDisks.Options());

        Assert.Equal(File.ReadAllBytes(_folder["overlay.qcow2"]), File.ReadAllBytes(_folder["copy.qcow2"]));
        Assert.InRange(new FileInfo(_folder["copy.qcow2"]).Length, 1, 7 * 65536);
    }

    private void Convert(string sourcePath, string basePath, string name, ImageCreateOptions create)
    {
        using DiskImage source = TestDisks.Open(sourcePath);
        using DiskImage backing = TestDisks.Open(basePath);
        ConversionOptions options = new()
        {
            Format = DiskImageFormat.Qcow2,
            Create = create with { BackingFile = Path.GetFileName(basePath), BackingFormat = DiskImageFormat.Raw, Backing = backing },
            Verify = true,
            Gate = OpenGate.SameFolder,
        };
        ImageConverter.Convert(source, _folder[name], options, new WorkProgress(), CancellationToken.None);
    }
}
