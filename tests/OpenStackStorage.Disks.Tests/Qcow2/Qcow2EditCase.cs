using System.Buffers.Binary;
using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A qcow2 image in memory that is written to in a test, with the files that it refers to.</summary>
public sealed record Qcow2EditCase
{
    private const string BackingName = "backing.img";
    private const string OtherName = "other.img";
    private const string DataName = "data.img";

    private Dictionary<string, MemoryBlockDevice> _files = [];

    public string Name { get; init; } = "";

    public int ClusterSize { get; init; } = 4096;

    public int Size { get; init; } = 1 << 20;

    public int Version { get; init; } = 3;

    public bool ExtendedL2 { get; init; }

    public int RefcountBits { get; init; } = 16;

    /// <summary>Bytes of a raw backing file; null for none.</summary>
    public int? Backing { get; init; }

    public bool Compressed { get; init; }

    public bool DataFile { get; init; }

    /// <summary>The data file alone is a raw image.</summary>
    public bool RawDataFile { get; init; }

    /// <summary>Bytes of tables that are held; 0 for as few as possible.</summary>
    public int CacheBudget { get; init; } = 32 << 20;

    /// <summary>What the disk reads as at first.</summary>
    public byte[] Disk { get; private set; } = [];

    public byte[] Bytes => _files["image.qcow2"].ToArray();

    public override string ToString() => Name;

    /// <summary>Makes the files.</summary>
    public Qcow2EditCase Create(int seed) => Create(length => TestDisks.Mixed(length, seed));

    /// <summary>Makes the files such that each sector of the disk is full of one byte.</summary>
    public Qcow2EditCase CreateOfSectors(int seed) => Create(length =>
    {
        Random random = new(seed);
        byte[] content = new byte[length];
        for (int sector = 0; sector < length; sector += 512)
            content.AsSpan(sector, Math.Min(512, length - sector)).Fill((byte)Math.Max(0, random.Next(-100, 256)));
        return content;
    });

    private Qcow2EditCase Create(Func<int, byte[]> make)
    {
        _files = []; // not those of the case that this one is a copy of
        Disk = new byte[Size];
        if (Backing is { } backing)
        {
            byte[] content = make(backing);
            _files[BackingName] = new MemoryBlockDevice(BackingName, content);
            _files[OtherName] = new MemoryBlockDevice(OtherName, TestDisks.Changed(content, Size, backing * 3 / 2));
            content.AsSpan(0, Math.Min(backing, Size)).CopyTo(Disk);
        }
        else if (!DataFile)
        {
            Disk = make(Size);
        }

        _files["image.qcow2"] = Backing is null && !DataFile
            ? new MemoryBlockDevice("image.qcow2", Written())
            : new MemoryBlockDevice("image.qcow2", Empty());
        return this;
    }

    public ImageEditor Open() => new(OpenOn(_files["image.qcow2"]));

    /// <summary>Opens the image on a device that stands in for its file.</summary>
    public WritableImage OpenOn(BlockDevice device)
    {
        MemoryGate gate = new(_files);
        if (CacheBudget == 32 << 20)
            return ImageFormats.OpenWritable(device, new ImageOpenOptions { Format = DiskImageFormat.Qcow2, Gate = gate });
        Qcow2Header header = Qcow2Format.ReadHeader(device);
        Qcow2Extensions extensions = Qcow2Extensions.Read(device, header);
        DiskImage? backing = Backing is null ? null : new RawImage(gate.Open(new ImageReference(device, "backing file", BackingName)));
        return new Qcow2WritableImage(device, header, extensions, DataFile ? _files[DataName] : null, backing, CacheBudget);
    }

    /// <summary>Opens the image to read it only.</summary>
    internal DiskImage OpenToRead() => ImageFormats.Open(_files["image.qcow2"], Options);

    public ImageOpenOptions Options => new() { Format = DiskImageFormat.Qcow2, Gate = new MemoryGate(_files) };

    public List<CheckFinding> Check() =>
        [.. ImageFormats.Get(DiskImageFormat.Qcow2).Check(_files["image.qcow2"], deep: true, new WorkProgress(), CancellationToken.None)];

    /// <summary>The files as qemu-img can read them. Returns the image's path.</summary>
    internal string Store(TemporaryFolder folder)
    {
        foreach ((string name, MemoryBlockDevice file) in _files)
            folder.Write(name, file.ToArray());
        return folder["image.qcow2"];
    }

    /// <summary>Has the image read the same over its backing file, over one of other content, or over none.</summary>
    internal void Rebase(EditModel model)
    {
        string? name = model.Random.Next(8) switch { 0 => null, < 4 => OtherName, _ => BackingName };
        model.Rebase(name, name is null ? null : new RawImage(_files[name]));
    }

    public byte[] FileNamed(string name) => _files[name].ToArray();

    private ImageCreateOptions CreateOptions() => new()
    {
        VirtualSize = Size,
        ClusterSize = ClusterSize,
        SubFormat = $"v{Version}",
        Compress = Compressed,
        BackingFile = Backing is null ? null : BackingName,
        BackingFormat = Backing is null ? null : DiskImageFormat.Raw,
        Options = Version < 3
            ? new Dictionary<string, string>()
            : new Dictionary<string, string> { ["refcount_bits"] = $"{RefcountBits}", ["extended_l2"] = ExtendedL2 ? "on" : "off" },
    };

    private byte[] Written()
    {
        (string, string)[] options = Version < 3 ? [] : [("refcount_bits", $"{RefcountBits}"), ("extended_l2", ExtendedL2 ? "on" : "off")];
        Qcow2TestImage image = Qcow2TestImage.Create(ClusterSize, Compressed, subFormat: $"v{Version}", disk: Disk, options: options);
        byte[] disk = new byte[image.Header.Size]; // rounded up to sectors
        Disk.CopyTo(disk, 0);
        Disk = disk;
        return image.Bytes;
    }

    private byte[] Empty()
    {
        using MemoryBlockDevice target = new("image.qcow2");
        using (ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(target, CreateOptions()))
            writer.Finish();
        byte[] bytes = target.ToArray();
        Qcow2Header header = Qcow2Header.Parse(bytes);
        byte[] disk = new byte[header.Size];
        Disk.CopyTo(disk, 0);
        if (Backing > Size)
            _files[BackingName].ToArray().AsSpan(Size, Math.Min(disk.Length, Backing.Value) - Size).CopyTo(disk.AsSpan(Size));
        Disk = disk;
        if (!DataFile)
            return bytes;

        _files[DataName] = new MemoryBlockDevice(DataName, RawDataFile ? new byte[disk.Length] : []);
        Span<byte> area = bytes.AsSpan((int)header.HeaderLength, ClusterSize - (int)header.HeaderLength);
        area.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(area, Qcow2Extensions.DataFileType);
        BinaryPrimitives.WriteUInt32BigEndian(area[4..], (uint)DataName.Length);
        Encoding.UTF8.GetBytes(DataName, area[8..]);
        (header with { Incompatible = header.Incompatible | Qcow2Incompatible.ExternalDataFile, Autoclear = RawDataFile ? Qcow2Header.RawDataFile : 0 }).WriteTo(bytes);
        return bytes;
    }

    private sealed class MemoryGate(Dictionary<string, MemoryBlockDevice> files) : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) => files[reference.Name];

        public override BlockDevice OpenWritable(ImageReference reference) => files[reference.Name];
    }
}
