namespace OpenStackStorage.Disks.Tests;

/// <summary>What the varieties read as, from files in memory and by hand.</summary>
public class VmdkImageTests
{
    [Theory]
    [InlineData("monolithicSparse", 1)]
    [InlineData("monolithicFlat", 2)]
    [InlineData("twoGbMaxExtentSparse", 2)]
    [InlineData("twoGbMaxExtentFlat", 2)]
    [InlineData("streamOptimized", 1)]
    public void What_is_written_reads_equal_and_is_sound(string subFormat, int files)
    {
        VmdkTestImage image = VmdkTestImage.Create(subFormat);
        Assert.Equal(files, image.Files.Count);
        Assert.Equal(image.Disk, image.Read());
        Assert.Empty(image.Check());
        using MemoryBlockDevice device = new("image.vmdk", image.Bytes);
        ImageDescription description = ImageFormats.Get(DiskImageFormat.Vmdk).Describe(device);
        Assert.Equal((subFormat, VmdkTestImage.DiskSize, subFormat == "streamOptimized"), (description.SubFormat, description.VirtualSize, description.Compressed));
    }

    [Theory]
    [InlineData("monolithicSparse")]
    [InlineData("monolithicFlat")]
    [InlineData("streamOptimized")]
    public void The_file_is_the_same_at_any_number_of_threads(string subFormat)
    {
        byte[] disk = TestDisks.Mixed((7 << 20) + 512, seed: 21);
        ImageCreateOptions create = TestDisks.Options() with { VirtualSize = disk.Length, SubFormat = subFormat };
        VmdkTestImage one = VmdkTestImage.Create(disk, create);
        foreach (int threads in new[] { 2, 8 })
        {
            VmdkTestImage other = VmdkTestImage.Create(disk, create, threads);
            foreach ((string name, byte[] bytes) in one.Files)
                Assert.True(bytes.AsSpan().SequenceEqual(other.Files[name]), $"{threads} threads make another {name} than one");
        }

        disk[5_000_000] ^= 1;
        Assert.NotEqual(ContentId(one), ContentId(VmdkTestImage.Create(disk, create)));
    }

    [Fact]
    public void Two_equal_grains_that_change_alike_change_the_content_id()
    {
        byte[] disk = new byte[4 * VmdkTestImage.Grain];
        VmdkTestImage first = VmdkTestImage.Create("monolithicSparse", (byte[])disk.Clone());
        disk[0] = disk[VmdkTestImage.Grain] = 1;
        VmdkTestImage second = VmdkTestImage.Create("monolithicSparse", (byte[])disk.Clone());
        disk[0] = disk[VmdkTestImage.Grain] = 2;
        VmdkTestImage third = VmdkTestImage.Create("monolithicSparse", disk);
        Assert.Equal(3, new[] { ContentId(first), ContentId(second), ContentId(third) }.Distinct().Count());
    }

    [Fact]
    public void A_snapshot_of_vmfsSparse_reads_its_grains()
    {
        VmdkTestImage image = VmdkEsxImages.VmfsSparse();
        byte[] disk = image.Read();
        Assert.Equal(3 << 20, disk.Length);
        Assert.Equal(new byte[] { 1, 2, 3, 4, 0 }, new[] { 0, 512, 1024, 1536, 2048 }.Select(at => disk[at]));
        Assert.Equal((0, 5, 0), (disk[(2 << 20) + (8 * 512) - 1], disk[(2 << 20) + (8 * 512)], disk[(2 << 20) + (9 * 512)]));
        Assert.Empty(image.Check());
    }

    [Fact]
    public void A_snapshot_of_seSparse_reads_its_grains()
    {
        VmdkTestImage image = VmdkEsxImages.SeSparse();
        byte[] disk = image.Read();
        Assert.Equal(20 << 20, disk.Length);
        Assert.Equal((6, 0, 0, 0, 5), (disk[4095], disk[4096], disk[8192], disk[16 << 20], disk[(16 << 20) + 4096]));
        Assert.Empty(image.Check());
        using DiskImage open = image.Open();
        Assert.Equal(ExtentKind.Zero, open.Map(new GuestOffset(4096), new GuestOffset(disk.Length)).Kind);
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData(true)]
    [InlineData(false)]
    public void Qemu_reads_the_snapshots_made_by_hand_alike(bool seSparse)
    {
        using TemporaryFolder folder = new();
        VmdkTestImage image = seSparse ? VmdkEsxImages.SeSparse() : VmdkEsxImages.VmfsSparse();
        foreach ((string name, byte[] bytes) in image.Files)
            folder.Write(name, bytes);
        folder.Write("ours.raw", image.Read());
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vmdk", folder["ours.raw"], folder["image.vmdk"]);
    }

    [Fact]
    public void Extents_of_several_types_make_one_disk()
    {
        byte[] flat = new byte[8192];
        flat.AsSpan(1024, 512).Fill(1);
        flat.AsSpan(4096, 1024).Fill(2);
        VmdkTestImage sparse = VmdkTestImage.Create("twoGbMaxExtentSparse");
        VmdkTestImage image = VmdkTestImage.OfText(
            VmdkEsxImages.Descriptor("custom", $"RW 1 FLAT \"a.bin\" 2\nRW 3 ZERO\nRDONLY 2 FLAT \"b.bin\" 8\nRW {VmdkTestImage.DiskSize / 512} SPARSE \"s.vmdk\""),
            ("a.bin", flat), ("b.bin", flat), ("s.vmdk", sparse.Files["image-s001.vmdk"]));
        byte[] disk = image.Read();
        byte[] expected = [.. Enumerable.Repeat((byte)1, 512), .. new byte[1536], .. Enumerable.Repeat((byte)2, 1024), .. sparse.Disk];
        Assert.True(expected.AsSpan().SequenceEqual(disk));
        Assert.Empty(image.Check());
    }

