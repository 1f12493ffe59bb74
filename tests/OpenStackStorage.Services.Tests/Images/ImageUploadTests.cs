using System.IO.Pipelines;
using System.Security.Cryptography;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Images;

public sealed class ImageUploadTests : IDisposable
{
    private static readonly byte[] Data = TestImages.Mixed(5_000_001);

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _sources = new();
    private readonly ImageId _id = ImageId.New();

    private static ImageUploadRules Raw => new() { DiskFormat = ImageDiskFormat.Raw };

    private static ImageUploadRules ToQcow2 => new() { DiskFormat = ImageDiskFormat.Qcow2, ConvertTo = DiskImageFormat.Qcow2 };

    public void Dispose()
    {
        _folder.Dispose();
        _sources.Dispose();
    }

    [Theory]
    [InlineData("file")]
    [InlineData("stream")]
    [InlineData("pipe")]
    public void Data_is_stored_as_it_is_with_its_size_and_digests(string kind)
    {
        WorkProgress progress = new();
        ImageUploadResult result = Upload(Content(kind, Data), Raw with { ExpectedSize = Data.Length }, progress);
        Assert.Equal(Data, File.ReadAllBytes(_folder[_id.ToString()]));
        Assert.Equal((Data.Length, Data.Length), (result.Size, result.Facts.VirtualSize));
        Assert.Equal(Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, Data)), result.Digests.Md5);
        Assert.Equal(Convert.ToHexStringLower(SHA512.HashData(Data)), result.Digests.Sha512);
        Assert.Equal(Data.Length, progress.Done);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("stream")]
    [InlineData("pipe")]
    public void A_conversion_stores_the_new_format_and_its_digests(string kind)
    {
        byte[] disk = TestImages.Mixed(5 << 20);
        ImageUploadResult result = Upload(Content(kind, Samples.Qcow2(disk)), new ImageUploadRules { DiskFormat = ImageDiskFormat.Vhdx, ConvertTo = DiskImageFormat.Vhdx });
        byte[] stored = File.ReadAllBytes(_folder[_id.ToString()]);
        Assert.Equal((stored.Length, disk.Length), (result.Size, result.Facts.VirtualSize));
        Assert.Equal(Convert.ToHexStringLower(SHA512.HashData(stored)), result.Digests.Sha512);
        using DiskImage image = ImageFormats.Open(_folder[_id.ToString()], new ImageOpenOptions { Format = DiskImageFormat.Vhdx });
        byte[] read = new byte[image.VirtualSize];
        new ImageReader(image).Read(default, read);
        Assert.Equal(disk, read);
        Assert.Equal([_id.ToString(), _id + ".json"], _folder.Names());
    }

    [Fact]
    public void Nothing_is_stored_of_an_empty_source() => Assert.Equal(0, Upload(Content("pipe", []), Raw).Size);

    [Fact]
    public void Zero_blocks_and_holes_become_holes()
    {
        if (!OperatingSystem.IsLinux())
            return;
        byte[] zeroes = new byte[8 << 20];
        zeroes[^1] = 1;
        Upload(Content("pipe", zeroes), Raw);
        using FileBlockDevice stored = FileBlockDevice.OpenRead(_folder[_id.ToString()]);
        Assert.InRange(stored.AllocatedLength, 1, 64 << 10);
        Assert.Equal(zeroes, stored.ReadAll());
    }

    [Fact]
    public void A_file_that_is_mostly_a_hole_has_the_digests_of_all_its_bytes()
    {
        string path = _sources["sparse"];
        using (FileBlockDevice file = FileBlockDevice.CreateNew(path))
        {
            file.SetLength(100 << 20);
            file.Write(new HostOffset(50 << 20), Data.AsSpan(0, 4096));
        }

        ImageUploadResult result = Upload(new ImageContent.FromFile(path), Raw);
        Assert.Equal(Convert.ToHexStringLower(SHA512.HashData(File.ReadAllBytes(path))), result.Digests.Sha512);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder[_id.ToString()]));
    }

    [Theory]
    [InlineData("file", 1)]
    [InlineData("file", -1)]
    [InlineData("stream", 1)]
    [InlineData("stream", -1)]
    [InlineData("pipe", 1)]
    [InlineData("pipe", -1)]
    public void Another_size_than_expected_is_refused_and_leaves_nothing(string kind, int difference)
    {
        Refuses(ErrorIds.ImageSizeMismatch, Content(kind, Data), Raw with { ExpectedSize = Data.Length + difference });
        Refuses(ErrorIds.ImageSizeMismatch, Content(kind, Samples.Qcow2(Data[..512])), ToQcow2 with { ExpectedSize = difference + Samples.Qcow2(Data[..512]).Length });
    }

    [Fact]
    public void A_stream_of_another_length_than_its_giver_said_is_refused() =>
        Refuses(ErrorIds.ImageSizeMismatch, new ImageContent.FromStream(new MemoryStream(Data), Data.Length + 1), Raw);

    [Theory]
    [InlineData("file")]
    [InlineData("stream")]
    [InlineData("pipe")]
    public void More_than_one_image_may_have_is_refused_and_leaves_nothing(string kind)
    {
        Refuses(ErrorIds.QuotaExceeded, Content(kind, Data), Raw with { SizeCap = Data.Length - 1 });
        Refuses(ErrorIds.QuotaExceeded, Content(kind, Data), ToQcow2 with { SizeCap = 1 << 20 });
        Upload(Content(kind, Data), Raw with { SizeCap = Data.Length });
    }

    [Fact]
    public void An_endless_stream_is_stopped_by_who_counts_it()
    {
        long last = 0;
        ImageUploadRules rules = Raw with { Arrived = bytes => last = bytes < 10 << 20 ? bytes : throw new ServiceException(ErrorIds.QuotaExceeded, "Enough.") };
        Refuses(ErrorIds.QuotaExceeded, new ImageContent.FromStream(new EndlessStream(), null), rules);
        Assert.InRange(last, 1, 10 << 20);
    }

    [Fact]
    public void Content_that_is_not_as_declared_leaves_nothing()
    {
        foreach (string kind in new[] { "file", "stream", "pipe" })
        {
            Refuses(ErrorIds.ImageFormatMismatch, Content(kind, Samples.Noise(1 << 20)), new ImageUploadRules { DiskFormat = ImageDiskFormat.Qcow2 });
            Refuses(ErrorIds.ImageUnsafe, Content(kind, Samples.BackedBy("/etc/passwd")), new ImageUploadRules { DiskFormat = ImageDiskFormat.Qcow2 });
            Refuses(ErrorIds.ImageUnsafe, Content(kind, Samples.BackedBy("/etc/passwd")), ToQcow2);
            Refuses(ErrorIds.ImageUnsafe, Content(kind, Samples.DataFile()), ToQcow2);
            Refuses(ErrorIds.ImageUnsafe, Content(kind, Samples.VmdkText("monolithicFlat", "FLAT \"/etc/passwd\" 0")), ToQcow2);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_store_that_fails_at_any_write_ends_the_upload_with_its_own_error(bool converts)
    {
        for (int at = 1; ; at++)
        {
            FaultyStore store = new(at);
            StorageException? error = Record.Exception(() => ImageUpload.Receive(store, _id, Content("stream", Data), converts ? ToQcow2 : Raw, new WorkProgress(), default).Dispose()) as StorageException;
            Assert.Equal(store.Begun, store.Disposed);
            if (error is null)
            {
                Assert.True(store.Calls < at);
                Assert.True(at > 3);
                break;
            }

            error.AssertId(ErrorIds.WriteFailed);
        }
    }

    [Fact]
    public void A_stream_that_fails_anywhere_leaves_nothing()
    {
        for (int at = 0; at < Data.Length; at += 700_000)
        {
            Refuses(ErrorIds.ReadFailed, new ImageContent.FromStream(new FailingStream(Data, at), null), Raw);
            Refuses(ErrorIds.ReadFailed, new ImageContent.FromStream(new FailingStream(Data, at), null), ToQcow2);
        }
    }

    [Theory]
    [InlineData("file", false)]
    [InlineData("pipe", false)]
    [InlineData("file", true)]
    [InlineData("pipe", true)]
    public void A_stop_anywhere_leaves_nothing(string kind, bool converts)
    {
        for (long at = 1; at < Data.Length / (converts ? 3 : 1); at += 900_000) // a third is noise at least
        {
            using CancellationTokenSource stop = new();
            ImageUploadRules rules = (converts ? ToQcow2 : Raw) with { Arrived = bytes => { if (bytes >= at) stop.Cancel(); } };
            Assert.ThrowsAny<OperationCanceledException>(() => ImageUpload.Receive(TestImages.FileStore(_folder.Path), _id, Content(kind, Data), rules, new WorkProgress(), stop.Token).Dispose());
            Assert.Empty(_folder.Names());
        }
    }

    [Fact]
    public void A_stop_does_not_wait_for_a_stream_that_hangs()
    {
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(50));
        using HangingStream hanging = new();
        Assert.ThrowsAny<OperationCanceledException>(() => ImageUpload.Receive(TestImages.FileStore(_folder.Path), _id, new ImageContent.FromStream(hanging, null), Raw, new WorkProgress(), stop.Token));
        Assert.Empty(_folder.Names());
    }

    [NeedsReflinkFact]
    public void A_file_on_a_file_system_that_shares_blocks_takes_no_space_of_its_own()
    {
        using ReflinkMount mount = new(_folder.Path);
        byte[] data = Samples.Noise(64 << 20);
        string source = _folder.Write("source", data);
        using (FileBlockDevice file = FileBlockDevice.OpenWrite(source))
            file.Flush();
        long before = TestImages.FileStore(_folder.Path).GetSpace()!.Free;
        ImageUploadResult result = Upload(new ImageContent.FromFile(source), Raw with { ExpectedSize = data.Length });
        Assert.InRange(before - TestImages.FileStore(_folder.Path).GetSpace()!.Free, long.MinValue, 8 << 20);
        Assert.Equal(Convert.ToHexStringLower(SHA512.HashData(data)), result.Digests.Sha512);
        File.WriteAllBytes(source, [1]);
        Assert.Equal(data, File.ReadAllBytes(_folder[_id.ToString()]));
    }

    [NeedsMountFact]
    public void A_disk_that_fills_up_ends_the_upload_and_leaves_nothing()
    {
        using SmallMount mount = new(_folder.Path, "size=512k");
        Refuses(ErrorIds.InsufficientSpace, Content("pipe", Samples.Noise(4 << 20)), Raw);
        Refuses(ErrorIds.InsufficientSpace, Content("file", Samples.Noise(4 << 20)), Raw);
        Refuses(ErrorIds.InsufficientSpace, Content("stream", Samples.Noise(4 << 20)), ToQcow2);
    }

    private ImageUploadResult Upload(ImageContent content, ImageUploadRules rules, WorkProgress? progress = null)
    {
        using ReceivedImage received = ImageUpload.Receive(TestImages.FileStore(_folder.Path), _id, content, rules, progress ?? new WorkProgress(), CancellationToken.None);
        received.Commit(TestImages.Active(_id), CancellationToken.None);
        return received.Result;
    }

    private void Refuses(ErrorId id, ImageContent content, ImageUploadRules rules)
    {
        Assert.ThrowsAny<StorageException>(() => ImageUpload.Receive(TestImages.FileStore(_folder.Path), _id, content, rules, new WorkProgress(), CancellationToken.None).Dispose()).AssertId(id);
        Assert.Empty(_folder.Names());
    }

    private ImageContent Content(string kind, byte[] data) => kind switch
    {
        "file" => new ImageContent.FromFile(_sources.Write("source", data)),
        "stream" => new ImageContent.FromStream(new MemoryStream(data), data.Length),
        _ => new ImageContent.FromStream(PipeReader.Create(new MemoryStream(data)).AsStream(), null),
    };
}
