namespace OpenStackStorage.Disks.Tests;

/// <summary>The same disk and options make the same file, on however many threads.</summary>
public class DeterminismTests
{
    private static readonly byte[] Disk = TestDisks.Mixed((7 << 20) + 512, seed: 21);

    [Theory]
    [InlineData(512, null)]
    [InlineData(4096, null)]
    [InlineData(65536, null)]
    [InlineData(2 << 20, null)]
    [InlineData(512, CompressionType.Zlib)]
    [InlineData(4096, CompressionType.Zlib)]
    [InlineData(65536, CompressionType.Zlib)]
    [InlineData(2 << 20, CompressionType.Zlib)]
    [InlineData(4096, CompressionType.Zstd)]
    [InlineData(65536, CompressionType.Zstd)]
    [InlineData(2 << 20, CompressionType.Zstd)]
    public void The_file_is_the_same_at_any_number_of_threads(int clusterSize, CompressionType? compression)
    {
        if (compression == CompressionType.Zstd && !ZstdCodec.CanCompress)
            return;
        ImageCreateOptions create = TestDisks.Options() with
        {
            VirtualSize = Disk.Length,
            ClusterSize = clusterSize,
            Compress = compression is not null,
            CompressionType = compression ?? CompressionType.Zlib,
        };
        byte[] one = Convert(Raw(), create, threads: 1);
        foreach (int threads in new[] { 2, 3, 8 })
            Assert.True(one.AsSpan().SequenceEqual(Convert(Raw(), create, threads)), $"{threads} threads make another file than one");

        // The source's extents differ between a raw and a compressed image; what is written depends on the disk alone.
        DiskImage qcow2 = ImageFormats.Open(new MemoryBlockDevice("a.qcow2", one), new ImageOpenOptions());
        Assert.True(one.AsSpan().SequenceEqual(Convert(qcow2, create, threads: 3)), "another source format makes another file");
    }

    private static RawImage Raw() => new(new MemoryBlockDevice("disk.raw", (byte[])Disk.Clone()));

    private static byte[] Convert(DiskImage source, ImageCreateOptions create, int threads)
    {
        using MemoryBlockDevice target = new("target");
        using (source)
        using (ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(target, create with { VirtualSize = source.VirtualSize }))
        {
            new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(threads, CancellationToken.None);
            writer.Finish();
        }

        return target.ToArray();
    }
}
