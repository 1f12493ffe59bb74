using System.Security.Cryptography;

namespace OpenStackStorage.Disks.Tests;

/// <summary>The digest of a guest's disk is that of the raw disk, whatever the format and the number of threads.</summary>
public sealed class ImageHashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData((5 << 20) + 1536)]
    public void Every_format_has_the_hash_of_the_raw_disk(int length)
    {
        byte[] disk = TestDisks.Mixed(length, seed: 8);
        string raw = _folder.Write("a.raw", disk);
        byte[] padded = [.. disk, .. new byte[-length & 511]]; // qcow2 counts sectors
        Assert.Equal(SHA256.HashData(disk), Hash(raw, DiskImageFormat.Raw));
        foreach ((string name, bool compress) in (ReadOnlySpan<(string, bool)>)[("plain", false), ("packed", true)])
        {
            TestDisks.Convert(raw, _folder[name], DiskImageFormat.Qcow2, TestDisks.Options() with { Compress = compress }, sourceFormat: DiskImageFormat.Raw);
            foreach (int threads in (int[])[1, 2, 5])
                Assert.Equal(SHA256.HashData(padded), Hash(_folder[name], DiskImageFormat.Qcow2, threads: threads));
        }
    }

    [Fact]
    public void Zeroes_that_nothing_stores_are_counted()
    {
        using (FileStream file = File.Create(_folder["a.raw"]))
        {
            file.SetLength((100 << 20) + 17);
            file.Position = 50 << 20;
            file.WriteByte(1);
        }

        WorkProgress progress = new();
        using DiskImage image = TestDisks.Open(_folder["a.raw"], DiskImageFormat.Raw);
        byte[] hash = ImageHash.Compute(image, HashAlgorithmName.SHA512, 2, progress, CancellationToken.None);

        Assert.Equal(SHA512.HashData(File.ReadAllBytes(_folder["a.raw"])), hash);
        Assert.Equal((image.VirtualSize, image.VirtualSize), (progress.Done, progress.Total));
    }

    [Fact]
    public void A_stop_ends_it_and_a_broken_cluster_fails_it()
    {
        Qcow2TestImage broken = Qcow2TestImage.Create(compress: true);
        broken.Bytes.AsSpan((int)Qcow2Entry.DecodeCompressed(broken.Get64(broken.L2Entry(2)), broken.Header.CompressedOffsetBits).Host.Value, 8).Fill(0xFF);
        using DiskImage image = broken.Open();

        Assert.Equal(ErrorIds.ImageCorrupt, Assert.Throws<ImageFormatException>(
            () => ImageHash.Compute(image, HashAlgorithmName.MD5, 2, new WorkProgress(), CancellationToken.None)).Id);
        Assert.Throws<OperationCanceledException>(
            () => ImageHash.Compute(image, HashAlgorithmName.MD5, 2, new WorkProgress(), new CancellationToken(canceled: true)));
    }

    private static byte[] Hash(string path, DiskImageFormat format, int threads = 2)
    {
        using DiskImage image = TestDisks.Open(path, format);
        return ImageHash.Compute(image, HashAlgorithmName.SHA256, threads, new WorkProgress(), CancellationToken.None);
    }
}
