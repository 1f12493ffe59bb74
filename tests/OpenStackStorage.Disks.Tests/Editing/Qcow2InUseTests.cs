namespace OpenStackStorage.Disks.Tests;

/// <summary>What writing into qcow2 images refuses, keeps and shares with qemu.</summary>
public sealed class Qcow2InUseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, "dirty bit")]
    [InlineData(2, "corrupt bit")]
    public void An_image_that_needs_repair_is_not_written_to(ulong bit, string named)
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set64(72, bit);

        StorageException error = Assert.Throws<ImageFormatException>(() => Open(image.Bytes));

        Assert.Contains(named, error.Message);
        Assert.Contains("qemu-img check", error.Remedy);
    }

    [Fact]
    public void Autoclear_bits_that_are_not_known_are_cleared_by_the_first_change_only()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set64(88, 0xF0);
        using MemoryBlockDevice device = new("a.qcow2", image.Bytes);
        Open(device).Close();
        Assert.Equal(0xF0UL, Qcow2Format.ReadHeader(device).Autoclear);

        ImageEditor editor = Open(device);
        editor.Write(default, [1]);
        editor.Close();

        Assert.Equal(0UL, Qcow2Format.ReadHeader(device).Autoclear);
    }

    [Fact]
    public void A_cluster_in_use_with_the_refcount_0_is_not_written_over()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        long cluster = (long)(image.Get64(image.L2Entry(0)) & Qcow2Entry.OffsetMask) / image.ClusterSize;
        image.SetRefcount(cluster, 0);
        using ImageEditor editor = Open(image.Bytes);

        StorageException error = Assert.Throws<ImageFormatException>(() => editor.Write(default, [1]));

        Assert.Contains("refcount", error.Message);
    }

    [Fact]
    public void A_snapshot_that_does_not_fit_into_the_refcounts_changes_nothing()
    {
        Qcow2TestImage image = Qcow2TestImage.Create(options: ("refcount_bits", "1"));
        using MemoryBlockDevice device = new("a.qcow2", image.Bytes);
        ImageEditor editor = Open(device);

        StorageException error = Assert.Throws<StorageException>(() => ((Qcow2WritableImage)editor.Image).CreateSnapshot("a", DateTimeOffset.UnixEpoch));
        editor.Close();

        Assert.Equal(ErrorIds.InsufficientSpace, error.Id);
        Assert.Empty(new Qcow2Format().Check(device, deep: true, new WorkProgress(), CancellationToken.None));
        Assert.Equal(image.Disk, TestDisks.ReadAll(new Qcow2Format().Open(device, new ImageOpenOptions())));
    }

    [Fact]
    public void A_version_2_image_with_snapshots_keeps_its_size()
    {
        Qcow2TestImage image = Qcow2TestImage.Create(subFormat: "v2");
        using ImageEditor editor = Open(image.Bytes);
        ((Qcow2WritableImage)editor.Image).CreateSnapshot("a", DateTimeOffset.UnixEpoch);

        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => editor.Resize(8 << 20)).Id);
        Assert.Equal(Qcow2TestImage.DiskSize, editor.Length);
    }

    [Theory]
    [InlineData(4096, "a.img", "b.qcow2")]
    [InlineData(65536, null, "base.qcow2")]
    [InlineData(4096, "a.img", null)]
    [InlineData(512, "a.img", "another name.img")]
    [InlineData(1024, "a.img", "another name.img")]
    public void A_power_cut_leaves_the_old_backing_file_or_the_new_one(int clusterSize, string? before, string? after)
    {
        using MemoryBlockDevice empty = new("a.qcow2");
        using (ImageWriter writer = new Qcow2Format().Create(empty, new ImageCreateOptions
        {
            VirtualSize = 1 << 20,
            ClusterSize = clusterSize,
            BackingFile = before,
            BackingFormat = before is null ? null : DiskImageFormat.Raw,
        }))
        {
            writer.Finish();
        }

        using CrashDevice device = new(empty.ToArray());
        using RawImage raw = new(new MemoryBlockDevice("a.img", new byte[512]));
        using DiskImage overlay = new Qcow2Format().Open(new MemoryBlockDevice("b.qcow2", Qcow2TestImage.Create().Bytes), new ImageOpenOptions());
        Qcow2WritableImage image = Writable(device);
        image.SetBacking(after, after is null ? null : overlay);
        image.SetBacking(before, before is null ? null : raw);
        image.SetBacking(after, after is null ? null : overlay);
        image.Close();

        Random random = new(1);
        for (int moment = 0; moment <= device.Count; moment++)
        {
            for (int cut = 0; cut < 20; cut++)
            {
                using MemoryBlockDevice crashed = new("crashed.qcow2", device.After(moment, cut == 0 ? null : random));
                ImageDescription found = new Qcow2Format().Describe(crashed);
                Assert.True(
                    (found.BackingFile == before && found.BackingFormat == (before is null ? null : "raw"))
                    || (found.BackingFile == after && found.BackingFormat == (after is null ? null : "qcow2")),
                    $"after change {moment}: '{found.BackingFile}', {found.BackingFormat}");
            }
        }

        using MemoryBlockDevice end = new("end.qcow2", device.After(device.Count, null));
        Assert.Equal(after, new Qcow2Format().Describe(end).BackingFile);
        if (clusterSize > 1024)
            Assert.Equal("dirty bit", Qcow2Extensions.Read(end, Qcow2Format.ReadHeader(end)).IncompatibleNames[0]);
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("compat=0.10")]
    [InlineData("cluster_size=4k")]
    [InlineData("extended_l2=on,cluster_size=16k")]
    [InlineData("lazy_refcounts=on")]
    public void Snapshots_of_qemu_are_restored_and_removed_here_and_ours_there(string options)
    {
        string path = _folder["a.qcow2"];
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "8M");
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 3M", path);
        Tool.Run("qemu-img", "snapshot", "-c", "theirs", path);
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 2 1M 3M", path);
        byte[] two = TestDisks.ReadAll(path, DiskImageFormat.Qcow2);

        using (ImageEditor editor = OpenFile(path))
        {
            Qcow2WritableImage image = (Qcow2WritableImage)editor.Image;
            Assert.Equal("2", image.CreateSnapshot("ours", DateTimeOffset.UtcNow).Id);
            image.RestoreSnapshot("theirs");
            byte[] one = new byte[8 << 20];
            editor.Read(default, one);
            Assert.Equal([.. Enumerable.Repeat((byte)1, 3 << 20), .. new byte[5 << 20]], one);
            editor.Write(new GuestOffset(5 << 20), [7, 7, 7]);
            editor.Close();
        }

        Tool.Run("qemu-img", "check", path);
        Assert.Contains("ours", Tool.Run("qemu-img", "snapshot", "-l", path));
        Tool.Run("qemu-img", "snapshot", "-a", "ours", path);
        Assert.Equal(two, TestDisks.ReadAll(path, DiskImageFormat.Qcow2));
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 3 2M 64k", path);
        Tool.Run("qemu-img", "snapshot", "-d", "ours", path);
        two.AsSpan(2 << 20, 65536).Fill(3);
        using (ImageEditor editor = OpenFile(path))
        {
            ((Qcow2WritableImage)editor.Image).RemoveSnapshot("theirs");
            editor.Close();
        }

        Tool.Run("qemu-img", "check", path);
        Assert.Empty(TestDisks.Check(path));
        Assert.Equal(two, TestDisks.ReadAll(path, DiskImageFormat.Qcow2));
    }

    [NeedsToolFact("qemu-img")]
    public void Bitmaps_of_qemu_that_follow_writes_are_marked_in_use_and_stay_well_formed()
    {
        string path = _folder["a.qcow2"];
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", path, "8M");
        Tool.Run("qemu-img", "bitmap", "--add", path, "follows");
        Tool.Run("qemu-img", "bitmap", "--add", "--disable", path, "stands");

        using (ImageEditor editor = OpenFile(path))
        {
            editor.Write(new GuestOffset(1 << 20), new byte[] { 1 });
            editor.Close();
        }

        Tool.Run("qemu-img", "check", path);
        string info = Tool.Run("qemu-img", "info", path);
        Assert.Matches("in-use[^n]*\\n[^n]*auto[^n]*\\n\\s*name: follows", info);
        Assert.DoesNotMatch("in-use[^n]*\\n\\s*name: stands", info);
        Assert.Empty(TestDisks.Check(path));
    }

    private static ImageEditor Open(byte[] bytes) => Open(new MemoryBlockDevice("a.qcow2", bytes));

    private static ImageEditor Open(BlockDevice device) => new(ImageFormats.OpenWritable(device, new ImageOpenOptions { Format = DiskImageFormat.Qcow2 }));

    private static ImageEditor OpenFile(string path) => new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Format = DiskImageFormat.Qcow2 }));

    private static Qcow2WritableImage Writable(BlockDevice device)
    {
        Qcow2Header header = Qcow2Format.ReadHeader(device);
        return new Qcow2WritableImage(device, header, Qcow2Extensions.Read(device, header), dataFile: null, backing: null);
    }
}
