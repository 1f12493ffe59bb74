using System.Text.Json;

namespace OpenStackStorage.Disks.Tests;

/// <summary>What a disk consists of, through the chain.</summary>
public sealed class ImageMapTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_chain_is_seen_through_with_its_depths()
    {
        byte[] disk = new byte[3 << 20];
        disk.AsSpan(0, 65536).Fill(1);
        disk.AsSpan(1 << 20, 131072).Fill(2);
        string basePath = _folder.Write("base.raw", disk);
        disk.AsSpan(1 << 20, 65536).Fill(3);
        disk.AsSpan(0, 65536).Clear();
        Overlay(_folder.Write("changed.raw", disk), basePath, "top.qcow2", 4 << 20);

        (long, long, ExtentKind, int, string)[] runs = [.. Runs("top.qcow2").Select(
            run => (run.Start.Value, run.Length, run.Kind, run.Depth, Path.GetFileName(run.Device.Path)))];

        Assert.Contains((0, 65536, ExtentKind.Zero, 0, "top.qcow2"), runs);
        Assert.Contains((1 << 20, 65536, ExtentKind.Data, 0, "top.qcow2"), runs);
        Assert.Contains(((1 << 20) + 65536, (2 << 20) - 65536, ExtentKind.Data, 1, "base.raw"), runs);
        Assert.Contains((3 << 20, 1 << 20, ExtentKind.Unallocated, 0, "top.qcow2"), runs); // the backing image is shorter
        Assert.Equal(4 << 20, runs.Sum(run => run.Item2));
    }

    [Fact]
    public void Compressed_clusters_of_a_run_are_one_without_a_place()
    {
        TestDisks.Convert(_folder.Write("a.raw", [.. Enumerable.Repeat((byte)7, 1 << 20)]), _folder["a.qcow2"], DiskImageFormat.Qcow2,
            TestDisks.Options() with { Compress = true });

        MappedRun run = Assert.Single(Runs("a.qcow2"));

        Assert.Equal((1 << 20, ExtentKind.Compressed, null), (run.Length, run.Kind, run.Host));
    }

    [Fact]
    public void A_range_is_cut_at_both_ends()
    {
        _folder.Write("a.raw", [.. Enumerable.Repeat((byte)7, 1 << 20)]);
        using DiskImage image = TestDisks.Open(_folder["a.raw"]);
        WorkProgress progress = new();

        MappedRun run = Assert.Single(ImageMap.Runs(image, new GuestOffset(1000), new GuestOffset(5000), progress, CancellationToken.None));

        Assert.Equal((1000, 4000, new HostOffset(1000)), (run.Start.Value, run.Length, run.Host));
        Assert.Equal((4000, 4000), (progress.Done, progress.Total));
    }

    [Fact]
    public void A_huge_sparse_disk_is_one_run_and_a_stop_ends_the_walk()
    {
        using (FileStream file = File.Create(_folder["huge.raw"]))
            file.SetLength(1L << 40);
        TestDisks.Convert(_folder["huge.raw"], _folder["huge.qcow2"], DiskImageFormat.Qcow2, sourceFormat: DiskImageFormat.Raw);
        foreach (string name in (string[])["huge.raw", "huge.qcow2"])
            Assert.Equal((1L << 40, ExtentKind.Unallocated), Runs(name).Select(run => (run.Length, run.Kind)).Single());

        using DiskImage image = TestDisks.Open(_folder["huge.qcow2"]);
        Assert.Throws<OperationCanceledException>(() => ImageMap.Runs(image, default, new GuestOffset(1L << 40), new WorkProgress(), new CancellationToken(canceled: true)).Count());
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("cluster_size=64k")]
    [InlineData("cluster_size=512")]
    [InlineData("cluster_size=16k,extended_l2=on")]
    [InlineData("compat=0.10")]
    public void The_map_is_qemus(string options)
    {
        string raw = _folder.Write("base.raw", TestDisks.Mixed(3 << 20, seed: 4));
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "raw", "-S", "4k", raw, _folder["sparse.raw"]);
        Tool.Run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw, _folder["packed.qcow2"]);
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, "-b", "packed.qcow2", "-F", "qcow2", _folder["mid.qcow2"], "4M");
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 7 5000 300000", "-c", "write -z 1M 200k", "-c", "write -P 3 3900k 20k", _folder["mid.qcow2"]);
        Tool.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "mid.qcow2", "-F", "qcow2", _folder["top.qcow2"], "5M");
        Tool.Run("qemu-io", "-f", "qcow2", "-c", "write -P 9 100k 10k", "-c", "write -P 9 4500k 64k", _folder["top.qcow2"]);

        foreach (string name in (string[])["sparse.raw", "packed.qcow2", "mid.qcow2", "top.qcow2"])
            Assert.Equal(QemuMap(name), OurMap(name));
    }

    private List<MappedRun> Runs(string name)
    {
        using DiskImage image = TestDisks.Open(_folder[name], name.EndsWith("raw", StringComparison.Ordinal) ? DiskImageFormat.Raw : null);
        return [.. ImageMap.Runs(image, default, new GuestOffset(image.VirtualSize), new WorkProgress(), CancellationToken.None)];
    }

    private void Overlay(string sourcePath, string basePath, string name, long virtualSize)
    {
        using (FileStream file = File.OpenWrite(sourcePath))
            file.SetLength(virtualSize);
        using DiskImage source = TestDisks.Open(sourcePath, DiskImageFormat.Raw);
        using DiskImage backing = TestDisks.Open(basePath, DiskImageFormat.Raw);
        ConversionOptions options = new()
        {
            Format = DiskImageFormat.Qcow2,
            Create = TestDisks.Options() with { BackingFile = Path.GetFileName(basePath), BackingFormat = DiskImageFormat.Raw, Backing = backing },
        };
        ImageConverter.Convert(source, _folder[name], options, new WorkProgress(), CancellationToken.None);
    }

    /// <summary>Rows as qemu-img has them: it knows stored or not, zeroes or not, and places of what is stored as it is.</summary>
    private List<MapRow> OurMap(string name) =>
        Joined(Runs(name).Select(run => new MapRow(run.Start.Value, run.Length, run.Depth, run.Kind is ExtentKind.Data or ExtentKind.Compressed, run.Host?.Value)));

    private List<MapRow> QemuMap(string name)
    {
        string format = name.EndsWith("raw", StringComparison.Ordinal) ? "raw" : "qcow2";
        using JsonDocument map = JsonDocument.Parse(Tool.Run("qemu-img", "map", "--output=json", "-f", format, _folder[name]));
        return Joined([.. map.RootElement.EnumerateArray().Select(row =>
        {
            bool data = row.GetProperty("data").GetBoolean();
            Assert.Equal(!data, row.GetProperty("zero").GetBoolean());
            long? offset = data && row.TryGetProperty("offset", out JsonElement value) ? value.GetInt64() : null;
            return new MapRow(row.GetProperty("start").GetInt64(), row.GetProperty("length").GetInt64(), row.GetProperty("depth").GetInt32(), data, offset);
        })]);
    }

    private static List<MapRow> Joined(IEnumerable<MapRow> rows)
    {
        List<MapRow> joined = [];
        foreach (MapRow row in rows)
        {
            if (joined is [.., var last] && last.Depth == row.Depth && last.IsData == row.IsData && last.Host + last.Length == row.Host)
                joined[^1] = last with { Length = last.Length + row.Length };
            else
                joined.Add(row);
        }

        return joined;
    }

    private readonly record struct MapRow(long Start, long Length, int Depth, bool IsData, long? Host);
}
