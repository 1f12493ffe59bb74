namespace OpenStackStorage.Disks.Tests;

/// <summary>What a damaged image or medium still holds is read; what it lost is zeroes, and is told exactly.</summary>
public sealed class SalvageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 512, 0, 4096)]
    [InlineData(1_000_000, 1, 999_424, 4096)]
    [InlineData(1_048_000, 2000, 1_044_480, 8192)]
    [InlineData((2 << 20) - 100, 100, (2 << 20) - 4096, 4096)]
    [InlineData(0, 2 << 20, 0, 2 << 20)]
    public void Only_the_pages_of_bad_sectors_are_lost(long badStart, long badLength, long lostStart, long lostLength)
    {
        byte[] disk = Filled(2 << 20);
        using RawImage image = new(new BadSectorDevice(disk, (badStart, badLength)));

        (byte[] read, LostRange[] lost) = Read(image);

        LostRange range = Assert.Single(lost);
        Assert.Equal((lostStart, lostLength, LossKind.Unreadable), (range.Start.Value, range.Length, range.Kind));
        Assert.Contains("Input/output error", range.Reason, StringComparison.Ordinal);
        disk.AsSpan((int)lostStart, (int)lostLength).Clear();
        Assert.Equal(disk, read);
    }

    [Fact]
    public void Finding_a_bad_page_takes_few_reads()
    {
        BadSectorDevice device = new(Filled(1 << 20), (500_000, 1));
        using RawImage image = new(device);

        Read(image);

        Assert.InRange(device.Failures, 1, 2 + 8); // halving 256 pages
    }

    [Fact]
    public void A_bad_compressed_cluster_is_lost_alone()
    {
        Qcow2TestImage image = Qcow2TestImage.Create(compress: true);
        image.Bytes.AsSpan((int)Qcow2Entry.DecodeCompressed(image.Get64(image.L2Entry(3)), image.Header.CompressedOffsetBits).Host.Value, 8).Fill(0xFF);

        AssertLost(image, LossKind.Undecodable, (3 * 4096, 4096));
    }

    [Fact]
    public void A_bad_entry_is_lost_alone_though_runs_are_mapped_whole()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set64(image.L2Entry(5), 1UL << 55);  // past the end of the file
        image.Set64(image.L2Entry(6), 0x1FE);      // reserved bits
        image.Set64(image.L2Entry(12), 1UL << 55);

        AssertLost(image, LossKind.Unmapped, (5 * 4096, 8192), (12 * 4096, 4096));
    }

    [Theory]
    [InlineData(1UL << 50)]         // past the end of the file
    [InlineData(512UL)]             // no multiple of the cluster
    [InlineData(1UL << 60 | 4096UL)] // reserved bits
    public void A_bad_L1_entry_loses_what_its_table_maps(ulong entry)
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set64(image.L1 + 8, entry);

        AssertLost(image, LossKind.Unmapped, (Qcow2TestImage.SecondData, 2 << 20));
    }

    [Fact]
    public void A_shared_L2_table_belongs_to_its_first_entry()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Set64(image.L1 + 8, image.Get64(image.L1));

        AssertLost(image, LossKind.Unmapped, (Qcow2TestImage.SecondData, 2 << 20));
    }

    [Fact]
    public void An_image_without_its_refcounts_is_read_whole()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Truncate((int)image.RefcountTable);
        Assert.Throws<ImageFormatException>(() => image.Open());

        AssertLost(image, LossKind.Unmapped);
    }

    [Fact]
    public void A_file_that_was_cut_short_gives_what_is_left()
    {
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.Truncate((int)image.L2Table(1)); // behind it only the refcounts were

        AssertLost(image, LossKind.Unmapped, (Qcow2TestImage.SecondData, 2 << 20));
    }

    [Fact]
    public void An_unreadable_part_of_an_L2_table_loses_what_it_maps()
    {
        // One table of 64 KiB: a page of it has 512 entries, for 32 MiB.
        byte[] disk = new byte[96 << 20];
        for (int i = 0; i < disk.Length; i += 1 << 20)
            disk.AsSpan(i, 65536).Fill(7);
        Qcow2TestImage image = Qcow2TestImage.Create(65536, disk: disk);
        using DiskImage opened = Open(image, (image.L2Table(0) + 4096, 512));

        (byte[] read, LostRange[] lost) = Read(opened);

        LostRange range = Assert.Single(lost);
        Assert.Equal((32L << 20, 32L << 20, LossKind.Unmapped), (range.Start.Value, range.Length, range.Kind));
        disk.AsSpan(32 << 20, 32 << 20).Clear();
        Assert.Equal(disk, read);
    }

    [Fact]
    public void Lost_is_not_what_a_backing_file_shows()
    {
        _folder.Write("base.raw", Filled(Qcow2TestImage.DiskSize));
        Qcow2TestImage image = Qcow2TestImage.Create();
        image.SetExtensions((Qcow2Extensions.BackingFormatType, "raw"u8.ToArray()));
        image.SetBackingName("base.raw");
        image.Set64(image.L2Entry(5), 1UL << 55);
        _folder.Write("top.qcow2", image.Bytes);

        using DiskImage top = ImageFormats.Open(_folder["top.qcow2"], new ImageOpenOptions { Gate = OpenGate.SameFolder, Salvage = true });
        (byte[] read, LostRange[] lost) = Read(top);

        Assert.Equal([5 * 4096L], lost.Select(range => range.Start.Value));
        Assert.True(read.AsSpan(5 * 4096, 4096).IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(1, read[65536]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_salvaged_conversion_is_verified_with_its_losses(int threads)
    {
        byte[] disk = TestDisks.Mixed(6 << 20, seed: 2);
        disk.AsSpan(3_000_000, 20_000).Fill(9);
        SalvageLog losses = new();
        using RawImage source = new(new BadSectorDevice(disk, (3_001_000, 10), (3_010_000, 5000)));
        ConversionOptions options = new() { Format = DiskImageFormat.Qcow2, Create = TestDisks.Options(), Verify = true, Losses = losses, Threads = threads };
        Assert.Equal(ErrorIds.ReadFailed, Assert.Throws<StorageException>(
            () => ImageConverter.Convert(source, _folder["a.qcow2"], options with { Losses = null }, new WorkProgress(), CancellationToken.None)).Id);
        Assert.False(File.Exists(_folder["a.qcow2"]));

        ImageConverter.Convert(source, _folder["a.qcow2"], options, new WorkProgress(), CancellationToken.None);

        (long Start, long Length)[] expected = [(2_998_272, 4096), (3_006_464, 12_288)];
        Assert.Equal(expected, losses.Ranges().Select(range => (range.Start.Value, range.Length)));
        foreach ((long start, long length) in expected)
            disk.AsSpan((int)start, (int)length).Clear();
        Assert.Equal(disk, TestDisks.ReadAll(_folder["a.qcow2"]));
    }

    [Fact]
    public void Other_failures_than_losses_come_out()
    {
        using WatchedImage image = new(new RawImage(new MemoryBlockDevice("a", Filled(4096))), 1,
            () => throw new StorageException(ErrorIds.AccessDenied, "No."));

        Assert.Equal(ErrorIds.AccessDenied, Assert.Throws<StorageException>(() => Read(image)).Id);
    }

    private static byte[] Filled(int length) => [.. Enumerable.Repeat((byte)1, length)];

    private static DiskImage Open(Qcow2TestImage image, params (long, long)[] bad) =>
        ImageFormats.Open(new BadSectorDevice((byte[])image.Bytes.Clone(), bad), new ImageOpenOptions { Salvage = true });

    private static (byte[] Disk, LostRange[] Lost) Read(DiskImage image)
    {
        SalvageLog losses = new();
        byte[] disk = new byte[image.VirtualSize];
        new ImageReader(image, losses: losses).Read(default, disk);
        return (disk, [.. losses.Ranges()]);
    }

    /// <summary>The disk reads as before but for these ranges, which are zeroes and told of.</summary>
    private static void AssertLost(Qcow2TestImage image, LossKind kind, params (long Start, long Length)[] ranges)
    {
        using DiskImage opened = Open(image);
        (byte[] read, LostRange[] lost) = Read(opened);
        Assert.Equal(ranges, lost.Select(range => (range.Start.Value, range.Length)));
        Assert.All(lost, range => Assert.Equal(kind, range.Kind));
        byte[] expected = (byte[])image.Disk.Clone();
        foreach ((long start, long length) in ranges)
            expected.AsSpan((int)start, (int)length).Clear();
        Assert.Equal(expected, read);
    }
}
