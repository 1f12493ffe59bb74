namespace OpenStackStorage.Disks.Tests;

/// <summary>Images with blocks on a block device: it holds what was there before, and its end is the file's end.</summary>
public class DeviceImageTests
{
    private static readonly byte[] Disk = MakeDisk();

    public static TheoryData<DiskImageFormat, string> Formats() => new()
    {
        { DiskImageFormat.Vhd, "dynamic" }, { DiskImageFormat.Vhd, "fixed" }, { DiskImageFormat.Vdi, "dynamic" }, { DiskImageFormat.Vdi, "static" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_was_on_the_device_does_not_show_through(DiskImageFormat format, string subFormat)
    {
        byte[] content = new byte[20 << 20];
        content.AsSpan().Fill(0xAA);
        Device device = new(content);
        Write(device, format, subFormat);

        using DiskImage image = ImageFormats.Open(device, new ImageOpenOptions { Format = format });
        Assert.Equal(Disk, TestDisks.ReadAll(image));
        Assert.Empty(ImageFormats.Get(format).Check(device, deep: true, new WorkProgress(), CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_device_that_is_too_small_is_refused(DiskImageFormat format, string subFormat)
    {
        using Device device = new(new byte[2 << 20]);
        StorageException error = Assert.Throws<StorageException>(() => Write(device, format, subFormat));
        Assert.Equal(ErrorIds.DestinationTooSmall, error.Id);
    }

    private static void Write(Device device, DiskImageFormat format, string subFormat)
    {
        using RawImage source = new(new MemoryBlockDevice("disk.raw", Disk));
        using ImageWriter writer = ImageFormats.Get(format).Create(device, new ImageCreateOptions { VirtualSize = Disk.Length, SubFormat = subFormat });
        writer.Preallocate(new WorkProgress(), CancellationToken.None);
        new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(1, CancellationToken.None);
        writer.Finish();
    }

    private static byte[] MakeDisk()
    {
        byte[] disk = new byte[8 << 20];
        new Random(3).NextBytes(disk.AsSpan(1 << 20, 100_000));
        new Random(4).NextBytes(disk.AsSpan(7 << 20, 50_000));
        return disk;
    }

    private sealed class Device(byte[] content) : BlockDevice
    {
        private readonly MemoryBlockDevice _memory = new("/dev/test", content);

        public override string Path => _memory.Path;

        public override long Length => content.Length;

        public override bool IsFixedSize => true;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => _memory.ReadUpTo(offset, buffer);

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
        {
            Assert.True(offset.Value + buffer.Length <= Length);
            _memory.Write(offset, buffer);
        }

        public override void Flush()
        {
        }

        public override void SetLength(long length) => Assert.Fail("A device has a fixed size.");

        public override void WriteZeroes(HostOffset offset, long length)
        {
            Assert.True(offset.Value + length <= Length);
            _memory.WriteZeroes(offset, length);
        }
    }
}
