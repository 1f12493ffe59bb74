using System.Security.Cryptography;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Images;

public sealed class ImageDownloadTests : IDisposable
{
    private static readonly byte[] Data = TestImages.Mixed(5_000_001);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<bool> Resumes() => [false, true];

    [Theory]
    [MemberData(nameof(Resumes))]
    public void Data_is_saved_as_it_is(bool resume)
    {
        WorkProgress progress = new();
        Save(Stored(Data), new ImageDownloadOptions { Resume = resume }, progress);
        Assert.Equal(Data, File.ReadAllBytes(_folder["disk"]));
        Assert.Equal(["disk"], _folder.Names());
        Assert.Equal((Data.Length, Data.Length), (progress.Done, progress.Total));
    }

    [Theory]
    [MemberData(nameof(Resumes))]
    public void Damaged_data_does_not_get_the_name_and_leaves_nothing(bool resume)
    {
        foreach (Image image in new[] { Recorded(Data) with { HashValue = null, HashAlgorithm = null }, Recorded(Data) with { Checksum = null } })
        {
            byte[] damaged = [.. Data];
            damaged[4_000_000] ^= 1;
            Refuses(ErrorIds.ImageHashMismatch, new ImageData(image, new MemoryBlockDevice("data", damaged)), new ImageDownloadOptions { Resume = resume });
            Refuses(ErrorIds.ImageHashMismatch, new ImageData(image, new MemoryBlockDevice("data", Data[..^1])), new ImageDownloadOptions { Resume = resume });
            Refuses(ErrorIds.ImageHashMismatch, new ImageData(image, new MemoryBlockDevice("data", damaged)), new ImageDownloadOptions { ConvertTo = DiskImageFormat.Qcow2 });
        }
    }

    [Fact]
    public void An_interrupted_download_is_kept_and_what_is_there_is_not_read_again()
    {
        for (int at = 1; at < Data.Length; at += 800_000)
        {
            ImageData failing = new(Recorded(Data), new WatchedDevice(Data, 0, failFrom: at));
            Assert.Throws<StorageException>(() => Save(failing, new ImageDownloadOptions { Resume = true })).AssertId(ErrorIds.ReadFailed);
            Assert.Equal(["disk.partial"], _folder.Names());
            long kept = new FileInfo(_folder["disk.partial"]).Length;
            Assert.True(kept <= at);
            Save(new ImageData(Recorded(Data), new WatchedDevice(Data, kept, long.MaxValue)), new ImageDownloadOptions { Resume = true });
            Assert.Equal(Data, File.ReadAllBytes(_folder["disk"]));
            Assert.Equal(["disk"], _folder.Names());
            File.Delete(_folder["disk"]);
        }
    }

    [Fact]
    public void Without_resume_an_interrupted_download_leaves_nothing() =>
        Refuses(ErrorIds.ReadFailed, new ImageData(Recorded(Data), new WatchedDevice(Data, 0, failFrom: 2_000_000)), new ImageDownloadOptions());

    [Theory]
    [InlineData(100)]
    [InlineData(6_000_000)]
    public void A_partial_file_with_other_content_is_replaced(int length)
    {
        _folder.Write("disk.partial", Samples.Noise(length, seed: 99));
        Save(Stored(Data), new ImageDownloadOptions { Resume = true });
        Assert.Equal(Data, File.ReadAllBytes(_folder["disk"]));
    }

    [Fact]
    public void Without_a_recorded_hash_nothing_that_is_there_is_trusted()
    {
        _folder.Write("disk.partial", Samples.Noise(100));
        Save(new ImageData(TestImages.Active(ImageId.New()), new MemoryBlockDevice("data", Data)), new ImageDownloadOptions { Resume = true });
        Assert.Equal(Data, File.ReadAllBytes(_folder["disk"]));
    }

