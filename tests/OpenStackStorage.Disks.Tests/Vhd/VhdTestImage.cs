using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// A valid VHD in memory, made by our writer with a fixed id and clock, whose fields are then patched by hand. The disk is
/// 6 MiB with data in the first and the third block of 2 MiB.
/// </summary>
internal sealed class VhdTestImage
{
    public const int DiskSize = 6 << 20;
    public const int SecondData = 4 << 20;
    public const int Header = 512;
    public const int Table = 1536;

    public static readonly Guid Id = new("11223344-5566-7788-99aa-bbccddeeff00");
    public static readonly Guid ChildId = new("ccddeeff-0011-2233-4455-667788990011");

    private VhdTestImage(byte[] bytes, byte[] disk) => (Bytes, Disk) = (bytes, disk);

    public byte[] Bytes { get; private set; }

    /// <summary>What the guest sees, before anything is patched.</summary>
    public byte[] Disk { get; }

    public int Footer => Bytes.Length - 512;

    public static VhdFormat Format(Guid? id = null) => new(new StoppedClock(), () => id ?? Id);

    public static byte[] DefaultDisk()
    {
        byte[] disk = new byte[DiskSize];
        for (int i = 0; i < 65536; i++)
            disk[i] = disk[SecondData + i] = (byte)((i / 512) + (i % 13) + 1);
        return disk;
    }

    public static VhdTestImage Create(string subFormat = "dynamic", byte[]? disk = null, params (string Name, string Value)[] options)
    {
        disk ??= DefaultDisk();
        return new VhdTestImage(Write(disk, TestDisks.Options(options) with { VirtualSize = disk.Length, SubFormat = subFormat }), disk);
    }

    /// <summary>A child of <paramref name="parent"/> that calls it "parent.vhd".</summary>
    public static VhdTestImage CreateChild(VhdTestImage parent, byte[] disk, string name = "parent.vhd")
    {
        using DiskImage backing = parent.Open("parent.vhd");
        ImageCreateOptions options = new() { VirtualSize = disk.Length, BackingFile = name, BackingFormat = DiskImageFormat.Vhd, Backing = backing };
        return new VhdTestImage(Write(disk, options, backing, ChildId), disk);
    }

    public uint Get32(long offset) => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan((int)offset));

    public void Set32(long offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Bytes.AsSpan((int)offset), value);

    public void Set64(long offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Bytes.AsSpan((int)offset), value);

    public void Truncate(int length) => Bytes = Bytes[..length];

    /// <summary>Byte of the file at which a block's bitmap starts.</summary>
    public long Block(int index) => Get32(Table + (index * 4)) * 512L;

    /// <summary>Makes the checksums true again: a case is about another field.</summary>
    public void Seal()
    {
        foreach (int footer in new[] { 0, Footer })
        {
            if (Bytes.AsSpan(footer, 8).SequenceEqual(VhdFooter.Magic))
                Set32(footer + 64, VhdChecksum.Of(Bytes.AsSpan(footer, 512), 64));
        }

        if (Bytes.AsSpan(Header, 8).SequenceEqual(VhdDynamicHeader.Magic))
            Set32(Header + 36, VhdChecksum.Of(Bytes.AsSpan(Header, 1024), 36));
    }

    public DiskImage Open(string path = "image.vhd", OpenGate? gate = null) =>
        ImageFormats.Get(DiskImageFormat.Vhd).Open(new MemoryBlockDevice(path, Bytes), new ImageOpenOptions { Gate = gate ?? OpenGate.Deny });

    public byte[] Read(OpenGate? gate = null)
    {
        using DiskImage image = Open(gate: gate);
        return TestDisks.ReadAll(image);
    }

    public ImageDescription Describe()
    {
        using MemoryBlockDevice device = new("image.vhd", Bytes);
        return ImageFormats.Get(DiskImageFormat.Vhd).Describe(device);
    }

    public List<CheckFinding> Check(bool deep = true)
    {
        using MemoryBlockDevice device = new("image.vhd", Bytes);
        return [.. ImageFormats.Get(DiskImageFormat.Vhd).Check(device, deep, new WorkProgress(), CancellationToken.None)];
    }

    private static byte[] Write(byte[] disk, ImageCreateOptions options, DiskImage? backing = null, Guid? id = null)
    {
        MemoryBlockDevice target = new("image.vhd");
        using RawImage source = new(new MemoryBlockDevice("disk.raw", (byte[])disk.Clone()));
        using ImageWriter writer = Format(id).Create(target, options);
        new ImageCopy(new ImageReader(source), backing is null ? null : new ImageReader(backing), writer, new WorkProgress()).Run(1, CancellationToken.None);
        writer.Finish();
        return target.ToArray();
    }

    /// <summary>Opens parents from memory, by name.</summary>
    internal sealed class Parents(params (string Name, byte[] Bytes)[] files) : OpenGate
    {
        public List<string> Asked { get; } = [];

        public override BlockDevice Open(ImageReference reference)
        {
            Asked.Add(reference.Name);
            string name = reference.Name.StartsWith("./", StringComparison.Ordinal) ? reference.Name[2..] : reference.Name;
            foreach ((string known, byte[] bytes) in files)
            {
                if (known == name)
                    return new MemoryBlockDevice(known, bytes);
            }

            throw new ImageReferenceException(ErrorIds.BackingFileNotFound, reference, "it does not exist");
        }
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
