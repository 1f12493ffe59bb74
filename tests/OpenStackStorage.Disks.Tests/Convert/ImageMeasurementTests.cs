using System.Diagnostics;
using System.Text.Json;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A measured length is that of the file that is then made.</summary>
public sealed class ImageMeasurementTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every format, so that a new one is measured without being named here.</summary>
    public static TheoryData<DiskImageFormat> Formats => [.. Enum.GetValues<DiskImageFormat>()];

    /// <summary>Formats that tell the length of a full disk without writing one, in each variety of theirs.</summary>
    public static TheoryData<DiskImageFormat, string> Varieties => new()
    {
        { DiskImageFormat.Qcow2, "v2" },
        { DiskImageFormat.Vhd, "dynamic" },
        { DiskImageFormat.Vhd, "fixed" },
        { DiskImageFormat.Vhdx, "dynamic" },
        { DiskImageFormat.Vhdx, "fixed" },
        { DiskImageFormat.Vdi, "dynamic" },
        { DiskImageFormat.Vdi, "static" },
        { DiskImageFormat.Vmdk, "monolithicSparse" },
        { DiskImageFormat.Vmdk, "monolithicFlat" },
        { DiskImageFormat.Vmdk, "twoGbMaxExtentSparse" },
        { DiskImageFormat.Vmdk, "twoGbMaxExtentFlat" },
        { DiskImageFormat.Vmdk, "streamOptimized" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_measured_is_what_a_conversion_makes(DiskImageFormat format)
    {
        foreach (string source in (string[])[Empty("empty.raw", 64 << 20), Sparse("sparse.raw"), Noise("dense.raw", 5 << 20), Empty("none.raw", 0), Noise("odd.raw", 70_001)])
        {
            if (!IsHeld(source, format))
                continue;
            (long measured, long full) = Measure(source, format, TestDisks.Options());
            long made = Convert(source, format, TestDisks.Options());
            Assert.Equal((source, made), (source, measured));
            Assert.True(measured <= full);
            // Compression and unseen zeroes only make it shorter.
            if (format == DiskImageFormat.Qcow2)
                Assert.InRange(Convert(source, format, TestDisks.Options() with { Compress = true }), 1, measured);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_disk_full_of_data_is_as_long_as_fully_allocated(DiskImageFormat format)
    {
        foreach (int length in (int[])[0, 512, 70_144, 9 << 20])
        {
            string source = Noise("dense.raw", length);
            if (!IsHeld(source, format))
                continue;
            (long measured, long full) = Measure(source, format, TestDisks.Options());
            Assert.Equal(full, measured);
            Assert.Equal(full, Convert(source, format, TestDisks.Options()));
        }
    }

    [Theory]
    [MemberData(nameof(Varieties))]
    public void The_formula_for_a_full_disk_is_its_writers_length(DiskImageFormat format, string subFormat)
    {
        ImageCreateOptions options = TestDisks.Options() with { SubFormat = subFormat };
        foreach (int length in (int[])[512, 70_144, 4 << 20, (9 << 20) + 512, (34 << 20) + 1024])
        {
            // The last grain of a stream is filled up with zeroes, which compress.
            int slack = subFormat == "streamOptimized" && length % 65536 != 0 ? 65536 : 0;
            long written = Convert(Noise("dense.raw", length), format, options);
            Assert.InRange(ImageFormats.Get(format).LengthWhenFull(options with { VirtualSize = length })!.Value, written, written + slack);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_terabyte_is_measured_at_once(DiskImageFormat format)
    {
        using DiskImage image = TestDisks.Open(Empty("large.raw", 1L << 40), DiskImageFormat.Raw);
        Stopwatch watch = Stopwatch.StartNew();

        ImageMeasure measure = ImageMeasurement.Measure(ImageFormats.Get(format), TestDisks.Options() with { VirtualSize = 1L << 40 }, image, 2, new WorkProgress(), CancellationToken.None);

        Assert.True(measure.FullyAllocated >= 1L << 40);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}: the full disk was written");
    }

    [Theory]
    [InlineData(512, "refcount_bits", "64")]
    [InlineData(512, "refcount_bits", "1")]
    [InlineData(4096, "refcount_bits", "16")]
    [InlineData(65536, "extended_l2", "on")]
    [InlineData(2 << 20, "compat", "0.10")]
    public void The_formula_for_a_full_qcow2_image_is_its_writers_length(int clusterSize, string option, string value)
    {
        ImageCreateOptions options = TestDisks.Options((option, value)) with { ClusterSize = clusterSize };
        foreach (int length in (int[])[0, 512, 1 << 20, (9 << 20) + 512])
        {
            string source = Noise("dense.raw", length);
            Assert.Equal(Convert(source, DiskImageFormat.Qcow2, options), Measure(source, DiskImageFormat.Qcow2, options).FullyAllocated);
        }
    }

    [Theory]
    [InlineData(Preallocation.Metadata)]
    [InlineData(Preallocation.Falloc)]
    [InlineData(Preallocation.Full)]
    public void A_preallocated_image_needs_all_from_the_start(Preallocation preallocation)
    {
        ImageCreateOptions options = TestDisks.Options() with { Preallocation = preallocation };

        ImageMeasure measure = Measure(Sparse("sparse.raw"), DiskImageFormat.Qcow2, options);

        Assert.Equal(measure.FullyAllocated, measure.Required);
        using MemoryBlockDevice device = new("new.qcow2");
        using ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(device, options with { VirtualSize = 64 << 20, Preallocation = Preallocation.Metadata });
        writer.Preallocate(new WorkProgress(), CancellationToken.None);
        writer.Finish();
        Assert.Equal(device.Length, measure.Required);
    }

    [Fact]
    public void No_data_is_read()
    {
        using RawImage image = new(new BadSectorDevice(new byte[4 << 20], (0, 4 << 20)));
        ImageCreateOptions options = TestDisks.Options() with { VirtualSize = image.VirtualSize };

        ImageMeasure measure = ImageMeasurement.Measure(ImageFormats.Get(DiskImageFormat.Qcow2), options, image, 2, new WorkProgress(), CancellationToken.None);

        Assert.Equal(measure.FullyAllocated, measure.Required);
    }

    [Fact]
    public void Bad_options_and_a_stop_end_it()
    {
        ImageFormat qcow2 = ImageFormats.Get(DiskImageFormat.Qcow2);
        ImageCreateOptions options = TestDisks.Options() with { VirtualSize = 1L << 40 };
        using RawImage image = new(new BadSectorDevice(new byte[4 << 20]));

        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(
            () => ImageMeasurement.Measure(qcow2, options with { ClusterSize = 1000 }, null, 1, new WorkProgress(), CancellationToken.None)).Id);
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(
            () => ImageMeasurement.Measure(qcow2, options with { ClusterSize = 512 }, null, 1, new WorkProgress(), CancellationToken.None)).Id);
        Assert.Throws<OperationCanceledException>(
            () => ImageMeasurement.Measure(qcow2, options, image, 1, new WorkProgress(), new CancellationToken(canceled: true)));
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("cluster_size=64k")]
    [InlineData("cluster_size=512")]
    [InlineData("cluster_size=2M")]
    [InlineData("refcount_bits=1")]
    [InlineData("refcount_bits=64,cluster_size=4k")]
    [InlineData("extended_l2=on")]
    [InlineData("compat=0.10")]
    public void Fully_allocated_is_qemus_number_and_required_never_more(string options)
    {
        Dictionary<string, string> named = options.Split(',').Select(option => option.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        int? cluster = named.Remove("cluster_size", out string? size) ? (int)ByteSize.Parse(size) : null;
        ImageCreateOptions create = new() { VirtualSize = 0, Options = named, ClusterSize = cluster };
        foreach (string source in (string[])[Sparse("sparse.raw"), Empty("empty.raw", 1L << 33), Noise("dense.raw", (7 << 20) + 512)])
        {
            using JsonDocument theirs = JsonDocument.Parse(Tool.Run("qemu-img", "measure", "--output=json", "-f", "raw", "-O", "qcow2", "-o", options, source));
            ImageMeasure ours = Measure(source, DiskImageFormat.Qcow2, create);

            Assert.Equal(theirs.RootElement.GetProperty("fully-allocated").GetInt64(), ours.FullyAllocated);
            Assert.InRange(ours.Required, 1, theirs.RootElement.GetProperty("required").GetInt64());
            if (source.EndsWith("dense.raw", StringComparison.Ordinal))
                Assert.Equal(theirs.RootElement.GetProperty("required").GetInt64(), ours.Required);
        }
    }

    /// <summary>False where a format has no disk of that size, as VMDK has none without a sector.</summary>
    private static bool IsHeld(string source, DiskImageFormat format) => format != DiskImageFormat.Vmdk || new FileInfo(source).Length > 0;

    private static ImageMeasure Measure(string source, DiskImageFormat format, ImageCreateOptions options)
    {
        using DiskImage image = TestDisks.Open(source, DiskImageFormat.Raw);
        WorkProgress progress = new();
        ImageMeasure measure = ImageMeasurement.Measure(ImageFormats.Get(format), options with { VirtualSize = image.VirtualSize }, image, 2, progress, CancellationToken.None);
        Assert.InRange(progress.Done, 0, progress.Total);
        return measure;
    }

    /// <summary>Bytes of all files of the new image.</summary>
    private long Convert(string source, DiskImageFormat format, ImageCreateOptions options)
    {
        Directory.CreateDirectory(_folder["out"]);
        TestDisks.Convert(source, _folder["out/image"], format, options, sourceFormat: DiskImageFormat.Raw);
        long length = Directory.EnumerateFiles(_folder["out"]).Sum(file => new FileInfo(file).Length);
        Directory.Delete(_folder["out"], recursive: true);
        return length;
    }

    private string Empty(string name, long length)
    {
        using FileStream file = File.Create(_folder[name]);
        file.SetLength(length);
        return _folder[name];
    }

    /// <summary>64 MiB with data in two places, stored sparsely: what the map calls data holds some in every block.</summary>
    private string Sparse(string name)
    {
        byte[] noise = new byte[300 << 10];
        new Random(2).NextBytes(noise);
        using FileStream file = File.Create(_folder[name]);
        file.SetLength(64 << 20);
        foreach (long at in (long[])[128 << 10, 40 << 20])
        {
            file.Position = at;
            file.Write(noise);
        }

        return _folder[name];
    }

    private string Noise(string name, int length)
    {
        byte[] noise = new byte[length];
        new Random(2).NextBytes(noise);
        return _folder.Write(name, noise);
    }
}
