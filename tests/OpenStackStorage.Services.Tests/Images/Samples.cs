using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Images;

/// <summary>Content that honest people upload, and content that others do.</summary>
internal static class Samples
{
    public const long VirtualSize = 4 << 20;

    public static byte[] Noise(int length, int seed = 7)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>An image of zeroes, as the engine writes it.</summary>
    public static byte[] Empty(DiskImageFormat format)
    {
        MemoryBlockDevice device = new("disk");
        using ImageWriter writer = ImageFormats.Get(format).Create(device, new ImageCreateOptions { VirtualSize = VirtualSize });
        writer.Finish();
        return device.ToArray();
    }

    /// <summary>A qcow2 image of a disk's bytes.</summary>
    public static byte[] Qcow2(byte[] disk)
    {
        MemoryBlockDevice device = new("disk");
        using DiskImage source = ImageFormats.Open(new MemoryBlockDevice("raw", disk), new ImageOpenOptions { Format = DiskImageFormat.Raw });
        ConversionOptions options = new() { Format = DiskImageFormat.Qcow2, Create = new ImageCreateOptions { VirtualSize = disk.Length } };
        ImageConverter.Convert(source, new ImageFile("disk", device), options, new WorkProgress(), CancellationToken.None);
        return device.ToArray();
    }

    public static byte[] BackedBy(string name)
    {
        byte[] image = Empty(DiskImageFormat.Qcow2);
        byte[] text = Encoding.UTF8.GetBytes(name);
        const int Place = 1024;
        text.CopyTo(image, Place);
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(8), Place); // backing_file_offset
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(16), (uint)text.Length); // backing_file_size
        return image;
    }

    public static byte[] DataFile()
    {
        byte[] image = Empty(DiskImageFormat.Qcow2);
        image[79] |= 4; // incompatible_features, bit 2
        return image;
    }

    public static byte[] VmdkText(string type, string extent) => Encoding.ASCII.GetBytes($"""
        # Disk DescriptorFile
        version=1
        CID=12345678
        parentCID=ffffffff
        createType="{type}"

        RW 8192 {extent}

        ddb.adapterType = "ide"
        """.ReplaceLineEndings("\n") + "\n" + new string('#', 600) + "\n");

    public static byte[] VmdkSparse(string type, string extent)
    {
        byte[] image = Empty(DiskImageFormat.Vmdk);
        Span<byte> descriptor = image.AsSpan(512, (int)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(36)) * 512);
        descriptor.Clear();
        VmdkText(type, extent).CopyTo(descriptor);
        return image;
    }

    public static byte[] Iso()
    {
        byte[] iso = new byte[64 << 10];
        Span<byte> descriptor = iso.AsSpan(32 << 10);
        descriptor[0] = 1;
        "CD001"u8.CopyTo(descriptor[1..]);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[80..], 32);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[128..], 2048);
        return iso;
    }

    /// <summary>The boot sector of an x86 kernel: code where a partition table would be, 55 AA behind it.</summary>
    public static byte[] Kernel()
    {
        byte[] kernel = Noise(8192);
        kernel[510] = 0x55;
        kernel[511] = 0xAA;
        return kernel;
    }

    public static byte[] Ova(params (string Name, byte[] Content)[] files)
    {
        MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in files)
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        return stream.ToArray();
    }
}
