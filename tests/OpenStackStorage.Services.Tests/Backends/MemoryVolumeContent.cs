using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Backends;

/// <summary>Sparse disks of whole GiB as the bytes of qcow2 images. Nobody changes bytes that others may hold.</summary>
internal static class MemoryVolumeContent
{
    private const long GiB = 1L << 30;

    public static byte[] Blank(int sizeGiB)
    {
        MemoryBlockDevice device = new("volume");
        using ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(device, new ImageCreateOptions { VirtualSize = sizeGiB * GiB });
        writer.Finish();
        return device.ToArray();
    }

    public static byte[] Resize(byte[] content, int sizeGiB)
    {
        if (SizeOf(content) >= sizeGiB * GiB)
            return content;
        MemoryBlockDevice device = new("volume", [.. content]);
        using ImageEditor editor = new(ImageFormats.OpenWritable(device, new ImageOpenOptions { Format = DiskImageFormat.Qcow2 }));
        editor.Resize(sizeGiB * GiB);
        editor.Close();
        return device.ToArray();
    }

    public static long SizeOf(byte[] content)
    {
        using DiskImage image = ImageFormats.Open(new MemoryBlockDevice("volume", content), new ImageOpenOptions { Format = DiskImageFormat.Qcow2 });
        return image.VirtualSize;
    }

    /// <summary>A copy that takes the place of the original when it is closed.</summary>
    public sealed class WrittenBack(string path, byte[] content, Action<byte[]> done, Action closed) : BlockDevice
    {
        private readonly MemoryBlockDevice _device = new(path, [.. content]);

        public override string Path => path;

        public override long Length => _device.Length;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => _device.ReadUpTo(offset, buffer);

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => _device.Write(offset, buffer);

        public override void WriteZeroes(HostOffset offset, long length) => _device.WriteZeroes(offset, length);

        public override void SetLength(long length) => _device.SetLength(length);

        public override void Flush() => done(_device.ToArray());

        protected override void Dispose(bool disposing)
        {
            closed();
            base.Dispose(disposing);
        }
    }
}
