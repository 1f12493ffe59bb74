using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A VHD to be changed in place, of any block size, with blocks in any order, made by hand.</summary>
public sealed record VhdEditCase
{
    private static readonly Guid ChangedId = new("ddeeff00-1122-3344-5566-778899001122");

    public required string Name { get; init; }

    public string SubFormat { get; init; } = "dynamic";

    public int BlockSize { get; init; } = 4096;

    public int Size { get; init; } = 1 << 20;

    /// <summary>Sectors of stored blocks count as unwritten though they hold garbage, and so does room between blocks.</summary>
    public bool Untidy { get; init; }

    /// <summary>Byte of the file at which the block allocation table is to start.</summary>
    public int Table { get; init; } = 1536;

    public bool Differencing => SubFormat == "differencing";

    /// <summary>What the disk reads as at first: each sector is full of one byte.</summary>
    internal byte[] Disk { get; private set; } = [];

    internal MemoryBlockDevice File { get; private set; } = new("none.vhd");

    /// <summary>Two parents of the same content, and one of other content.</summary>
    private (string Name, byte[] Bytes)[] Parents { get; set; } = [];

    internal ImageOpenOptions Options => new() { Format = DiskImageFormat.Vhd, Gate = new VhdTestImage.Parents(Parents) };

    public override string ToString() => Name;

    internal VhdEditCase Create(int seed)
    {
        Random random = new(seed);
        Disk = Sectors(random, new byte[Size]);
        if (SubFormat == "fixed")
        {
            File = new MemoryBlockDevice("fixed.vhd", Fixed(Disk, VhdTestImage.Id));
            return this;
        }

        byte[] below = new byte[Size];
        if (Differencing)
        {
            below = Sectors(random, below);
            Disk = Sectors(random, below);
            Parents =
            [
                ("parent.vhd", Fixed(below, VhdTestImage.Id)),
                ("other.vhd", Fixed(below, VhdTestImage.ChildId)),
                ("changed.vhd", Fixed(TestDisks.Changed(below, seed), ChangedId)),
            ];
        }

        File = new MemoryBlockDevice("image.vhd", Build(random, below));
        return this;
    }

    internal ImageEditor Open() => new(OpenOn(File));

    internal WritableImage OpenOn(BlockDevice device) => ImageFormats.OpenWritable(device, Options);

    /// <summary>Opens the disk to read it only.</summary>
    internal DiskImage OpenToRead() => ImageFormats.Open(File, Options);

    /// <summary>Names the one or the other parent.</summary>
    internal void Reparent(ImageEditor editor, bool other)
    {
        (string name, byte[] bytes) = Parents[other ? 1 : 0];
        using DiskImage parent = ImageFormats.Open(new MemoryBlockDevice(name, bytes), new ImageOpenOptions());
        editor.Image.SetBacking(name, parent);
    }

    /// <summary>Has the disk read the same over one of its parents.</summary>
    internal void Rebase(EditModel model) => model.Rebase(Parents);

    internal List<CheckFinding> Check() =>
        [.. ImageFormats.Get(DiskImageFormat.Vhd).Check(File, deep: true, new WorkProgress(), CancellationToken.None)];

    /// <summary>Some sectors of a disk get other content.</summary>
    internal static byte[] Sectors(Random random, byte[] disk)
    {
        disk = (byte[])disk.Clone();
        for (int at = 0; at < disk.Length;)
        {
            int run = Math.Min(512 * random.Next(1, 40), disk.Length - at);
            if (random.Next(2) == 0)
                disk.AsSpan(at, run).Fill((byte)random.Next(256));
            at += run;
        }

        return disk;
    }

    private static byte[] Fixed(byte[] disk, Guid id)
    {
        byte[] file = new byte[disk.Length + 512];
        disk.CopyTo(file, 0);
        VhdFooter.New(disk.Length, VhdCreator.HyperV, id, default).WriteTo(file.AsSpan(disk.Length));
        return file;
    }

    private byte[] Build(Random random, byte[] below)
    {
        int blocks = (Size + BlockSize - 1) / BlockSize;
        VhdDynamicHeader header = new() { TableOffset = (ulong)Table, BlockSize = (uint)BlockSize, MaxTableEntries = (uint)blocks, ParentUniqueId = Differencing ? VhdTestImage.Id : default };
        byte[] locator = [];
        int end = Table + (((blocks * 4) + 511) & ~511);
        if (Differencing)
            (header, locator) = VhdLayout.WithNames(header, "parent.vhd", end);
        MemoryBlockDevice file = new("image.vhd");
        file.Write(new HostOffset(end), locator);
        end += (locator.Length + 511) & ~511;
        byte[] table = new byte[blocks * 4];
        table.AsSpan().Fill(byte.MaxValue);
        int[] order = [.. Enumerable.Range(0, blocks)];
        random.Shuffle(order);
        foreach (int block in order)
        {
            if (Untidy && random.Next(8) == 0)
            {
                byte[] garbage = new byte[BlockSize + 8192];
                random.NextBytes(garbage);
                file.Write(new HostOffset(end), garbage);
                end += garbage.Length;
            }

            int start = block * BlockSize;
            int length = Math.Min(BlockSize, Size - start);
            if (Disk.AsSpan(start, length).SequenceEqual(below.AsSpan(start, length)) && random.Next(4) != 0)
                continue;
            BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(block * 4), (uint)(end / 512));
            end = WriteBlock(file, random, end, start, below);
        }

        file.Write(new HostOffset(Table), table);
        byte[] bytes = new byte[1024];
        header.WriteTo(bytes);
        file.Write(new HostOffset(512), bytes);
        (VhdFooter.New(Size, VhdCreator.HyperV, new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), default) with
        {
            DataOffset = 512,
            DiskType = Differencing ? VhdDiskType.Differencing : VhdDiskType.Dynamic,
        }).WriteTo(bytes);
        file.Write(default, bytes.AsSpan(0, 512));
        file.Write(new HostOffset(end), bytes.AsSpan(0, 512));
        return file.ToArray();
    }

    private int WriteBlock(MemoryBlockDevice file, Random random, int place, int start, byte[] below)
    {
        byte[] bitmap = new byte[VhdDynamicHeader.BitmapLengthOf(BlockSize)];
        byte[] data = new byte[BlockSize];
        if (!Differencing && !Untidy)
            bitmap.AsSpan().Fill(byte.MaxValue);
        for (int at = 0; at < BlockSize && start + at < Size; at += 512)
        {
            ReadOnlySpan<byte> sector = Disk.AsSpan(start + at, 512);
            if (sector.SequenceEqual(below.AsSpan(start + at, 512)) && (Differencing || Untidy) && random.Next(2) == 0)
            {
                if (Untidy)
                    data.AsSpan(at, 512).Fill((byte)random.Next(256));
                continue;
            }

            bitmap[at / 512 / 8] |= (byte)(0x80 >> (at / 512 % 8));
            sector.CopyTo(data.AsSpan(at));
        }

        file.Write(new HostOffset(place), bitmap);
        file.Write(new HostOffset(place + bitmap.Length), data);
        return place + bitmap.Length + BlockSize;
    }
}