    [Fact]
    public void A_symbolic_link_in_the_place_of_the_partial_file_is_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a privilege there
        using TemporaryFolder outside = new();
        string victim = outside.Write("victim", [42]);
        File.CreateSymbolicLink(_folder["disk.partial"], victim);
        Assert.Throws<StorageException>(() => Save(Stored(Data), new ImageDownloadOptions { Resume = true })).AssertId(ErrorIds.PathNotSupported);
        Assert.Equal([42], File.ReadAllBytes(victim));
    }

    [Fact]
    public void Two_do_not_resume_one_file_at_once()
    {
        if (!OperatingSystem.IsLinux())
            return; // the lock is Linux' own
        using PartialFile other = PartialFile.Open(_folder["disk"]);
        Assert.Throws<StorageException>(() => Save(Stored(Data), new ImageDownloadOptions { Resume = true })).AssertId(ErrorIds.ImageInUse);
    }

    [Theory]
    [MemberData(nameof(Resumes))]
    public void An_existing_file_is_replaced_only_when_that_is_said(bool resume)
    {
        _folder.Write("disk", [1]);
        Assert.Throws<StorageException>(() => Save(Stored(Data), new ImageDownloadOptions { Resume = resume })).AssertId(ErrorIds.DestinationExists);
        Assert.Equal(["disk"], _folder.Names());
        Save(Stored(Data), new ImageDownloadOptions { Resume = resume, Overwrite = true });
        Assert.Equal(Data, File.ReadAllBytes(_folder["disk"]));
    }

    [Fact]
    public void It_is_converted_on_the_way_out()
    {
        byte[] disk = TestImages.Mixed(5 << 20);
        WorkProgress progress = new();
        byte[] qcow2 = Samples.Qcow2(disk);
        Save(new ImageData(Recorded(qcow2) with { DiskFormat = ImageDiskFormat.Qcow2 }, new MemoryBlockDevice("data", qcow2)), new ImageDownloadOptions { ConvertTo = DiskImageFormat.Raw }, progress);
        Assert.Equal(disk, File.ReadAllBytes(_folder["disk"]));
        Assert.Equal(progress.Total, progress.Done);
    }

    // CVE-2026-24708: the recorded format decides, not what a guest wrote into its disk.
    [Fact]
    public void A_raw_disk_that_begins_like_a_qcow2_image_is_converted_as_the_raw_disk_that_it_is()
    {
        byte[] disk = Samples.BackedBy("/etc/passwd");
        Array.Resize(ref disk, 1 << 20);
        Save(new ImageData(Recorded(disk) with { DiskFormat = ImageDiskFormat.Raw }, new MemoryBlockDevice("data", disk)), new ImageDownloadOptions { ConvertTo = DiskImageFormat.Raw });
        Assert.Equal(disk, File.ReadAllBytes(_folder["disk"]));
    }

    private void Refuses(ErrorId id, ImageData image, ImageDownloadOptions options)
    {
        Assert.ThrowsAny<StorageException>(() => Save(image, options)).AssertId(id);
        Assert.Empty(_folder.Names());
    }

    private void Save(ImageData image, ImageDownloadOptions options, WorkProgress? progress = null) =>
        ImageDownload.Save(image, _folder["disk"], options, progress ?? new WorkProgress(), CancellationToken.None);

    private static ImageData Stored(byte[] data) => new(Recorded(data), new MemoryBlockDevice("data", data));

    private static Image Recorded(byte[] data) => TestImages.Active(ImageId.New()) with
    {
        DiskFormat = ImageDiskFormat.Raw,
        Checksum = Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, data)),
        HashAlgorithm = "sha512",
        HashValue = Convert.ToHexStringLower(SHA512.HashData(data)),
    };

    /// <summary>Fails on reads of what must not be read again, and of all from a place on.</summary>
    private sealed class WatchedDevice(byte[] data, long readFrom, long failFrom) : BlockDevice
    {
        public override string Path => "watched";

        public override long Length => data.Length;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
        {
            Assert.True(offset.Value >= readFrom, $"byte {offset.Value} was read again");
            if (offset.Value + buffer.Length > failFrom)
                throw new StorageException(ErrorIds.ReadFailed, "This read was made to fail.");
            data.AsSpan((int)offset.Value, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();

        public override void SetLength(long length) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
