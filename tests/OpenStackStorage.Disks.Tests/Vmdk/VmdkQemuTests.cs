namespace OpenStackStorage.Disks.Tests;

/// <summary>qemu-img reads what we write, and we read what qemu-img writes.</summary>
public class VmdkQemuTests
{
    [NeedsToolTheory("qemu-img")]
    [InlineData("monolithicSparse", (6 << 20) + 1536)]
    [InlineData("monolithicSparse", 512)]
    [InlineData("monolithicSparse", 32 << 20)]
    [InlineData("monolithicFlat", (6 << 20) + 1536)]
    [InlineData("monolithicFlat", 512)]
    [InlineData("twoGbMaxExtentSparse", (6 << 20) + 1536)]
    [InlineData("twoGbMaxExtentFlat", (6 << 20) + 1536)]
    [InlineData("streamOptimized", (6 << 20) + 1536)]
    [InlineData("streamOptimized", 512)]
    [InlineData("streamOptimized", 70 << 20)]
    public void What_we_write_passes_qemus_check_and_compare(string subFormat, int size)
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("a.raw", TestDisks.Mixed(size));

        TestDisks.Convert(raw, folder["a.vmdk"], DiskImageFormat.Vmdk, Options(subFormat), sourceFormat: DiskImageFormat.Raw, verify: true);