    [Fact]
    public void The_redundant_grain_directory_serves_when_the_other_is_bad_and_the_check_says_so()
    {
        VmdkTestImage image = VmdkTestImage.Create();
        image.Set32(image.Directory, uint.MaxValue);
        Assert.Equal(image.Disk, image.Read());
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Corruption, image.Directory, "GD entry 0"), (finding.Severity, finding.Offset, finding.Field));
    }

    [Fact]
    public void A_redundant_grain_table_that_differs_is_found()
    {
        VmdkTestImage image = VmdkTestImage.Create();
        long redundant = image.Get32((long)image.Header.RedundantDirectory * 512) * 512;
        image.Set32(redundant + 40, 1);
        Assert.Equal(image.Disk, image.Read());
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Corruption, redundant, "redundant grain table 0"), (finding.Severity, finding.Offset, finding.Field));
    }

    [Fact]
    public void Grains_over_each_other_and_over_tables_are_found()
    {
        VmdkTestImage image = VmdkTestImage.Create();
        image.Set32(image.Table(0) + 4, image.Get32(image.Table(0)));
        image.Set32(image.Table(0) + 8, (uint)(image.Table(1) / 512));
        Assert.Contains(image.Check(), finding => finding.Field == "GT entry 1" && finding.Offset == image.Table(0) + 4);
        Assert.Contains(image.Check(), finding => finding is { Severity: CheckSeverity.Corruption, Field: "grain table 1" });
    }

    [Theory]
    [InlineData("monolithicSparse")]
    [InlineData("streamOptimized")]
    public void Space_that_nothing_uses_is_a_leak(string subFormat)
    {
        VmdkTestImage image = VmdkTestImage.Create(subFormat);
        int length = image.Bytes.Length;
        int footer = subFormat == "streamOptimized" ? 1536 : 0;
        image.Bytes = [.. image.Bytes[..(length - footer)], .. new byte[2 * VmdkTestImage.Grain], .. image.Bytes[(length - footer)..]];
        Assert.Equal(image.Disk, image.Read());
        Assert.Equal(CheckSeverity.Leak, Assert.Single(image.Check()).Severity);
    }

    [Fact]
    public void A_disk_that_was_not_closed_is_read_and_the_mark_is_shown()
    {
        VmdkTestImage image = VmdkTestImage.Create();
        image.Bytes[72] = 1;
        Assert.Equal(image.Disk, image.Read());
        Assert.Equal((CheckSeverity.Information, 72), Assert.Single(image.Check().Select(finding => (finding.Severity, finding.Offset))));
        using MemoryBlockDevice device = new("image.vmdk", image.Bytes);
        Assert.True(ImageFormats.Get(DiskImageFormat.Vmdk).Describe(device).Dirty);
    }

    [Fact]
    public void A_stream_has_all_parts_in_order_with_their_markers()
    {
        VmdkTestImage image = VmdkTestImage.Create("streamOptimized");
        VmdkSparseHeader header = image.Header;
        Assert.Equal((3u, ulong.MaxValue, 128ul), (header.Version, header.Directory, header.Overhead));
        List<string> parts = [];
        for (long at = 128 * 512; at < image.Bytes.Length;)
        {
            VmdkMarker marker = VmdkMarker.Parse(image.Bytes.AsSpan((int)at, 16));
            parts.Add(marker.Size > 0 ? $"grain {marker.Value}" : $"{marker.Type} {marker.Value}");
            at += marker.Size > 0 ? (12 + marker.Size + 511) / 512 * 512 : (1 + (long)marker.Value) * 512;
        }

        Assert.Equal(["grain 0", "grain 128", "grain 256", "GrainTable 4", "grain 65536", "GrainTable 4", "GrainDirectory 1", "Footer 1", "EndOfStream 0"], parts);
        Assert.Contains("ddb.adapterType = \"lsilogic\"", image.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Grains_that_do_not_compress_are_stored_in_a_stream_all_the_same()
    {
        byte[] disk = new byte[2 << 20];
        new Random(3).NextBytes(disk);
        VmdkTestImage image = VmdkTestImage.Create("streamOptimized", disk);
        Assert.Equal(disk, image.Read());
        Assert.Empty(image.Check());
        // 32 grains of 129 sectors, and what is around them.
        Assert.Equal((128 + (32 * 129) + 5 + 2 + 3) * 512, image.Bytes.Length);
    }

    [Fact]
    public void A_last_grain_that_is_cut_at_the_disks_end_is_read()
    {
        // open-vmdk compresses no more of the last grain than the disk has.
        VmdkTestImage image = VmdkTestImage.Create("streamOptimized", TestDisks.Mixed(VmdkTestImage.Grain + 1024, seed: 5));
        long second = image.Get32(image.Table(0) + 4) * 512L;
        byte[] target = new byte[2048];
        int length = ZlibCodec.Compress(image.Disk.AsSpan(VmdkTestImage.Grain, 1024), target, 6);
        image.Set32(second + 8, (uint)length);
        target[..length].CopyTo(image.Bytes, second + 12);
        Assert.Equal(image.Disk, image.Read());
        Assert.Empty(image.Check());
    }

    private static uint ContentId(VmdkTestImage image)
    {
        using DiskImage open = image.Open();
        return ((VmdkImage)open).ContentId;
    }
}
