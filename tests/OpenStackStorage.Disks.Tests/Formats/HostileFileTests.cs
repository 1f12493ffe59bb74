namespace OpenStackStorage.Disks.Tests;

/// <summary>Files that change, lie about their size, or are no files.</summary>
public class HostileFileTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(513)]
    [InlineData((1 << 20) + 7)]
    public void Raw_images_of_any_length_are_read_converted_and_told_of(int length)
    {
        using TemporaryFolder folder = new();
        byte[] disk = TestDisks.Mixed(length, seed: length);
        string raw = folder.Write("a.raw", disk);
        Assert.Equal(disk, TestDisks.ReadAll(raw));
        Assert.Equal(length % 512 == 0 ? [] : [CheckSeverity.Information], TestDisks.Check(raw).Select(finding => finding.Severity));

        TestDisks.Convert(raw, folder["b.raw"], DiskImageFormat.Raw, verify: true);
        Assert.Equal(disk, File.ReadAllBytes(folder["b.raw"]));
        TestDisks.Convert(raw, folder["c.qcow2"], DiskImageFormat.Qcow2, verify: true);
        byte[] back = TestDisks.ReadAll(folder["c.qcow2"]);
        Assert.Equal((length + 511) / 512 * 512, back.Length);
        Assert.Equal(disk, back[..length]);
        Assert.All(back[length..], value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_raw_image_that_shrinks_while_it_is_open_is_an_error_not_zeroes(bool sparse)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.raw", sparse ? [] : TestDisks.Mixed(4 << 20));
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(8 << 20);
        using DiskImage image = TestDisks.Open(path);
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(1 << 20);
        StorageException error = Assert.Throws<StorageException>(() => TestDisks.ReadAll(image));
        Assert.Equal(ErrorIds.ReadFailed, error.Id);
        Assert.Equal(path, error.Target);
        Assert.Throws<StorageException>(() => ImageConverter.Convert(image, folder["b.raw"],
            new ConversionOptions { Format = DiskImageFormat.Raw, Create = TestDisks.Options() }, new WorkProgress(), CancellationToken.None));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_qcow2_image_that_shrinks_while_it_is_open_is_an_error()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.qcow2", Qcow2TestImage.Create().Bytes);
        using DiskImage image = TestDisks.Open(path);
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(16384);
        Assert.Equal(ErrorIds.ReadFailed, Assert.Throws<StorageException>(() => TestDisks.ReadAll(image)).Id);
    }

    [Fact]
    public void An_image_that_grows_while_it_is_open_keeps_its_size()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.raw", new byte[8192]);
        using DiskImage image = TestDisks.Open(path);
        File.AppendAllText(path, new string('x', 10000));
        Assert.Equal(8192, image.VirtualSize);
        Assert.Equal(new byte[8192], TestDisks.ReadAll(image));
    }

    [Fact]
    public void A_file_of_8_EiB_is_mapped_without_overflow()
    {
        using HugeDevice device = new([]);
        using DiskImage image = ImageFormats.Open(device, new ImageOpenOptions());
        ImageReader reader = new(image);
        Assert.Equal(long.MaxValue, reader.Length);
        byte[] tail = [1, 1, 1];
        reader.Read(new GuestOffset(long.MaxValue - 3), tail);
        Assert.Equal(new byte[3], tail);
        Assert.Single(ImageFormats.Get(DiskImageFormat.Raw).Check(device, deep: true, new WorkProgress(), CancellationToken.None));
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(
            () => ImageFormats.Get(DiskImageFormat.Qcow2).Create(new MemoryBlockDevice("x"), TestDisks.Options() with { VirtualSize = long.MaxValue })).Id);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(65536)]
    public void A_qcow2_image_in_a_file_of_8_EiB_is_read_and_checked_without_much_memory(int clusterSize)
    {
        Qcow2TestImage image = Qcow2TestImage.Create(clusterSize);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (HugeDevice device = new(image.Bytes))
        using (DiskImage open = ImageFormats.Open(device, new ImageOpenOptions()))
            Assert.Equal(image.Disk, TestDisks.ReadAll(open));

        // Data in the far end of the file, where all reads are zeroes; the refcount table reaches as far as it can.
        image.Set64(image.L2Entry(100), Qcow2Entry.OffsetMask & ~(ulong)(clusterSize - 1));
        int last = (clusterSize * (int)image.Header.RefcountTableClusters / 8) - 1;
        image.Set64(image.RefcountTable + (last * 8), 1UL << 62);
        using (HugeDevice device = new(image.Bytes))
        {
            Assert.Contains(ImageFormats.Get(DiskImageFormat.Qcow2).Check(device, deep: true, new WorkProgress(), CancellationToken.None),
                finding => finding.Message.Contains("does not reach it", StringComparison.Ordinal));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void A_folder_is_no_image()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => TestDisks.Open(folder.Path)).Id);
        string raw = folder.Write("a.raw", new byte[512]);
        Directory.CreateDirectory(folder["b"]);
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => TestDisks.Convert(raw, folder["b"], DiskImageFormat.Raw)).Id);
    }

    [NeedsToolFact("mkfifo")]
    public void A_pipe_is_no_image_and_no_destination()
    {
        using TemporaryFolder folder = new();
        Tool.Run("mkfifo", folder["pipe"]);
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => TestDisks.Open(folder["pipe"])).Id);
        string raw = folder.Write("a.raw", new byte[512]);
        Assert.Equal(ErrorIds.PathNotSupported, Assert.Throws<StorageException>(() => TestDisks.Convert(raw, folder["pipe"], DiskImageFormat.Raw)).Id);
    }

    [Fact]
    public void Names_with_line_breaks_are_names()
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("a\nb.raw", TestDisks.Mixed(100_000));
        TestDisks.Convert(raw, folder["c\r\nd.qcow2"], DiskImageFormat.Qcow2, verify: true);
        Assert.Empty(TestDisks.Check(folder["c\r\nd.qcow2"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }
}

/// <summary>A file of 2^63-1 bytes: a little content at its start, zeroes behind it.</summary>
internal sealed class HugeDevice(byte[] content) : BlockDevice
{
    public override string Path => "huge";

    public override long Length => long.MaxValue;

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        Assert.InRange(offset.Value, 0, long.MaxValue - buffer.Length);
        buffer.Clear();
        if (offset.Value < content.Length)
            content.AsSpan((int)offset.Value, (int)Math.Min(buffer.Length, content.Length - offset.Value)).CopyTo(buffer);
        return buffer.Length;
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override void SetLength(long length) => throw new NotSupportedException();

    public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();
}
