namespace OpenStackStorage.Disks.Tests;

/// <summary>Two disks are compared as guests see them.</summary>
public class ComparisonTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Equal_disks_have_no_differences_whatever_their_formats(int threads)
    {
        byte[] disk = TestDisks.Mixed((5 * MiB) + 512);
        Assert.Empty(Compare(Raw(disk), Raw(disk), threads: threads));
        Qcow2TestImage image = Qcow2TestImage.Create(compress: true, disk: disk);
        Assert.Empty(Compare(Raw(disk), image.Open(), threads: threads));
        Assert.Empty(Compare(image.Open(), image.Open(), strict: true, threads: threads));
        Assert.Empty(Compare(Raw([]), Raw([])));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_first_difference_comes_alone_unless_all_are_asked_for(int threads)
    {
        byte[] left = TestDisks.Mixed(5 * MiB);
        byte[] right = (byte[])left.Clone();
        Flip(right, 700, 1);
        Flip(right, 3000, 1000);
        Flip(right, (4 * MiB) + 5, 1);
        Assert.Equal([new ImageDifference(new GuestOffset(512), 512, DifferenceKind.Content)], Compare(Raw(left), Raw(right), threads: threads));
        Assert.Equal(
            [
                new ImageDifference(new GuestOffset(512), 512, DifferenceKind.Content),
                new ImageDifference(new GuestOffset(2560), 1536, DifferenceKind.Content),
                new ImageDifference(new GuestOffset(4 * MiB), 512, DifferenceKind.Content),
            ],
            Compare(Raw(left), Raw(right), all: true, threads: threads));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(1, false)]
    [InlineData(3, false)]
    public void Differences_join_across_the_borders_of_chunks(int threads, bool all)
    {
        byte[] left = TestDisks.Mixed(6 * MiB);
        byte[] right = (byte[])left.Clone();
        Flip(right, MiB - 512, (3 * MiB) + 1024);
        Assert.Equal([new ImageDifference(new GuestOffset(MiB - 512), (3 * MiB) + 1024, DifferenceKind.Content)], Compare(Raw(left), Raw(right), all, threads: threads));
    }

    [Fact]
    public void A_longer_disk_is_equal_where_its_tail_is_zero()
    {
        byte[] shorter = TestDisks.Mixed(MiB + 1000);
        byte[] longer = new byte[3 * MiB];
        shorter.CopyTo(longer, 0);
        Assert.Empty(Compare(Raw(shorter), Raw(longer)));
        Assert.Empty(Compare(Raw(longer), Raw(shorter), all: true));

        longer[(2 * MiB) + 3] = 1;
        ImageDifference tail = new(new GuestOffset(2 * MiB), 512, DifferenceKind.Content);
        Assert.Equal([tail], Compare(Raw(shorter), Raw(longer)));
        ImageDifference size = new(new GuestOffset(shorter.Length), longer.Length - shorter.Length, DifferenceKind.Size);
        Assert.Equal([size], Compare(Raw(shorter), Raw(longer), strict: true));
        Assert.Equal([size, tail], Compare(Raw(shorter), Raw(longer), all: true, strict: true).Where(difference => difference.Kind != DifferenceKind.Allocation));
    }

    [Fact]
    public void Ranges_start_at_sectors_also_behind_a_disk_of_odd_length()
    {
        byte[] shorter = new byte[1000];
        byte[] longer = new byte[MiB];
        longer[1030] = longer[2000] = 1;
        Assert.Equal([new ImageDifference(new GuestOffset(1024), 1024, DifferenceKind.Content)], Compare(Sparse(shorter), Raw(longer), all: true));
        // An image whose extents end within a sector, before the other one has data.
        using DiskImage odd = Qcow2TestImage.Create(disk: new byte[4096]).Open();
        Assert.Equal([new ImageDifference(new GuestOffset(1024), 1024, DifferenceKind.Content)], Compare(odd, Raw(longer), all: true));
    }

    [Fact]
    public void Strictly_every_range_that_only_one_disk_stores_is_a_difference()
    {
        // Data, stored zeroes, data, hole, stored zeroes: within one chunk.
        byte[] disk = new byte[256 * 1024];
        Array.Fill(disk, (byte)1, 0, 65536);
        Array.Fill(disk, (byte)1, 131072, 4096);
        using DiskImage sparse = Qcow2TestImage.Create(disk: disk).Open();
        Assert.Empty(Compare(Raw(disk), sparse, all: true));
        Assert.Equal(
            [
                new ImageDifference(new GuestOffset(65536), 65536, DifferenceKind.Allocation),
                new ImageDifference(new GuestOffset(135168), 256 * 1024 - 135168, DifferenceKind.Allocation),
            ],
            Compare(Raw(disk), sparse, all: true, strict: true));
        Assert.Equal([new ImageDifference(new GuestOffset(65536), 65536, DifferenceKind.Allocation)], Compare(sparse, Raw(disk), strict: true));
    }

    [Fact]
    public void Strictly_zero_clusters_and_unallocated_ones_differ()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        using DiskImage plain = image.Open();
        image.Set64(image.L2Entry(300), 1);
        using DiskImage zeroed = image.Open();
        Assert.Empty(Compare(plain, zeroed, all: true));
        Assert.Equal([new ImageDifference(new GuestOffset(300 * 4096), 4096, DifferenceKind.Allocation)], Compare(plain, zeroed, all: true, strict: true));
    }

    [Fact]
    public void Comparing_can_be_stopped_and_errors_come_out()
    {
        using RawImage left = Raw(new byte[MiB]);
        Assert.Throws<OperationCanceledException>(() => ImageComparison.Run(left, left, new ComparisonOptions { Threads = 2 }, _ => { }, new WorkProgress(), new CancellationToken(canceled: true)));
        using WatchedImage bad = new(Raw(new byte[3 * MiB]), 4, () => throw new StorageException(ErrorIds.ReadFailed, "This read was made to fail."));
        Assert.Throws<StorageException>(() => Compare(bad, Raw(new byte[3 * MiB])));
    }

    [NeedsToolFact("qemu-img")]
    public void Random_pairs_compare_as_qemu_img_compares_them()
    {
        using TemporaryFolder folder = new();
        Random random = new(77);
        int different = 0;
        for (int pair = 0; pair < 24; pair++)
        {
            byte[] left = TestDisks.Mixed(512 * random.Next(1, 4000), seed: pair);
            byte[] right = (byte[])left.Clone();
            if (random.Next(2) == 0)
                Array.Resize(ref right, 512 * random.Next(1, 4000));
            if (random.Next(2) == 0)
                right[random.Next(right.Length)] ^= (byte)random.Next(2);
            string a = folder.Write("a.raw", left);
            string b = folder.Write("b.raw", right);
            TestDisks.Convert(b, folder["b.qcow2"], DiskImageFormat.Qcow2, TestDisks.Options() with { Compress = pair % 2 == 0 }, sourceFormat: DiskImageFormat.Raw);

            int code = Tool.TryRun("qemu-img", "compare", "-f", "raw", "-F", "qcow2", a, folder["b.qcow2"]).Code;

            Assert.InRange(code, 0, 1);
            different += code;
            using DiskImage first = TestDisks.Open(a, DiskImageFormat.Raw);
            using DiskImage second = TestDisks.Open(folder["b.qcow2"]);
            List<ImageDifference> found = Compare(first, second, all: true);
            Assert.Equal(code == 0, found.Count == 0);
            AssertExact(left, right, found);
        }

        Assert.InRange(different, 1, 23);
    }

    /// <summary>The found ranges are those sectors in which the padded disks differ, and all of them.</summary>
    private static void AssertExact(byte[] left, byte[] right, List<ImageDifference> found)
    {
        int length = Math.Max(left.Length, right.Length);
        Array.Resize(ref left, length);
        Array.Resize(ref right, length);
        HashSet<int> sectors = [.. found.SelectMany(range => Enumerable.Range((int)(range.Start.Value / 512), (int)(range.Length / 512)))];
        for (int sector = 0; sector < length / 512; sector++)
            Assert.Equal(!left.AsSpan(sector * 512, 512).SequenceEqual(right.AsSpan(sector * 512, 512)), sectors.Contains(sector));
    }

    private static void Flip(byte[] disk, int at, int length)
    {
        for (int i = at; i < at + length; i++)
            disk[i] ^= 0xFF;
    }

    private static RawImage Raw(byte[] disk) => new(new MemoryBlockDevice("disk.raw", (byte[])disk.Clone()));

    private static RawImage Sparse(byte[] disk) => new(new HoleDevice(disk.Length));

    private static List<ImageDifference> Compare(DiskImage left, DiskImage right, bool all = false, bool strict = false, int threads = 2)
    {
        List<ImageDifference> found = [];
        ImageComparison.Run(left, right, new ComparisonOptions { All = all, Strict = strict, Threads = threads }, found.Add, new WorkProgress(), CancellationToken.None);
        return found;
    }

    /// <summary>A file that is one hole.</summary>
    private sealed class HoleDevice(long length) : BlockDevice
    {
        public override string Path => "hole";

        public override long Length => length;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
        {
            int count = (int)Math.Clamp(length - offset.Value, 0, buffer.Length);
            buffer[..count].Clear();
            return count;
        }

        public override HostExtent ExtentAt(HostOffset offset, HostOffset end) => new(offset, Math.Min(end.Value, length) - offset.Value, IsData: false);

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long length) => throw new NotSupportedException();

        public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();
    }
}
