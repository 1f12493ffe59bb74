using static OpenStackStorage.Disks.Tests.Qcow2TestImage;

namespace OpenStackStorage.Disks.Tests;

/// <summary>What a check finds in images that reading may accept: counts, marks, snapshots and bitmaps.</summary>
public class Qcow2CheckTests
{
    [Fact]
    public void A_data_cluster_that_two_entries_share_with_the_refcount_1_is_corruption()
    {
        Qcow2TestImage image = Create();
        image.Set64(image.L2Entry(1), image.Get64(image.L2Entry(0)));
        long shared = (long)(image.Get64(image.L2Entry(0)) & Qcow2Entry.OffsetMask);
        AssertFound(image, CheckSeverity.Corruption, shared, "refcount", "used 2 times, its refcount is 1");
        AssertFound(image, CheckSeverity.Leak, shared + image.ClusterSize, "refcount", "used 0 times");
    }

    [Fact]
    public void Bit_63_that_does_not_tell_the_truth_is_corruption()
    {
        Qcow2TestImage image = Create();
        image.Set64(image.L2Entry(1), image.Get64(image.L2Entry(1)) & ~Qcow2Entry.Copied);
        AssertFound(image, CheckSeverity.Information, image.L2Entry(1), "L2 entry 1", "bit 63 (refcount is one) is not set");
        image = Create();
        long cluster = (long)(image.Get64(image.L2Entry(1)) & Qcow2Entry.OffsetMask) / image.ClusterSize;
        image.SetRefcount(cluster, 2);
        AssertFound(image, CheckSeverity.Corruption, image.L2Entry(1), "L2 entry 1", "the refcount of the cluster");
        image = Create();
        image.Set64(image.L2Entry(100), Qcow2Entry.Copied);
        AssertFound(image, CheckSeverity.Corruption, image.L2Entry(100), "L2 entry 100", "there is no host cluster");
    }

    [Fact]
    public void A_refcount_that_is_too_low_is_corruption_and_one_that_is_too_high_a_leak()
    {
        Qcow2TestImage image = Create();
        image.SetRefcount(0, 0);
        AssertFound(image, CheckSeverity.Corruption, 0, "refcount", "used 1 times, its refcount is 0");
        image.SetRefcount(0, 9);
        AssertFound(image, CheckSeverity.Leak, 0, "refcount", "used 1 times, its refcount is 9");
    }

    [Fact]
    public void Metadata_over_other_metadata_is_corruption_also_with_a_fitting_refcount()
    {
        Qcow2TestImage image = Create();
        long block = (long)image.Get64(image.RefcountTable);
        image.Set64(image.L2Entry(100), (ulong)block);
        image.SetRefcount(block / image.ClusterSize, 2);
        AssertFound(image, CheckSeverity.Corruption, block, "cluster", "can't be shared");
    }

    [Fact]
    public void An_l2_table_that_two_entries_have_is_walked_once_and_found_also_with_a_fitting_refcount()
    {
        Qcow2TestImage image = Create();
        ulong table = image.Get64(image.L1) & Qcow2Entry.OffsetMask;
        image.Set64(image.L1, table);
        image.Set64(image.L1 + 8, table);
        image.SetRefcount((long)table / image.ClusterSize, 2);
        AssertFound(image, CheckSeverity.Corruption, image.L1 + 8, "L1 entry 1", "an earlier entry has the L2 table");
    }

    [Fact]
    public void A_cluster_past_the_refcount_tables_reach_is_corruption()
    {
        Qcow2TestImage image = Create(512, options: ("refcount_bits", "64")); // a block tells of 64 clusters
        long last = image.RefcountTable + (((image.Bytes.Length / 512) - 1) / 64 * 8L);
        image.Set64(last, 0);
        Assert.Contains(image.Check(), finding => finding.Message.Contains("does not reach it", StringComparison.Ordinal));
    }

