namespace OpenStackStorage.Disks.Tests;

/// <summary>qemu-img reads what we write, and we read what qemu-img writes.</summary>
public class Qcow2QemuTests
{
    public static TheoryData<string, bool, CompressionType, int> Ours()
    {
        TheoryData<string, bool, CompressionType, int> data = [];
        foreach (int bits in new[] { 9, 10, 12, 14, 16, 18, 21 })
        {
            data.Add("compat=1.1", false, CompressionType.Zlib, 1 << bits);
            data.Add("compat=1.1", true, CompressionType.Zlib, 1 << bits);
        }

        foreach (int refcountBits in new[] { 1, 2, 4, 8, 32, 64 })
        {
            data.Add($"refcount_bits={refcountBits}", false, CompressionType.Zlib, 4096);
            data.Add($"refcount_bits={refcountBits}", true, CompressionType.Zlib, 4096);
        }

        data.Add("compat=0.10", true, CompressionType.Zlib, 65536);
        data.Add("compat=0.10", false, CompressionType.Zlib, 512);
        data.Add("extended_l2=on", false, CompressionType.Zlib, 16384);
        data.Add("extended_l2=on", true, CompressionType.Zlib, 65536);
        data.Add("extended_l2=on", true, CompressionType.Zstd, 2 << 20);
        data.Add("lazy_refcounts=on", true, CompressionType.Zstd, 65536);
        data.Add("compat=1.1", true, CompressionType.Zstd, 512);
        data.Add("compat=1.1", true, CompressionType.Zstd, 65536);
        return data;
    }

    [NeedsToolTheory("qemu-img")]
    [MemberData(nameof(Ours))]
    public void What_we_write_passes_qemus_check_and_compare(string option, bool compress, CompressionType codec, int clusterSize)
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("a.raw", TestDisks.Mixed((6 << 20) + 1536));
        string[] pair = option.Split('=');
        ImageCreateOptions create = TestDisks.Options((pair[0], pair[1])) with { Compress = compress, CompressionType = codec, ClusterSize = clusterSize };

        TestDisks.Convert(raw, folder["a.qcow2"], DiskImageFormat.Qcow2, create, sourceFormat: DiskImageFormat.Raw, verify: true);

