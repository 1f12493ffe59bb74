using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A small VHDX in memory that can be damaged or given a log; checksums are made right again where that is asked for.</summary>
internal sealed class VhdxTestImage
{
    public const int MiB = 1 << 20;
    public const int Header1 = 64 << 10;
    public const int Header2 = 128 << 10; // the current one of a new image
    public const int Regions1 = 192 << 10;
    public const int Regions2 = 256 << 10;
    public const int Log = MiB;
    public const int Metadata = 2 * MiB;
    public const int Items = Metadata + (64 << 10); // file parameters 8, size 8, id 16, logical 4, physical 4, locator
    public const int Bat = 3 * MiB;
    public const int Data = 4 * MiB;

    public static readonly VhdxIdentity Identity = new(
        new Guid("11111111-1111-4111-8111-111111111111"), new Guid("22222222-2222-4222-8222-222222222222"), new Guid("33333333-3333-4333-8333-333333333333"));

    public static readonly Guid LogGuid = new("44444444-4444-4444-8444-444444444444");

    private VhdxTestImage(byte[] bytes) => Bytes = bytes;

    public byte[] Bytes { get; private set; }

    /// <summary>An image of blocks of 1 MiB with what is given as its disk.</summary>
    public static VhdxTestImage Create(byte[] disk, byte[]? parent = null, int threads = 1, VhdxIdentity? identity = null, string? subFormat = null, int blockSize = MiB, params (string, string)[] options)
    {
        using MemoryBlockDevice target = new("/images/image.vhdx");
        using DiskImage source = new RawImage(new MemoryBlockDevice("disk.raw", disk));
        using DiskImage? backing = parent is null ? null : ImageFormats.Open(new MemoryBlockDevice("/images/parent.vhdx", parent), new ImageOpenOptions());
        ImageCreateOptions create = TestDisks.Options(options) with
        {
            VirtualSize = disk.Length,
            ClusterSize = blockSize,
            SubFormat = subFormat,
            BackingFile = parent is null ? null : "parent.vhdx",
            Backing = backing,
        };
        using ImageWriter writer = VhdxFormat.Create(target, create, identity ?? Identity);
        new ImageCopy(new ImageReader(source), backing is null ? null : new ImageReader(backing), writer, new WorkProgress()).Run(threads, CancellationToken.None);
        writer.Finish();
        return new VhdxTestImage(target.ToArray());
    }

    /// <summary>4.5 MiB in five blocks: data, zeroes, data, zeroes, half a block of data.</summary>
    public static byte[] Disk()
    {
        byte[] disk = new byte[(4 * MiB) + (MiB / 2)];
        new Random(1).NextBytes(disk.AsSpan(0, 5000));
        disk.AsSpan((2 * MiB) + 4096, 8192).Fill(7);
        disk.AsSpan(4 * MiB).Fill(9);
        return disk;
    }

    public static VhdxTestImage Create() => Create(Disk());

    public static VhdxTestImage Of(byte[] bytes) => new(bytes);

    /// <summary>A disk over <see cref="Create()"/> with one changed sector range and one whole block of zeroes.</summary>
    public static VhdxTestImage CreateDifferencing(out byte[] parent, out byte[] disk)
    {
        disk = Disk();
        disk.AsSpan(8192, 4096).Fill(5);
        disk.AsSpan(4 * MiB).Clear();
        parent = Create().Bytes;
        return Create(disk, parent, identity: new VhdxIdentity(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()));
    }