    [Fact]
    public void Findings_are_the_same_whatever_the_window()
    {
        foreach (int clusterSize in new[] { 512, 4096 })
        {
            Qcow2TestImage image = Create(clusterSize, compress: true);
            image.SetCompressed(3, [0xFF, 0xFF]);
            image.Set64(image.L2Entry(2), image.Get64(image.L2Entry(1)));
            image.SetRefcount(1, 4);
            image.Append(new byte[4096]);
            List<CheckFinding> whole = image.Check();
            Assert.NotEmpty(whole);
            foreach (int window in new[] { 1, 7, 64 })
            {
                Assert.Equal(
                    whole.OrderBy(finding => finding.Offset).ThenBy(finding => finding.Message, StringComparer.Ordinal),
                    image.Check(window).OrderBy(finding => finding.Offset).ThenBy(finding => finding.Message, StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public void Huge_offsets_in_a_small_file_need_little_memory()
    {
        Qcow2TestImage image = Create();
        for (int cluster = 0; cluster < 1024; cluster++)
            image.Set64(image.L2Entry(cluster), (0x80_0000_0000_0000UL - 4096) - ((ulong)cluster * 4096));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(image.Check().Count >= 1024);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Theory]
    [InlineData(36, 1025u, 36, "snapshot extra_data_size")]
    [InlineData(36, uint.MaxValue, 36, "snapshot extra_data_size")]
    [InlineData(8, 1u, 8, "snapshot l1_size")]
    [InlineData(8, uint.MaxValue, 8, "snapshot l1_size")]
    [InlineData(8, 4194304u, 0, "snapshot l1_table_offset")]
    [InlineData(0, 1u, 0, "snapshot l1_table_offset")]
    [InlineData(4, 4100u, 0, "snapshot l1_table_offset")]
    [InlineData(40, uint.MaxValue, 40, "snapshot vm_state_size")]
    [InlineData(48, uint.MaxValue, 8, "snapshot l1_size")]
    public void A_bad_snapshot_is_refused_when_it_is_read_described_or_checked_but_the_disk_is_read(int skip, uint value, int expectedSkip, string field)
    {
        Qcow2TestImage image = WithSnapshot(out long entry);
        image.Set32(entry + skip, value);
        AssertRefused(image, entry + expectedSkip, field);
    }

    [Fact]
    public void A_snapshot_table_that_ends_past_the_file_is_refused()
    {
        Qcow2TestImage image = WithSnapshot(out long entry);
        image.Set32(entry + 12, 0xFFFF_FFFF); // lengths of id and name
        AssertRefused(image, entry + 40, "snapshot table entry 0");
        image = WithSnapshot(out entry);
        image.Set32(60, 60);
        // The 4096 bytes of the table have room for one entry of 72 bytes and 100 empty ones, which have no L1 table.
        AssertRefused(image, entry + 72 + 8, "snapshot l1_size");
    }

    [Fact]
    public void A_good_snapshot_is_read_and_sound()
    {
        Qcow2TestImage image = WithSnapshot(out _);
        Assert.Equal(image.Disk, image.Read("snap"));
        Assert.Equal(image.Disk, image.Read("1"));
        Assert.Empty(image.Check());
    }

    [Fact]
    public void Snapshots_that_share_an_l1_table_are_walked_once_and_found()
    {
        Qcow2TestImage image = WithSnapshot(out long entry);
        image.Set64(entry, (ulong)image.L1);
        Assert.Equal(image.Disk, image.Read("snap"));
        AssertFound(image, CheckSeverity.Corruption, image.L1, "cluster", "can't be shared");
    }

    [Fact]
    public void Names_of_snapshots_can_not_fill_the_memory()
    {
        Qcow2TestImage image = WithSnapshot(out long entry);
        byte[] one = image.Bytes[(int)entry..(int)(entry + 72)];
        byte[] table = new byte[24 << 20];
        const int EntryLength = 40 + 24 + 8 + 65520; // fixed part, extra data, id, name
        for (int i = 0; i < table.Length / EntryLength; i++)
        {
            one.CopyTo(table, i * EntryLength);
            (table[(i * EntryLength) + 14], table[(i * EntryLength) + 15]) = (0xFF, 0xF0); // name: 65520 bytes
            (table[(i * EntryLength) + 12], table[(i * EntryLength) + 13]) = (0, 8); // id
        }

        image.Truncate((int)entry);
        long start = image.AppendUncounted(table);
        image.Set64(64, (ulong)start);
        image.Set32(60, (uint)(table.Length / EntryLength));
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => image.Read("x"));
        Assert.Contains("snapshot table entry", error.Field, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Theory]
    [InlineData(17, 8, 17, "granularity_bits")]
    [InlineData(17, 32, 17, "granularity_bits")]
    [InlineData(16, 2, 16, "type")]
    [InlineData(15, 8, 12, "flags")]
    [InlineData(18, 4, 18, "name_size")]
    [InlineData(20, 255, 20, "extra_data_size")]
    [InlineData(7, 1, 0, "bitmap_table_offset")]
    [InlineData(8, 255, 0, "bitmap_table_offset")]
    public void A_bad_bitmap_is_found_and_the_disk_is_read(int skip, byte value, int expectedSkip, string field)
    {
        Qcow2TestImage image = WithBitmap(out long entry, out _);
        image.Bytes[entry + skip] = value;
        if (skip == 20)
            image.Set32(entry + 20, uint.MaxValue - 7); // a length whose sum would wrap around
        Assert.Equal(image.Disk, image.Read());
        AssertFound(image, CheckSeverity.Corruption, entry + expectedSkip, field, "expected");
    }

    [Theory]
    [InlineData(1UL << 1)]
    [InlineData(1UL << 8)]
    [InlineData(1UL << 56)]
    [InlineData(1UL << 63)]
    public void Reserved_bits_of_a_bitmap_table_are_found(ulong bit)
    {
        Qcow2TestImage image = WithBitmap(out _, out long table);
        image.Set64(table, image.Get64(table) | bit);
        AssertFound(image, CheckSeverity.Corruption, table, "table of bitmap 'b'", "reserved bits");
    }

    [Fact]
    public void Bitmap_data_over_other_metadata_is_found_and_a_good_bitmap_is_sound()
    {
        Qcow2TestImage image = WithBitmap(out _, out long table);
        Assert.Empty(image.Check());
        image.Set64(table, (ulong)image.L1);
        AssertFound(image, CheckSeverity.Corruption, image.L1, "cluster", "can't be shared");
        image.Set64(table, 1); // all ones, nothing stored
        Assert.Equal(CheckSeverity.Leak, Assert.Single(image.Check()).Severity);
    }

    [Fact]
    public void Bitmaps_that_the_autoclear_bit_does_not_vouch_for_are_left_alone()
    {
        Qcow2TestImage image = WithBitmap(out long entry, out _);
        image.Set64(88, 0);
        image.Bytes[entry + 17] = 77;
        Assert.All(image.Check(), finding => Assert.Equal(CheckSeverity.Leak, finding.Severity));
        image.Set64(88, 1);
        image.SetExtensions();
        AssertFound(image, CheckSeverity.Corruption, 88, "autoclear_features", "the bitmaps extension is missing");
    }

    [Fact]
    public void A_raw_data_file_that_is_not_there_is_found()
    {
        Qcow2TestImage image = Create();
        image.Set64(88, 2);
        AssertFound(image, CheckSeverity.Corruption, 88, "autoclear_features", "there is none");
    }

    [Fact]
    public void A_check_can_be_stopped()
    {
        using MemoryBlockDevice device = new("image.qcow2", Create().Bytes);
        Assert.Throws<OperationCanceledException>(() =>
            ImageFormats.Get(DiskImageFormat.Qcow2).Check(device, deep: true, new WorkProgress(), new CancellationToken(canceled: true)).Count());
    }

    private static void AssertFound(Qcow2TestImage image, CheckSeverity severity, long offset, string field, string message) =>
        Assert.Contains(image.Check(), finding => finding.Severity == severity && finding.Offset == offset
            && finding.Field.Contains(field, StringComparison.Ordinal) && finding.Message.Contains(message, StringComparison.Ordinal));

    private static void AssertRefused(Qcow2TestImage image, long offset, string field)
    {
        Assert.Equal(image.Disk, image.Read());
        using MemoryBlockDevice device = new("image.qcow2", image.Bytes);
        foreach (Action action in new Action[] { () => image.Read("snap"), () => image.Check(), () => ImageFormats.Get(DiskImageFormat.Qcow2).Describe(device) })
        {
            ImageFormatException error = Assert.Throws<ImageFormatException>(action);
            Assert.Equal((offset, field), (error.Offset, error.Field));
        }
    }

    private static Qcow2TestImage WithSnapshot(out long entry)
    {
        Qcow2TestImage image = Create();
        entry = image.AddSnapshot();
        return image;
    }

    private static Qcow2TestImage WithBitmap(out long entry, out long table)
    {
        Qcow2TestImage image = Create();
        (entry, table) = image.AddBitmap();
        return image;
    }
}
