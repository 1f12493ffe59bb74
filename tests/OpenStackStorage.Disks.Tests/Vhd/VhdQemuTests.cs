using System.Globalization;
using System.Text.Json;

namespace OpenStackStorage.Disks.Tests;

/// <summary>qemu-img reads what we write, and we read what qemu-img writes; differencing disks it does not read.</summary>
public sealed class VhdQemuTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsToolTheory("qemu-img")]
    [InlineData("dynamic", null)]
    [InlineData("dynamic", 512 << 10)]
    [InlineData("fixed", null)]
    public void What_we_write_qemu_reads_with_its_exact_size(string subFormat, int? blockSize)
    {
        string raw = _folder.Write("a.raw", TestDisks.Mixed((9 << 20) + 1536));
        ImageCreateOptions create = TestDisks.Options() with { SubFormat = subFormat, ClusterSize = blockSize };

        TestDisks.Convert(raw, _folder["a.vhd"], DiskImageFormat.Vhd, create, sourceFormat: DiskImageFormat.Raw);

        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vpc", raw, _folder["a.vhd"]);
        Assert.Equal((9 << 20) + 1536, QemuSize("a.vhd"));
    }

    [NeedsToolFact("qemu-img", "qemu-io")]
    public void What_qemu_writes_into_a_disk_of_ours_reads_equal()
    {
        string raw = _folder.Write("a.raw", TestDisks.Mixed(9 << 20, seed: 5));
        TestDisks.Convert(raw, _folder["a.vhd"], DiskImageFormat.Vhd, sourceFormat: DiskImageFormat.Raw);
        foreach (string file in new[] { "a.raw", "a.vhd" })
            Tool.Run("qemu-io", "-f", file == "a.raw" ? "raw" : "vpc", "-c", "write -P 7 100k 3M", "-c", "write -P 9 8M 64k", _folder[file]);

        Assert.Equal(File.ReadAllBytes(raw), TestDisks.ReadAll(_folder["a.vhd"]));
        Assert.DoesNotContain(TestDisks.Check(_folder["a.vhd"]), finding => finding.Severity == CheckSeverity.Corruption);
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("subformat=dynamic", 5 << 20)]
    [InlineData("subformat=dynamic,force_size=on", 5 << 20)]
    [InlineData("subformat=fixed", 5 << 20)]
    [InlineData("subformat=fixed,force_size=on", 5 << 20)]
    [InlineData("subformat=dynamic", 40_000_000)]
    [InlineData("subformat=fixed", 40_000_000)]
    public void What_qemu_writes_reads_equal(string options, int size)
    {
        byte[] disk = TestDisks.Mixed(size / 512 * 512, seed: 7);
        string raw = _folder.Write("a.raw", disk);

        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", options, raw, _folder["a.vhd"]);

        byte[] read = TestDisks.ReadAll(_folder["a.vhd"]);
        Assert.Equal(QemuSize("a.vhd"), read.Length);
        Assert.Equal(disk, read[..disk.Length]);
        Assert.False(read.AsSpan(disk.Length).ContainsAnyExcept((byte)0));
        Assert.Empty(TestDisks.Check(_folder["a.vhd"]));
    }

    [NeedsToolFact("qemu-img")]
    public void Geometry_is_calculated_as_qemu_does()
    {
        Random random = new(11);
        List<long> sizes = [1 << 20, 504L << 20, (504L << 20) + 512, 127L << 30, 128L << 30, 2040L << 30];
        foreach (long sectors in new[] { 4 * 17 * 1024, 16 * 17 * 1024, 16 * 31 * 1024, 65535 * 16 * 63, 65535L * 16 * 255 }) // where its rules change
            sizes.AddRange([(sectors - 17) * 512, (sectors - 1) * 512, sectors * 512, (sectors + 1) * 512, (sectors + 63) * 512, (sectors + 5000) * 512]);
        for (int i = 0; i < 40; i++)
            sizes.Add((long)Math.Exp(13 + (random.NextDouble() * 15)) / 512 * 512);
        foreach (long size in sizes)
        {
            Tool.Run("qemu-img", "create", "-q", "-f", "vpc", _folder["qemu.vhd"], size.ToString(CultureInfo.InvariantCulture));
            MemoryBlockDevice ours = new("ours.vhd");
            using (ImageWriter writer = VhdTestImage.Format().Create(ours, TestDisks.Options(("force_size", "off")) with { VirtualSize = size }))
                writer.Finish();

            byte[] theirs = new byte[64];
            using (FileStream file = File.OpenRead(_folder["qemu.vhd"]))
                file.ReadExactly(theirs);
            Assert.True(theirs.AsSpan(40, 24).SequenceEqual(ours.ToArray().AsSpan(40, 24)), $"size {size}: {Convert.ToHexString(theirs, 40, 24)} and {Convert.ToHexString(ours.ToArray(), 40, 24)}");
        }
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("vpc ")]
    [InlineData("qemu")]
    [InlineData("qem2")]
    [InlineData("win ")]
    [InlineData("d2v ")]
    [InlineData("tap\0")]
    [InlineData("CTXS")]
    public void A_disks_size_is_that_of_qemu_whoever_made_it(string creator)
    {
        VhdTestImage image = VhdTestImage.Create();
        foreach (int footer in new[] { 0, image.Footer })
            System.Text.Encoding.ASCII.GetBytes(creator, image.Bytes.AsSpan(footer + 28));
        image.Seal();
        _folder.Write("a.vhd", image.Bytes);
        Assert.Equal(QemuSize("a.vhd"), image.Describe().VirtualSize);
    }

    private long QemuSize(string name)
    {
        using JsonDocument info = JsonDocument.Parse(Tool.Run("qemu-img", "info", "-f", "vpc", "--output", "json", _folder[name]));
        return info.RootElement.GetProperty("virtual-size").GetInt64();
    }
}