        Tool.Run("qemu-img", "check", "-f", "vmdk", folder["a.vmdk"]);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vmdk", raw, folder["a.vmdk"]);
        Assert.Contains($"create type: {subFormat}", Tool.Run("qemu-img", "info", "-f", "vmdk", folder["a.vmdk"]), StringComparison.Ordinal);
        Assert.Empty(TestDisks.Check(folder["a.vmdk"]));
        Assert.Equal(File.ReadAllBytes(raw), TestDisks.ReadAll(folder["a.vmdk"]));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("subformat=monolithicSparse", false)]
    [InlineData("subformat=monolithicSparse,zeroed_grain=on", false)]
    [InlineData("subformat=monolithicSparse,compat6=on", false)]
    [InlineData("subformat=monolithicSparse,adapter_type=lsilogic,hwversion=10,toolsversion=11", false)]
    [InlineData("subformat=monolithicFlat", false)]
    [InlineData("subformat=twoGbMaxExtentSparse", false)]
    [InlineData("subformat=twoGbMaxExtentFlat", false)]
    [InlineData("subformat=streamOptimized", true)]
    [InlineData("subformat=streamOptimized", false)]
    public void What_qemu_writes_reads_equal(string options, bool compress)
    {
        using TemporaryFolder folder = new();
        byte[] disk = TestDisks.Mixed((5 << 20) + 512, seed: 7);
        string raw = folder.Write("a.raw", disk);
        string[] compressed = compress ? ["-c"] : [];

        Tool.Run("qemu-img", ["convert", .. compressed, "-f", "raw", "-O", "vmdk", "-o", options, raw, folder["a.vmdk"]]);

        Assert.Equal(disk, TestDisks.ReadAll(folder["a.vmdk"]));
        Assert.Empty(TestDisks.Check(folder["a.vmdk"]));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("twoGbMaxExtentSparse")]
    [InlineData("twoGbMaxExtentFlat")]
    public void A_disk_over_several_extents_is_the_same_for_both(string subFormat)
    {
        using TemporaryFolder folder = new();
        string raw = SparseDisk(folder, 5L << 30);

        TestDisks.Convert(raw, folder["ours.vmdk"], DiskImageFormat.Vmdk, Options(subFormat), sourceFormat: DiskImageFormat.Raw);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vmdk", raw, folder["ours.vmdk"]);
        Assert.Empty(TestDisks.Check(folder["ours.vmdk"]));
        Assert.Equal(4, Directory.GetFiles(folder.Path, "ours*").Length);

        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", $"subformat={subFormat}", raw, folder["theirs.vmdk"]);
        TestDisks.Convert(folder["theirs.vmdk"], folder["back.raw"], DiskImageFormat.Raw);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "raw", raw, folder["back.raw"]);
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("")]
    [InlineData("zeroed_grain=on")]
    public void A_child_reads_as_qemu_reads_it(string options)
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("base.raw", TestDisks.Mixed(3 << 20, seed: 3));
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", raw, folder["base.vmdk"]);
        Tool.Run("qemu-img", ["create", "-q", "-f", "vmdk", .. options.Length > 0 ? new[] { "-o", options } : [], "-b", "base.vmdk", "-F", "vmdk", folder["top.vmdk"]]);
        Tool.Run("qemu-io", "-f", "vmdk", "-c", "write -P 7 5000 300000", "-c", "write -z 1M 256k", "-c", "write -P 9 1M 4k", folder["top.vmdk"]);
        Tool.Run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder["top.vmdk"], folder["flat.raw"]);

        Assert.Equal(File.ReadAllBytes(folder["flat.raw"]), TestDisks.ReadAll(folder["top.vmdk"]));
        Assert.Empty(TestDisks.Check(folder["top.vmdk"]));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("monolithicSparse", "")]
    [InlineData("monolithicSparse", "zeroed_grain=on")]
    [InlineData("twoGbMaxExtentSparse", "")]
    public void Qemu_reads_our_child(string subFormat, string option)
    {
        using TemporaryFolder folder = new();
        byte[] disk = TestDisks.Mixed(3 << 20, seed: 3);
        string raw = folder.Write("base.raw", disk);
        TestDisks.Convert(raw, folder["base.vmdk"], DiskImageFormat.Vmdk, sourceFormat: DiskImageFormat.Raw);
        disk.AsSpan(100_000, 70_000).Fill(9);
        disk.AsSpan(1 << 20, 512 << 10).Clear();
        string changed = folder.Write("changed.raw", disk);
        (string, string)[] options = option.Length == 0 ? [] : [(option.Split('=')[0], option.Split('=')[1])];
        using (DiskImage parent = TestDisks.Open(folder["base.vmdk"]))
        {
            ImageCreateOptions create = TestDisks.Options(options) with { SubFormat = subFormat, BackingFile = "base.vmdk", BackingFormat = DiskImageFormat.Vmdk, Backing = parent };
            TestDisks.Convert(changed, folder["top.vmdk"], DiskImageFormat.Vmdk, create, sourceFormat: DiskImageFormat.Raw);
        }

        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vmdk", changed, folder["top.vmdk"]);
        Assert.Equal(disk, TestDisks.ReadAll(folder["top.vmdk"]));
        Assert.Empty(TestDisks.Check(folder["top.vmdk"]));
    }

    [NeedsToolFact("qemu-img")]
    public void A_sparse_disk_of_10_TiB_by_qemu_is_mapped_by_its_holes()
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "vmdk", folder["big.vmdk"], "10T");
        using DiskImage image = TestDisks.Open(folder["big.vmdk"]);
        GuestOffset end = new(image.VirtualSize);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (GuestOffset at = default; at < end;)
        {
            Extent extent = image.Map(at, end);
            Assert.Equal(ExtentKind.Unallocated, extent.Kind);
            at = extent.End;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    internal static ImageCreateOptions Options(string subFormat) => TestDisks.Options() with { SubFormat = subFormat };

    /// <summary>Data at the start, at both sides of each 2047 MiB and 2 GiB, and at the end.</summary>
    private static string SparseDisk(TemporaryFolder folder, long size)
    {
        using FileBlockDevice device = FileBlockDevice.CreateNew(folder["a.raw"]);
        device.SetLength(size);
        byte[] data = TestDisks.Mixed(300_000, seed: 11);
        foreach (long at in new[] { 0, (2047L << 20) - 100_000, (2048L << 20) - 100_000, (4094L << 20) - 100_000, (4096L << 20) - 100_000, size - data.Length })
            device.Write(new HostOffset(at), data);
        return folder["a.raw"];
    }
}
