using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// A valid VDI in memory, made by our writer with fixed ids, whose fields are then patched by hand. The disk is 5 MiB with
/// data in the second and the fourth block.
/// </summary>
internal sealed class VdiTestImage
{
    public const int DiskSize = 5 << 20;
    public const int Map = 512;
    public const int Data = 1 << 20;

    private VdiTestImage(byte[] bytes, byte[] disk) => (Bytes, Disk) = (bytes, disk);

    public byte[] Bytes { get; private set; }

    /// <summary>What the guest sees, before anything is patched.</summary>
    public byte[] Disk { get; }

    public Guid Id => new(Bytes.AsSpan(0x188, 16));

    public static VdiFormat Format(byte seed = 1) => new(() => new Guid(seed++, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));

    public static byte[] DefaultDisk()
    {
        byte[] disk = new byte[DiskSize];
        for (int i = 0; i < 65536; i++)
            disk[(1 << 20) + i] = disk[(3 << 20) + i] = (byte)((i / 512) + (i % 13) + 1);
        return disk;
    }

    public static VdiTestImage Create(string? subFormat = null, byte[]? disk = null, byte seed = 1)
    {
        disk ??= DefaultDisk();
        MemoryBlockDevice target = new("image.vdi");
        using RawImage source = new(new MemoryBlockDevice("disk.raw", (byte[])disk.Clone()));
        using ImageWriter writer = Format(seed).Create(target, new ImageCreateOptions { VirtualSize = disk.Length, SubFormat = subFormat });
        new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(1, CancellationToken.None);
        writer.Finish();
        return new VdiTestImage(target.ToArray(), disk);
    }

    /// <summary>Makes the image a differencing one.</summary>
    public VdiTestImage Over(VdiTestImage parent, uint type = 4)
    {
        Set32(0x4C, type);
        parent.Bytes.AsSpan(0x188, 16).CopyTo(Bytes.AsSpan(0x1A8));
        parent.Bytes.AsSpan(0x198, 16).CopyTo(Bytes.AsSpan(0x1B8));
        return this;
    }

    public uint Get32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(offset));

    public void Set32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(offset), value);

    public void Set64(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(offset), value);

    public void Truncate(int length) => Bytes = Bytes[..length];

    public DiskImage Open(OpenGate? gate = null) =>
        ImageFormats.Get(DiskImageFormat.Vdi).Open(new MemoryBlockDevice("image.vdi", Bytes), new ImageOpenOptions { Gate = gate ?? OpenGate.Deny });

    public byte[] Read()
    {
        using DiskImage image = Open();
        return TestDisks.ReadAll(image);
    }

    public ImageDescription Describe()
    {
        using MemoryBlockDevice device = new("image.vdi", Bytes);
        return ImageFormats.Get(DiskImageFormat.Vdi).Describe(device);
    }

    public List<CheckFinding> Check()
    {
        using MemoryBlockDevice device = new("image.vdi", Bytes);
        return [.. ImageFormats.Get(DiskImageFormat.Vdi).Check(device, deep: true, new WorkProgress(), CancellationToken.None)];
    }
}