        Tool.Run("qemu-img", "check", "-f", "qcow2", folder["a.qcow2"]);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, folder["a.qcow2"]);
        Assert.Empty(TestDisks.Check(folder["a.qcow2"]));
        Assert.Equal(File.ReadAllBytes(raw), TestDisks.ReadAll(folder["a.qcow2"]));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("compat=0.10", false)]
    [InlineData("compat=0.10", true)]
    [InlineData("compat=1.1,cluster_size=512", false)]
    [InlineData("compat=1.1,cluster_size=512", true)]
    [InlineData("cluster_size=2M", false)]
    [InlineData("cluster_size=2M", true)]
    [InlineData("cluster_size=4k,refcount_bits=1", false)]
    [InlineData("cluster_size=4k,refcount_bits=2", false)]
    [InlineData("cluster_size=4k,refcount_bits=4", true)]
    [InlineData("cluster_size=4k,refcount_bits=8", true)]
    [InlineData("cluster_size=4k,refcount_bits=32", true)]
    [InlineData("cluster_size=4k,refcount_bits=64", true)]
    [InlineData("extended_l2=on", false)]
    [InlineData("extended_l2=on", true)]
    [InlineData("extended_l2=on,cluster_size=16k", false)]
    [InlineData("compression_type=zstd", true)]
    [InlineData("compression_type=zstd,cluster_size=512", true)]
    [InlineData("compression_type=zstd,cluster_size=2M", true)]
    [InlineData("lazy_refcounts=on", false)]
    [InlineData("preallocation=metadata", false)]
    [InlineData("preallocation=falloc", false)]
    [InlineData("preallocation=full,cluster_size=4k", false)]
    [InlineData("data_file=DATA", false)]
    [InlineData("data_file=DATA,data_file_raw=on", false)]
    public void What_qemu_writes_reads_equal(string options, bool compress)
    {
        using TemporaryFolder folder = new();
        byte[] disk = TestDisks.Mixed(5 << 20, seed: 7);
        string raw = folder.Write("a.raw", disk);
        options = options.Replace("DATA", folder["a.data"], StringComparison.Ordinal);
        string[] compressed = compress ? ["-c"] : [];

        Tool.Run("qemu-img", ["convert", .. compressed, "-f", "raw", "-O", "qcow2", "-o", options, raw, folder["a.qcow2"]]);

        Assert.Equal(disk, TestDisks.ReadAll(folder["a.qcow2"]));
        Assert.Empty(TestDisks.Check(folder["a.qcow2"]));
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("")]
    [InlineData("extended_l2=on")]
    public void Zero_and_discarded_clusters_over_a_backing_file_read_as_qemu_reads_them(string options)
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("base.raw", TestDisks.Mixed(3 << 20, seed: 3));
        Tool.Run("qemu-img", ["create", "-q", "-f", "qcow2", .. options.Length > 0 ? new[] { "-o", options } : [], "-b", "base.raw", "-F", "raw", folder["top.qcow2"], "4M"]);
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 7 5000 300000", "-c", "write -z 400k 200k", "-c", "write -P 9 1M 4k", "-c", "discard 1500k 128k", "-c", "write -P 3 3900k 20k", folder["top.qcow2"]);
        Tool.Run("qemu-img", "convert", "-O", "raw", folder["top.qcow2"], folder["flat.raw"]);

        Assert.Equal(File.ReadAllBytes(folder["flat.raw"]), TestDisks.ReadAll(folder["top.qcow2"]));
        Assert.Empty(TestDisks.Check(folder["top.qcow2"]));
    }

    [NeedsToolFact("qemu-img", "qemu-io")]
    public void Internal_snapshots_are_listed_and_read()
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", folder["a.qcow2"], "8M");
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 1M", folder["a.qcow2"]);
        Tool.Run("qemu-img", "snapshot", "-c", "first", folder["a.qcow2"]);
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 2 512k 1M", folder["a.qcow2"]);
        Tool.Run("qemu-img", "snapshot", "-c", "second", folder["a.qcow2"]);
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 3 0 64k", folder["a.qcow2"]);

        using FileBlockDevice device = FileBlockDevice.OpenRead(folder["a.qcow2"]);
        ImageDescription description = ImageFormats.Get(DiskImageFormat.Qcow2).Describe(device);
        Assert.Equal(["first", "second"], description.Snapshots.Select(snapshot => snapshot.Name));
        Assert.Empty(TestDisks.Check(folder["a.qcow2"]));

        foreach (string name in new[] { "first", "second" })
        {
            Tool.Run("qemu-img", "convert", "-l", name, "-O", "raw", folder["a.qcow2"], folder["s.raw"]);
            Assert.Equal(File.ReadAllBytes(folder["s.raw"]), TestDisks.ReadAll(folder["a.qcow2"], snapshot: name));
        }

        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => TestDisks.ReadAll(folder["a.qcow2"], snapshot: "third")).Id);
    }

    [NeedsToolFact("qemu-img")]
    public void A_chain_of_images_reads_as_qemu_reads_it_and_loops_are_refused()
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("base.raw", TestDisks.Mixed(2 << 20, seed: 9));
        Tool.Run("qemu-img", "convert", "-c", "-O", "qcow2", raw, folder["base.qcow2"]);
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", folder["mid.qcow2"], "3M");
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "mid.qcow2", "-F", "qcow2", folder["top.qcow2"], "4M");
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 5 100k 70k", folder["mid.qcow2"]);
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 6 3500k 10k", folder["top.qcow2"]);
        Tool.Run("qemu-img", "convert", "-O", "raw", folder["top.qcow2"], folder["flat.raw"]);
        Assert.Equal(File.ReadAllBytes(folder["flat.raw"]), TestDisks.ReadAll(folder["top.qcow2"]));

        Tool.Run("qemu-img", "rebase", "-u", "-b", "top.qcow2", "-F", "qcow2", folder["mid.qcow2"]);
        Assert.Equal(ErrorIds.BackingChainInvalid, Assert.ThrowsAny<StorageException>(() => TestDisks.ReadAll(folder["top.qcow2"])).Id);
    }

    [NeedsToolFact("qemu-img")]
    public void Encrypted_images_are_refused_by_name()
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "--object", "secret,id=s,data=abc", "-f", "qcow2", "-o", "encrypt.format=aes,encrypt.key-secret=s", folder["aes.qcow2"], "1M");
        ImageFeatureException aes = Assert.Throws<ImageFeatureException>(() => TestDisks.Open(folder["aes.qcow2"]));
        Assert.Equal(["AES (legacy) encryption"], aes.Features);
    }

    [NeedsToolFact("qemu-img")]
    public void Bitmaps_are_listed_and_accounted_for()
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", folder["a.qcow2"], "64M");
        Tool.Run("qemu-img", "bitmap", "--add", folder["a.qcow2"], "backup-1");
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 1M", folder["a.qcow2"]);
        using FileBlockDevice device = FileBlockDevice.OpenRead(folder["a.qcow2"]);
        Assert.Equal(["backup-1"], ImageFormats.Get(DiskImageFormat.Qcow2).Describe(device).Bitmaps);
        Assert.Empty(TestDisks.Check(folder["a.qcow2"]));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("0")]
    [InlineData("512")]
    [InlineData("1000G")]
    public void Empty_images_of_any_size_are_sound(string size)
    {
        using TemporaryFolder folder = new();
        Tool.Run("qemu-img", "create", "-q", "-f", "raw", folder["a.raw"], size);
        TestDisks.Convert(folder["a.raw"], folder["a.qcow2"], DiskImageFormat.Qcow2, sourceFormat: DiskImageFormat.Raw);
        Tool.Run("qemu-img", "check", folder["a.qcow2"]);
        Tool.Run("qemu-img", "compare", "-f", "raw", folder["a.raw"], folder["a.qcow2"]);
        Assert.True(new FileInfo(folder["a.qcow2"]).Length < 1 << 20);
    }
}
