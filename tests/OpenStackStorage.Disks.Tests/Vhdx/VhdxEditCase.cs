namespace OpenStackStorage.Disks.Tests;

/// <summary>A VHDX in memory that is written to in a test, with two parents of the same content and one of other content.</summary>
public sealed record VhdxEditCase
{
    private const int MiB = 1 << 20;
    private const string FileName = "/images/image.vhdx";

    private Dictionary<string, MemoryBlockDevice> _files = [];
    private (string Name, byte[] Bytes)[] _parents = [];

    public string Name { get; init; } = "";

    public int BlockSize { get; init; } = MiB;

    public int SectorSize { get; init; } = 512;

    public int Size { get; init; } = 3 * MiB;

    public bool Fixed { get; init; }

    /// <summary>Bytes of the parent's disk; null for none.</summary>
    public int? Parent { get; init; }

    /// <summary>What the disk reads as at first.</summary>
    public byte[] Disk { get; private set; } = [];

    public byte[] Bytes => _files[FileName].ToArray();

    public override string ToString() => Name;

    /// <summary>Makes the files.</summary>
    public VhdxEditCase Create(int seed) => Create(seed, TestDisks.Mixed);

    /// <summary>Makes the files such that each sector of the disk is full of one byte, and some blocks are zero.</summary>
    public VhdxEditCase CreateOfSectors(int seed) => Create(seed, (length, from) =>
    {
        Random random = new(from);
        byte[] content = new byte[length];
        for (int sector = 0; sector < length; sector += 512)
            content.AsSpan(sector, 512).Fill((byte)Math.Max(0, random.Next(-100, 256)));
        content.AsSpan(Math.Min(length, MiB), Math.Clamp(length - MiB, 0, MiB)).Clear();
        return content;
    });

    private VhdxEditCase Create(int seed, Func<int, int, byte[]> make)
    {
        (string, string) sectors = ("logical_sector_size", $"{SectorSize}");
        _parents = [];
        byte[]? below = null;
        Disk = make(Size, seed);
        if (Parent is { } length)
        {
            byte[] parent = make(length, seed + 1);
            below = VhdxTestImage.Create(parent, options: sectors).Bytes;
            VhdxIdentity other = new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
            VhdxIdentity third = new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
            _parents =
            [
                ("parent.vhdx", below),
                ("other.vhdx", VhdxTestImage.Create(parent, identity: other, options: sectors).Bytes),
                ("changed.vhdx", VhdxTestImage.Create(TestDisks.Changed(parent, seed, parent.Length * 3 / 2 & -4096), identity: third, options: sectors).Bytes),
            ];
            byte[] own = Disk;
            Disk = new byte[Size];
            parent.AsSpan(0, Math.Min(length, Size)).CopyTo(Disk);
            own.AsSpan(0, 100 * 4096).CopyTo(Disk); // the rest shows through
        }

        VhdxTestImage image = VhdxTestImage.Create(Disk, below, subFormat: Fixed ? "fixed" : null, blockSize: BlockSize, options: sectors);
        _files = new() { [FileName] = new MemoryBlockDevice(FileName, image.Bytes) }; // not that of the case that this one is a copy of
        return this;
    }

    public ImageEditor Open() => new(OpenOn(_files[FileName]));

    /// <summary>Opens the image on a device that stands in for its file.</summary>
    public WritableImage OpenOn(BlockDevice device) => ImageFormats.OpenWritable(device, Options);

    /// <summary>Opens the image to read it only.</summary>
    internal DiskImage OpenToRead() => ImageFormats.Open(_files[FileName], Options);

    public ImageOpenOptions Options => new() { Format = DiskImageFormat.Vhdx, Gate = new VhdTestImage.Parents(_parents) };

    /// <summary>Names the one or the other parent.</summary>
    internal void Reparent(ImageEditor editor, bool other)
    {
        (string name, byte[] bytes) = _parents[other ? 1 : 0];
        using DiskImage parent = ImageFormats.Open(new MemoryBlockDevice(name, bytes), new ImageOpenOptions());
        editor.Image.SetBacking(name, parent);
    }

    /// <summary>Has the image read the same over one of its parents.</summary>
    internal void Rebase(EditModel model) => model.Rebase(_parents);

    public List<CheckFinding> Check() =>
        [.. ImageFormats.Get(DiskImageFormat.Vhdx).Check(_files[FileName], deep: true, new WorkProgress(), CancellationToken.None)];
}
