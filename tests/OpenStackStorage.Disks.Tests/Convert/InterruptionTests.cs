namespace OpenStackStorage.Disks.Tests;

/// <summary>A conversion that is stopped or fails leaves neither the target nor a part of it, and an older target as it was.</summary>
public class InterruptionTests
{
    private static readonly byte[] Disk = TestDisks.Mixed(6 << 20, seed: 11);

    public static TheoryData<DiskImageFormat, bool, int> Kinds()
    {
        TheoryData<DiskImageFormat, bool, int> data = [];
        foreach (int threads in new[] { 1, 3 })
        {
            data.Add(DiskImageFormat.Raw, false, threads);
            data.Add(DiskImageFormat.Qcow2, false, threads);
            data.Add(DiskImageFormat.Qcow2, true, threads);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_conversion_that_is_stopped_anywhere_leaves_nothing(DiskImageFormat format, bool compress, int threads)
    {
        foreach (bool exists in new[] { false, true })
        {
            for (int at = 1; ; at++)
            {
                using TemporaryFolder folder = new();
                if (exists)
                    folder.Write("target", [1, 2, 3]);
                using CancellationTokenSource stop = new();
                using WatchedImage source = new(Source(), at, stop.Cancel);
                Exception? error = Record.Exception(() => ImageConverter.Convert(source, folder["target"], Options(format, compress, threads), new WorkProgress(), stop.Token));
                if (error is null)
                {
                    Assert.True(source.Calls < at, "the conversion went on to its end although it was stopped");
                    break;
                }

                Assert.IsAssignableFrom<OperationCanceledException>(error);
                AssertUntouched(folder, exists);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_source_that_fails_anywhere_leaves_nothing(DiskImageFormat format, bool compress, int threads)
    {
        for (int at = 1; at <= Disk.Length >> 20; at++) // there are at least as many requests as chunks of 1 MiB
        {
            using TemporaryFolder folder = new();
            folder.Write("target", [1, 2, 3]);
            using WatchedImage source = new(Source(), at, () => throw new StorageException(ErrorIds.ReadFailed, "This read was made to fail."));
            StorageException error = Assert.Throws<StorageException>(() => ImageConverter.Convert(source, folder["target"], Options(format, compress, threads), new WorkProgress(), CancellationToken.None));
            Assert.Equal(ErrorIds.ReadFailed, error.Id);
            AssertUntouched(folder, exists: true);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_device_that_fails_at_any_write_ends_the_conversion_with_its_own_error(DiskImageFormat format, bool compress, int threads)
    {
        for (int at = 1; ; at++)
        {
            using FaultyDevice device = new(at);
            using RawImage source = Source();
            StorageException? error = null;
            try
            {
                using ImageWriter writer = ImageFormats.Get(format).Create(device, Options(format, compress, threads).Create with { VirtualSize = Disk.Length });
                new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(threads, CancellationToken.None);
                writer.Finish();
            }
            catch (StorageException failure)
            {
                error = failure;
            }

            if (device.Calls < at)
            {
                Assert.Null(error);
                Assert.True(at > 5, "the device was hardly written to");
                break;
            }

            Assert.Equal(ErrorIds.WriteFailed, error?.Id);
            // The header is written last, so that a part never passes for an image.
            using MemoryBlockDevice part = new("part", device.ToArray());
            Assert.Equal("raw", ImageInspector.Inspect(part).Format);
        }
    }

    [NeedsSmallFileSystemFact]
    public void A_full_disk_leaves_nothing()
    {
        using TemporaryFolder folder = new();
        string source = folder.Write("a.raw", Disk);
        string small = Directory.CreateDirectory(folder["small"]).FullName;
        Assert.True(NeedsSmallFileSystemFactAttribute.TryMount(small));
        try
        {
            foreach (bool exists in new[] { false, true })
            {
                foreach (ConversionOptions options in new[] { Options(DiskImageFormat.Raw, false, 2), Options(DiskImageFormat.Qcow2, false, 2), Options(DiskImageFormat.Qcow2, true, 2) })
                {
                    if (exists)
                        File.WriteAllBytes(Path.Combine(small, "target"), [1, 2, 3]);
                    using DiskImage image = TestDisks.Open(source);
                    StorageException error = Assert.Throws<StorageException>(() => ImageConverter.Convert(image, Path.Combine(small, "target"), options, new WorkProgress(), CancellationToken.None));
                    Assert.Equal(ErrorIds.InsufficientSpace, error.Id);
                    AssertUntouched(small, exists);
                }
            }
        }
        finally
        {
            NeedsSmallFileSystemFactAttribute.Unmount(small);
        }
    }

    [Fact]
    public void A_copy_that_does_not_verify_leaves_nothing()
    {
        using TemporaryFolder folder = new();
        using MemoryBlockDevice memory = new("disk.raw", (byte[])Disk.Clone());
        using WatchedImage dry = new(new RawImage(memory), 0, () => { });
        ConversionOptions options = Options(DiskImageFormat.Qcow2, compress: false, threads: 1);
        ImageConverter.Convert(dry, folder["dry"], options, new WorkProgress(), CancellationToken.None);
        File.Delete(folder["dry"]);

        using WatchedImage changing = new(new RawImage(memory), dry.Calls + 1, () => memory.Write(new HostOffset(5 << 20), [.. Disk[(5 << 20)..][..1].Select(value => (byte)~value)]));
        StorageException error = Assert.Throws<StorageException>(() => ImageConverter.Convert(changing, folder["target"], options with { Verify = true }, new WorkProgress(), CancellationToken.None));
        Assert.Equal(ErrorIds.VerificationFailed, error.Id);
        Assert.Contains($"guest offset {5 << 20}", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static RawImage Source() => new(new MemoryBlockDevice("disk.raw", (byte[])Disk.Clone()));

    private static ConversionOptions Options(DiskImageFormat format, bool compress, int threads) => new()
    {
        Format = format,
        Create = TestDisks.Options() with { Compress = compress, CompressionLevel = compress ? 1 : null },
        Threads = threads,
        Overwrite = true,
    };

    private static void AssertUntouched(TemporaryFolder folder, bool exists) => AssertUntouched(folder.Path, exists);

    private static void AssertUntouched(string folder, bool exists)
    {
        Assert.Equal(exists ? [Path.Combine(folder, "target")] : [], Directory.GetFileSystemEntries(folder));
        if (exists)
            Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(folder, "target")));
    }
}
