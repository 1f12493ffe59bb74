namespace OpenStackStorage.Disks.Tests;

/// <summary>An overlay reads the same over another backing image, or over none.</summary>
public sealed class RebaseTests : IDisposable
{
    private const int Size = (3 << 20) + 512;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _disk;

    public RebaseTests()
    {
        byte[] lower = TestDisks.Mixed(Size - (1 << 20), seed: 41); // shorter than the overlay
        _folder.Write("base.raw", lower);
        NewOverlay("top.qcow2", "base.raw");
        using ImageEditor editor = Open("top.qcow2");
        byte[] changed = TestDisks.Mixed(400_000, seed: 42);
        editor.Write(new GuestOffset(100_000), changed);
        editor.Zero(new GuestOffset(1 << 20), 1 << 18, free: true);
        editor.Close();
        editor.Dispose();
        _disk = TestDisks.ReadAll(_folder["top.qcow2"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_reads_the_same_over_another_image(bool longer)
    {
        byte[] other = TestDisks.Mixed(longer ? Size + (1 << 20) : Size - (1 << 19), seed: 43);
        File.ReadAllBytes(_folder["base.raw"]).AsSpan(0, 1 << 20).CopyTo(other); // a part is the same
        _folder.Write("other.raw", other);

        Rebase("other.raw");

        Assert.Equal(_disk, TestDisks.ReadAll(_folder["top.qcow2"]));
        Assert.Equal("other.raw", Describe("top.qcow2").BackingFile);
        Assert.Empty(TestDisks.Check(_folder["top.qcow2"]));
        if (Tool.Exists("qemu-img"))
            Assert.Equal("{", Tool.Run("qemu-img", "check", "--output=json", _folder["top.qcow2"])[..1]);
    }

    [Fact]
    public void What_is_equal_in_both_is_not_copied()
    {
        byte[] same = new byte[Size];
        File.ReadAllBytes(_folder["base.raw"]).CopyTo(same, 0);
        _folder.Write("same.raw", same);
        long before = new FileInfo(_folder["top.qcow2"]).Length;

        Rebase("same.raw");

        Assert.Equal(_disk, TestDisks.ReadAll(_folder["top.qcow2"]));
        // The cluster in which the shorter one ends is half zeroes that must be kept, whatever comes behind them.
        Assert.InRange(new FileInfo(_folder["top.qcow2"]).Length, 0, before + 65536);
    }

    [Fact]
    public void It_stands_alone_without_any()
    {
        Rebase(null);

        File.Delete(_folder["base.raw"]);
        Assert.Equal(_disk, TestDisks.ReadAll(_folder["top.qcow2"]));
        Assert.Null(Describe("top.qcow2").BackingFile);
        Assert.Empty(TestDisks.Check(_folder["top.qcow2"]));
    }

    [Fact]
    public void A_stop_leaves_it_over_the_old_image()
    {
        _folder.Write("other.raw", TestDisks.Mixed(Size, seed: 44));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        using (ImageEditor editor = Open("top.qcow2"))
        using (DiskImage backing = TestDisks.Open(_folder["other.raw"], DiskImageFormat.Raw))
            Assert.ThrowsAny<OperationCanceledException>(() => ImageRebase.Rebase(editor, "other.raw", backing, 2, new WorkProgress(), stop.Token));

        Assert.Equal("base.raw", Describe("top.qcow2").BackingFile);
        Assert.Equal(_disk, TestDisks.ReadAll(_folder["top.qcow2"]));
    }

    private void Rebase(string? name)
    {
        using ImageEditor editor = Open("top.qcow2");
        using DiskImage? backing = name is null ? null : TestDisks.Open(_folder[name], DiskImageFormat.Raw);
        ImageRebase.Rebase(editor, name, backing, 2, new WorkProgress(), CancellationToken.None);
    }

    private void NewOverlay(string name, string backingName)
    {
        using FileBlockDevice device = FileBlockDevice.CreateNew(_folder[name]);
        ImageCreateOptions options = TestDisks.Options() with { VirtualSize = Size, BackingFile = backingName, BackingFormat = DiskImageFormat.Raw };
        using ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(device, options);
        writer.Finish();
    }

    private ImageEditor Open(string name) => new(ImageFormats.OpenWritable(_folder[name], new ImageOpenOptions { Gate = OpenGate.SameFolder }));

    private ImageDescription Describe(string name)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(_folder[name]);
        return ImageFormats.Recognise(device).Describe(device);
    }
}