    public VhdxTestImage Set16(int offset, ushort value) => Patch(bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value));

    public VhdxTestImage Set32(int offset, uint value) => Patch(bytes => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value));

    public VhdxTestImage Set64(int offset, ulong value) => Patch(bytes => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value));

    public VhdxTestImage SetBytes(int offset, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Bytes.AsSpan(offset));
        return Seal();
    }

    public VhdxTestImage SetGuid(int offset, Guid value) => SetBytes(offset, value.ToByteArray());

    public ulong Get64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan(offset));

    public uint Get32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(offset));

    public VhdxTestImage SetBat(int index, VhdxBlockState state, long offset) => Set64(Bat + (index * 8), new VhdxBatEntry(state, offset).Value);

    public VhdxTestImage Resize(int length)
    {
        byte[] bytes = Bytes;
        Array.Resize(ref bytes, length);
        Bytes = bytes;
        return this;
    }

    /// <summary>Breaks the checksum of a structure, or anything else, for good.</summary>
    public VhdxTestImage Damage(int offset)
    {
        Bytes[offset] ^= 0x55;
        return this;
    }

    /// <summary>Marks the log as in use and writes entries to it.</summary>
    public VhdxTestImage SetLog(params VhdxTestEntry[] entries)
    {
        SetGuid(Header2 + 48, LogGuid);
        foreach (VhdxTestEntry entry in entries)
            entry.WriteTo(Bytes.AsSpan(Log, MiB));
        return this;
    }

    public byte[] Read(byte[]? parent = null)
    {
        using DiskImage image = Open(parent);
        return TestDisks.ReadAll(image);
    }

    public DiskImage Open(byte[]? parent = null) =>
        ImageFormats.Get(DiskImageFormat.Vhdx).Open(new MemoryBlockDevice("/images/image.vhdx", Bytes), new ImageOpenOptions { Gate = parent is null ? OpenGate.Deny : new OneFileGate(parent) });

    public ImageDescription Describe()
    {
        using MemoryBlockDevice device = new("/images/image.vhdx", Bytes);
        return ImageFormats.Get(DiskImageFormat.Vhdx).Describe(device);
    }

    public List<CheckFinding> Check()
    {
        using MemoryBlockDevice device = new("/images/image.vhdx", Bytes);
        return [.. ImageFormats.Get(DiskImageFormat.Vhdx).Check(device, deep: true, new WorkProgress(), CancellationToken.None)];
    }

    private VhdxTestImage Patch(Action<byte[]> patch)
    {
        patch(Bytes);
        return Seal();
    }

    private VhdxTestImage Seal()
    {
        foreach ((int offset, int length) in new[] { (Header1, 4096), (Header2, 4096), (Regions1, 65536), (Regions2, 65536) })
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(offset + 4), Crc32C.ComputeAround(Bytes.AsSpan(offset, length), 4));
        return this;
    }

    private sealed class OneFileGate(byte[] parent) : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) => new MemoryBlockDevice("/images/parent.vhdx", (byte[])parent.Clone());
    }
}

/// <summary>A log entry in the making.</summary>
internal sealed class VhdxTestEntry(int sector, ulong sequence, int tailSector)
{
    private readonly List<(VhdxLogDescriptor Descriptor, byte[]? Data)> _changes = [];

    public Guid Guid { get; init; } = VhdxTestImage.LogGuid;

    public ulong Flushed { get; init; } = 5 << 20;

    public ulong Last { get; init; } = 5 << 20;

    public uint? Descriptors { get; init; }

    public uint? Length { get; init; }

    /// <summary>Changes the finished entry; the checksum is made after it.</summary>
    public Action<byte[]>? Tamper { get; init; }

    /// <summary>Changes the finished entry behind the checksum's back.</summary>
    public Action<byte[]>? Damage { get; init; }

    public VhdxTestEntry Write(ulong fileOffset, byte[] data)
    {
        for (int at = 0; at < data.Length; at += 4096)
        {
            byte[] bytes = data[at..(at + 4096)];
            _changes.Add((new VhdxLogDescriptor
            {
                IsData = true,
                LeadingBytes = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                TrailingBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4092)),
                FileOffset = fileOffset + (ulong)at,
                SequenceNumber = sequence,
            }, bytes));
        }

        return this;
    }

    public VhdxTestEntry Zero(ulong fileOffset, ulong length)
    {
        _changes.Add((new VhdxLogDescriptor { ChangedLength = length, FileOffset = fileOffset, SequenceNumber = sequence }, null));
        return this;
    }

    public byte[] ToBytes()
    {
        int descriptorSectors = (64 + (_changes.Count * 32) + 4095) / 4096;
        byte[] bytes = new byte[(descriptorSectors + _changes.Count(change => change.Data is not null)) * 4096];
        int data = descriptorSectors * 4096;
        for (int i = 0; i < _changes.Count; i++)
        {
            _changes[i].Descriptor.WriteTo(bytes.AsSpan(64 + (i * 32)));
            if (_changes[i].Data is not { } content)
                continue;
            content.CopyTo(bytes, data);
            "data"u8.CopyTo(bytes.AsSpan(data));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(data + 4), (uint)(sequence >> 32));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(data + 4092), (uint)sequence);
            data += 4096;
        }

        new VhdxLogEntry
        {
            Length = Length ?? (uint)bytes.Length,
            Tail = (uint)tailSector * 4096,
            SequenceNumber = sequence,
            DescriptorCount = Descriptors ?? (uint)_changes.Count,
            LogGuid = Guid,
            FlushedFileOffset = Flushed,
            LastFileOffset = Last,
        }.WriteTo(bytes);
        Tamper?.Invoke(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32C.ComputeAround(bytes, 4));
        Damage?.Invoke(bytes);
        return bytes;
    }

    public void WriteTo(Span<byte> log)
    {
        byte[] bytes = ToBytes();
        for (int at = 0; at < bytes.Length; at += 4096)
            bytes.AsSpan(at, 4096).CopyTo(log[(((sector * 4096) + at) % log.Length)..]);
    }
}
