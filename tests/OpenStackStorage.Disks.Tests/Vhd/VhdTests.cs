using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>VHD: what is written, how large a disk is, and which sectors count.</summary>
public sealed class VhdTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_footer_has_every_field_in_its_place()
    {
        VhdTestImage image = VhdTestImage.Create();
        byte[] footer = image.Bytes[^512..];
        Assert.Equal(footer, image.Bytes[..512]);
        Assert.Equal("conectix", Encoding.ASCII.GetString(footer, 0, 8));
        Assert.Equal("00000002" + "00010000" + "0000000000000200", Convert.ToHexString(footer, 8, 16)); // features, version, data offset
        Assert.Equal((uint)(new DateTime(2026, 1, 2, 3, 4, 5) - new DateTime(2000, 1, 1)).TotalSeconds, image.Get32(image.Footer + 24));
        Assert.Equal("win ", Encoding.ASCII.GetString(footer, 28, 4));
        Assert.Equal("Wi2k", Encoding.ASCII.GetString(footer, 36, 4));
        Assert.Equal("0000000000600000" + "0000000000600000", Convert.ToHexString(footer, 40, 16)); // original and current size
        Assert.Equal("00B40411" + "00000003", Convert.ToHexString(footer, 56, 8)); // 180 cylinders, 4 heads, 17 sectors; dynamic
        Assert.Equal("112233445566778899AABBCCDDEEFF00", Convert.ToHexString(footer, 68, 16));
        long sum = footer.Sum(value => (long)value) - footer[64..68].Sum(value => (long)value);
        Assert.Equal(~(uint)sum, image.Get32(image.Footer + 64));
    }

    [Fact]
    public void The_dynamic_header_has_every_field_in_its_place()
    {
        VhdTestImage image = VhdTestImage.Create();
        byte[] header = image.Bytes[512..1536];
        Assert.Equal("cxsparse", Encoding.ASCII.GetString(header, 0, 8));
        Assert.Equal("FFFFFFFFFFFFFFFF" + "0000000000000600" + "00010000" + "00000003" + "00200000", Convert.ToHexString(header, 8, 28));
        // The first and the third block are there; their data, behind a bitmap of one sector, is aligned.
        uint[] table = [3584 / 512, uint.MaxValue, (3584 + 4096 + (2 << 20)) / 512];
        Assert.Equal(table, new[] { image.Get32(1536), image.Get32(1540), image.Get32(1544) });
        Assert.Equal(Enumerable.Repeat(byte.MaxValue, 512), image.Bytes[3584..4096]);
        Assert.Equal(image.Disk[..65536], image.Bytes[4096..(4096 + 65536)]);
    }

    public static TheoryData<string, int, int> Shapes() => new()
    {
        { "dynamic", 2 << 20, (9 << 20) + 1536 }, { "dynamic", 512 << 10, (5 << 20) + 512 }, { "dynamic", 2 << 20, 512 }, { "dynamic", 2 << 20, 0 },
        { "fixed", 0, (5 << 20) + 1536 }, { "fixed", 0, 512 }, { "fixed", 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void What_is_written_is_read(string subFormat, int blockSize, int size)
    {
        string raw = _folder.Write("a.raw", TestDisks.Mixed(size));
        ImageCreateOptions create = TestDisks.Options() with { SubFormat = subFormat, ClusterSize = blockSize == 0 ? null : blockSize };

        TestDisks.Convert(raw, _folder["a.vhd"], DiskImageFormat.Vhd, create, sourceFormat: DiskImageFormat.Raw, verify: true);

        Assert.Equal(File.ReadAllBytes(raw), TestDisks.ReadAll(_folder["a.vhd"], DiskImageFormat.Vhd));
        Assert.Empty(TestDisks.Check(_folder["a.vhd"]));
        using DiskImage image = TestDisks.Open(_folder["a.vhd"]);
        Assert.Equal(DiskImageFormat.Vhd, image.Format);
    }

    [Fact]
    public void The_file_is_the_same_at_any_number_of_threads()
    {
        byte[] disk = TestDisks.Mixed(20 << 20, seed: 4);
        byte[][] files = [.. new[] { 1, 2, 5 }.Select(threads =>
        {
            MemoryBlockDevice target = new("image.vhd");
            using RawImage source = new(new MemoryBlockDevice("disk.raw", disk));
            using ImageWriter writer = VhdTestImage.Format().Create(target, new ImageCreateOptions { VirtualSize = disk.Length });
            new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(threads, CancellationToken.None);
            writer.Finish();
            return target.ToArray();
        })];
        Assert.Equal(files[0], files[1]);
        Assert.Equal(files[0], files[2]);
    }

    [Theory]
    [InlineData("vpc ", true)]
    [InlineData("qemu", true)]
    [InlineData("qem2", false)]
    [InlineData("win ", false)]
    [InlineData("d2v ", false)]
    [InlineData("tap\0", false)]
    [InlineData("CTXS", false)]
    [InlineData("wa\0\0", false)]
    [InlineData("vbox", false)]
    public void The_size_is_the_geometrys_or_the_current_size_by_who_made_the_disk(string creator, bool geometry)
    {
        VhdTestImage image = VhdTestImage.Create();
        foreach (int footer in new[] { 0, image.Footer })
        {
            Encoding.ASCII.GetBytes(creator, image.Bytes.AsSpan(footer + 28));
        }

        image.Seal();
        Assert.Equal(geometry ? 180 * 4 * 17 * 512 : VhdTestImage.DiskSize, image.Describe().VirtualSize);
        Assert.Equal(geometry ? 180 * 4 * 17 * 512 : VhdTestImage.DiskSize, image.Read().Length);
        foreach (int footer in new[] { 0, image.Footer })
            image.Set32(footer + 56, 0xFFFF10FF); // a geometry at its maximum says nothing
        image.Seal();
        Assert.Equal(VhdTestImage.DiskSize, image.Describe().VirtualSize);
    }

    [Fact]
    public void Sectors_of_a_dynamic_disk_that_count_as_unwritten_read_as_zeroes_and_are_found()
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Bytes[image.Block(0)] = 0b1101_1111;
        image.Bytes[image.Block(0) + 1] = 0;
        byte[] disk = image.Disk;
        disk.AsSpan(2 * 512, 512).Clear();
        disk.AsSpan(8 * 512, 8 * 512).Clear();

        Assert.Equal(disk, image.Read());
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Information, image.Block(0), "sector bitmap of block 0"), (finding.Severity, finding.Offset, finding.Field));
        Assert.Empty(image.Check(deep: false));
    }

    [Fact]
    public void Bitmaps_are_read_by_runs()
    {
        Random random = new(7);
        byte[] bits = new byte[64];
        for (int round = 0; round < 200; round++)
        {
            for (int i = 0; i < bits.Length; i++)
                bits[i] = random.Next(4) switch { 0 => 0, 1 => byte.MaxValue, 2 => bits[Math.Max(0, i - 1)], _ => (byte)random.Next(256) };
            bool[] expected = [.. Enumerable.Range(0, 512).Select(i => (bits[i / 8] & (0x80 >> (i % 8))) != 0)];
            int sectors = random.Next(1, 513);
            for (int start = 0; start < sectors; start++)
            {
                int end = start;
                while (end < sectors && expected[end] == expected[start])
                    end++;
                Assert.Equal((expected[start], end - start), VhdBitmaps.RunAt(bits, start, sectors));
            }
        }
    }

    [Fact]
    public void A_sparse_disk_of_2040_GiB_is_written_and_mapped_at_once()
    {
        long start = Environment.TickCount64;
        using (FileStream file = File.Create(_folder["a.raw"]))
            file.SetLength(2040L << 30);
        TestDisks.Convert(_folder["a.raw"], _folder["a.vhd"], DiskImageFormat.Vhd, sourceFormat: DiskImageFormat.Raw);
        using DiskImage image = TestDisks.Open(_folder["a.vhd"]);
        Extent extent = image.Map(default, new GuestOffset(image.VirtualSize));
        Assert.Equal((2040L << 30, ExtentKind.Unallocated), (extent.Length, extent.Kind));
        Assert.InRange(new FileInfo(_folder["a.vhd"]).Length, 0, 5 << 20);
        Assert.InRange(Environment.TickCount64 - start, 0, 5000);
    }

    [Fact]
    public void A_fixed_disk_is_the_raw_disk_and_a_footer()
    {
        VhdTestImage image = VhdTestImage.Create("fixed");
        Assert.Equal(VhdTestImage.DiskSize + 512, image.Bytes.Length);
        Assert.Equal(image.Disk, image.Bytes[..^512]);
        Assert.Equal("FFFFFFFFFFFFFFFF", Convert.ToHexString(image.Bytes, image.Footer + 16, 8));
        Assert.Equal(("fixed", 0), (image.Describe().SubFormat, image.Describe().ClusterSize));
    }

    [Fact]
    public void What_no_block_uses_is_found()
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Set32(VhdTestImage.Table, uint.MaxValue);
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Leak, 1548L), (finding.Severity, finding.Offset));
    }

    public static TheoryData<string, ImageCreateOptions, string> Contradictions() => new()
    {
        { "size", new() { VirtualSize = (2040L << 30) + 1 }, "2040 GiB" },
        { "kind", new() { VirtualSize = 0, SubFormat = "sparse" }, "dynamic, fixed or differencing" },
        { "block", new() { VirtualSize = 0, ClusterSize = 1 << 20 }, "2097152 or 524288" },
        { "small blocks", new() { VirtualSize = 2040L << 30, ClusterSize = 512 << 10 }, "blocks of 2097152" },
        { "fixed block", new() { VirtualSize = 0, SubFormat = "fixed", ClusterSize = 2 << 20 }, "no blocks" },
        { "compress", new() { VirtualSize = 0, Compress = true }, "compressed" },
        { "preallocation", new() { VirtualSize = 0, Preallocation = Preallocation.Falloc }, "fixed" },
        { "metadata", new() { VirtualSize = 0, SubFormat = "fixed", Preallocation = Preallocation.Metadata }, "no tables" },
        { "parent", new() { VirtualSize = 0, SubFormat = "differencing" }, "needs a backing file" },
        { "dynamic parent", new() { VirtualSize = 0, SubFormat = "dynamic", BackingFile = "a.vhd" }, "differencing" },
        { "raw parent", new() { VirtualSize = 0, BackingFile = "a.raw", BackingFormat = DiskImageFormat.Raw }, "another VHD" },
        { "option", TestDisks.Options(("static", "on")), "subformat, force_size" },
        { "flag", TestDisks.Options(("force_size", "maybe")), "on or off" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Options_that_can_not_be_met_are_refused(string name, ImageCreateOptions options, string expected)
    {
        StorageException error = Assert.Throws<StorageException>(() => ImageFormats.Get(DiskImageFormat.Vhd).Validate(options));
        Assert.True(error.Id == ErrorIds.ParameterInvalid, name);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_names_of_the_format_are_known()
    {
        Assert.Equal(DiskImageFormat.Vhd, ImageFormats.Find("vpc")!.Format);
        Assert.Equal(DiskImageFormat.Vhd, ImageFormats.Find("VHD")!.Format);
    }
}
