namespace OpenStackStorage.Disks.Tests;

public sealed class MergeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_parent_shows_what_the_merged_image_shows(bool compress)
    {
        byte[] disk = Chain(compress);

        Merge("top.qcow2", "base.raw", levels: 1);

        Assert.Equal(disk, TestDisks.ReadAll(_folder["base.raw"], DiskImageFormat.Raw));
        Assert.Equal(disk, TestDisks.ReadAll(_folder["top.qcow2"]));
    }

    [NeedsToolFact("qemu-img")]
    public void It_gives_what_qemu_gives()
    {
        Chain(compress: false);
        File.Copy(_folder["base.raw"], _folder["copy.raw"]);
        File.Copy(_folder["top.qcow2"], _folder["theirs.qcow2"]);
        Tool.Run("qemu-img", "rebase", "-u", "-b", "copy.raw", "-F", "raw", _folder["theirs.qcow2"]);
        Tool.Run("qemu-img", "commit", "-q", _folder["theirs.qcow2"]);

        Merge("top.qcow2", "base.raw", levels: 1);

        Assert.Equal(File.ReadAllBytes(_folder["copy.raw"]), File.ReadAllBytes(_folder["base.raw"]));
    }

    [Fact]
    public void What_only_the_parent_holds_is_not_written()
    {
        Chain(compress: false);
        using DiskImage top = TestDisks.Open(_folder["top.qcow2"]);
        using RecordingTarget target = new(_folder["base.raw"]);

        ImageMerge.Merge(top, top.Backing!, new ImageEditor(target), 2, new WorkProgress(), CancellationToken.None);

        Assert.DoesNotContain(target.Places, place => place.Start.Value < 65536);
        Assert.NotEmpty(target.Places);
    }

    /// <summary>A raw base and an overlay that differs in some clusters, is longer, and hides some data with zeroes.</summary>
    private byte[] Chain(bool compress)
    {
        byte[] lower = TestDisks.Mixed(3 << 20, seed: 31);
        lower.AsSpan(1 << 20, 1 << 18).Fill(9);
        byte[] disk = new byte[(4 << 20) + 512];
        lower.CopyTo(disk, 0);
        disk.AsSpan(70_000, 300_000).Fill(3);
        disk.AsSpan(1 << 20, 1 << 17).Clear();
        disk.AsSpan(3 << 20, 1000).Fill(5);
        string basePath = _folder.Write("base.raw", lower);
        using DiskImage source = TestDisks.Open(_folder.Write("full.raw", disk));
        using DiskImage backing = TestDisks.Open(basePath, DiskImageFormat.Raw);
        ConversionOptions options = new()
        {
            Format = DiskImageFormat.Qcow2,
            Create = TestDisks.Options() with { BackingFile = "base.raw", BackingFormat = DiskImageFormat.Raw, Backing = backing, Compress = compress },
        };
        ImageConverter.Convert(source, _folder["top.qcow2"], options, new WorkProgress(), CancellationToken.None);
        return disk;
    }

    private void Merge(string topName, string targetName, int levels)
    {
        using DiskImage top = TestDisks.Open(_folder[topName]);
        DiskImage ancestor = top.Chain().ElementAt(levels);
        using ImageEditor target = new(ImageFormats.OpenWritable(_folder[targetName], new ImageOpenOptions { Format = ancestor.Format }));
        ImageMerge.Merge(top, ancestor, target, 2, new WorkProgress(), CancellationToken.None);
    }

    /// <summary>A raw image that remembers what places were asked for.</summary>
    private sealed class RecordingTarget(string path) : WritableImage(FileBlockDevice.OpenWrite(path))
    {
        public List<WritePlace> Places { get; } = [];

        public override DiskImageFormat Format => DiskImageFormat.Raw;

        public override long VirtualSize => File.Length;

        public override int ClusterSize => 4096;

        public override Extent Map(GuestOffset start, GuestOffset end) =>
            new(start, end - start, ExtentKind.Data, File, new HostOffset(start.Value), Layer: this);

        public override WritePlace Place(GuestOffset start, GuestOffset end)
        {
            WritePlace place = new(start, end - start, File, new HostOffset(start.Value), IsNew: false);
            Places.Add(place);
            return place;
        }

        public override void Link(in WritePlace place) => throw new InvalidOperationException();

        public override bool Zero(GuestOffset start, long length, bool free) => false;

        public override void Flush() => File.Flush();

        public override void Resize(long size) => File.SetLength(size);
    }
}
