using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A VDI to be changed in place, of any block size, with blocks in any order, made by hand.</summary>
public sealed record VdiEditCase
{
    private static readonly Guid ParentId = new("11223344-5566-7788-99aa-bbccddeeff00");
    private static readonly Guid OtherId = new("ccddeeff-0011-2233-4455-667788990011");
    private static readonly Guid ChangedId = new("ddeeff00-1122-3344-5566-778899001122");

    public required string Name { get; init; }

    public string SubFormat { get; init; } = "dynamic";

    public int BlockSize { get; init; } = 4096;

    public int Size { get; init; } = 1 << 20;

    /// <summary>Some allocated blocks belong to no entry, and hold garbage.</summary>
    public bool Untidy { get; init; }

    /// <summary>Bytes between the map and the data.</summary>
    public int Room { get; init; }

    public bool Differencing => SubFormat == "differencing";

    /// <summary>What the disk reads as at first: each sector is full of one byte.</summary>
    internal byte[] Disk { get; private set; } = [];

    internal MemoryBlockDevice File { get; private set; } = new("none.vdi");

    /// <summary>Two parents of the same content, and one of other content.</summary>
    private (string Name, byte[] Bytes)[] Parents { get; set; } = [];

    internal ImageOpenOptions Options => new() { Format = DiskImageFormat.Vdi, Gate = new VhdTestImage.Parents(Parents) };

    public override string ToString() => Name;

    internal VdiEditCase Create(int seed)
    {
        Random random = new(seed);
        Disk = VhdEditCase.Sectors(random, new byte[Size]);
        byte[] below = new byte[Size];
        if (Differencing)
        {
            below = (byte[])Disk.Clone();
            Parents = [.. new[] { ParentId, OtherId }.Select(id => ($"{{{id}}}.vdi", Build(random, new byte[Size], new VdiHeader { Type = VdiImageType.Dynamic, Id = id })))];
            Disk = TestDisks.Changed(below, seed);
            Parents = [.. Parents, ($"{{{ChangedId}}}.vdi", Build(new Random(seed), new byte[Size], new VdiHeader { Type = VdiImageType.Dynamic, Id = ChangedId }))];
            Disk = (byte[])below.Clone();
            for (int at = 0; at < Size; at += BlockSize)
            {
                if (random.Next(3) == 0)
                    Disk.AsSpan(at, Math.Min(BlockSize, Size - at)).Fill((byte)(random.Next(3) * random.Next(256)));
            }
        }

        VdiImageType type = Differencing ? VdiImageType.Differencing : SubFormat == "static" ? VdiImageType.Static : VdiImageType.Dynamic;
        File = new MemoryBlockDevice("image.vdi", Build(random, below, new VdiHeader { Type = type, Id = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), ParentId = Differencing ? ParentId : default }));
        return this;
    }

    internal ImageEditor Open() => new(OpenOn(File));

    internal WritableImage OpenOn(BlockDevice device) => ImageFormats.OpenWritable(device, Options);

    /// <summary>Opens the image to read it only.</summary>
    internal DiskImage OpenToRead() => ImageFormats.Open(File, Options);

    /// <summary>Names the one or the other parent.</summary>
    internal void Reparent(ImageEditor editor, bool other)
    {
        (string name, byte[] bytes) = Parents[other ? 1 : 0];
        using DiskImage parent = ImageFormats.Open(new MemoryBlockDevice(name, bytes), new ImageOpenOptions());
        editor.Image.SetBacking(name, parent);
    }

    /// <summary>Has the image read the same over one of its parents.</summary>
    internal void Rebase(EditModel model) => model.Rebase(Parents);

    internal List<CheckFinding> Check() =>
        [.. ImageFormats.Get(DiskImageFormat.Vdi).Check(File, deep: true, new WorkProgress(), CancellationToken.None)];

    private byte[] Build(Random random, byte[] below, VdiHeader header)
    {
        int blocks = (Size + BlockSize - 1) / BlockSize;
        int mapLength = ((blocks * 4) + 511) & ~511;
        int dataOffset = 512 + mapLength + Room;
        MemoryBlockDevice file = new("image.vdi");
        byte[] map = new byte[blocks * 4];
        map.AsSpan().Fill(byte.MaxValue);
        int[] order = [.. Enumerable.Range(0, blocks)];
        random.Shuffle(order);
        uint count = 0;
        foreach (int block in order)
        {
            int start = block * BlockSize;
            ReadOnlySpan<byte> content = Disk.AsSpan(start, Math.Min(BlockSize, Size - start));
            bool isStored = header.Type == VdiImageType.Static || !content.SequenceEqual(below.AsSpan(start, content.Length)) || random.Next(4) == 0;
            if (!isStored)
            {
                if (Untidy && random.Next(4) == 0)
                    WriteGarbage();
                continue;
            }

            bool isZero = !content.ContainsAnyExcept((byte)0) && header.Type != VdiImageType.Static && random.Next(2) == 0;
            BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(block * 4), isZero ? VdiBlockMap.Zero : count);
            if (!isZero)
                file.Write(new HostOffset(dataOffset + (count++ * (long)BlockSize)), [.. content, .. new byte[BlockSize - content.Length]]);
        }

        file.Write(new HostOffset(512), map);
        byte[] bytes = new byte[512];
        (header with
        {
            MapOffset = 512,
            DataOffset = (uint)dataOffset,
            DiskSize = (ulong)Size,
            BlockSize = (uint)BlockSize,
            Blocks = (uint)blocks,
            BlocksAllocated = count,
        }).WriteTo(bytes);
        file.Write(default, bytes);
        if (file.Length < dataOffset)
            file.SetLength(dataOffset);
        return file.ToArray();

        void WriteGarbage()
        {
            byte[] garbage = new byte[BlockSize];
            random.NextBytes(garbage);
            file.Write(new HostOffset(dataOffset + (count++ * (long)BlockSize)), garbage);
        }
    }
}
