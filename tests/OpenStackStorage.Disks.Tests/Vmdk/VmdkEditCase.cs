using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A VMDK disk in memory that is written to in a test, with the files that it consists of and its parent.</summary>
public sealed record VmdkEditCase
{
    private const string Name = VmdkTestImage.Name;
    private const string ParentName = "parent.vmdk";
    private const string OtherName = "other.vmdk";
    private const int Sector = 512;

    private Dictionary<string, MemoryBlockDevice> _files = [];

    public string Case { get; init; } = "";

    /// <summary>Made by our writer; null for a disk of sparse extents that is made here, with other grains and tables.</summary>
    public string? SubFormat { get; init; }

    public int Size { get; init; } = 1 << 20;

    public int GrainSectors { get; init; } = 8;

    public int TableEntries { get; init; } = 16;

    public bool ZeroedGrains { get; init; }

    public bool Redundant { get; init; } = true;

    /// <summary>False where the directories name no tables yet.</summary>
    public bool Tables { get; init; } = true;

    /// <summary>Sectors of the extents of a custom disk; the last one is flat.</summary>
    public IReadOnlyList<int> Extents { get; init; } = [];

    /// <summary>Bytes of the parent; null for none.</summary>
    public int? Parent { get; init; }

    /// <summary>Bytes of a comment that makes the descriptor longer.</summary>
    public int Comment { get; init; }

    /// <summary>What the disk reads as at first.</summary>
    public byte[] Disk { get; private set; } = [];

    public byte[] Bytes => _files[Name].ToArray();

    public int Unit => SubFormat is null ? GrainSectors * Sector : 65536;

    public bool CanResize => Extents.Count == 0 && SubFormat is null or "monolithicSparse" or "monolithicFlat";

    public ImageOpenOptions Options => new() { Format = DiskImageFormat.Vmdk, Gate = new Gate(_files) };

    public override string ToString() => Case;

    public VmdkEditCase Create(int seed) => Create(length => TestDisks.Mixed(length, seed));

    /// <summary>Makes the files such that each sector of the disk is full of one byte.</summary>
    public VmdkEditCase CreateOfSectors(int seed) => Create(length =>
    {
        Random random = new(seed);
        byte[] content = new byte[length];
        for (int sector = 0; sector < length; sector += Sector)
            content.AsSpan(sector, Math.Min(Sector, length - sector)).Fill((byte)Math.Max(0, random.Next(-100, 256)));
        return content;
    });

    public ImageEditor Open() => new(OpenOn(_files[Name]));

    /// <summary>Opens the disk on a device that stands in for its file.</summary>
    public WritableImage OpenOn(BlockDevice device) => ImageFormats.OpenWritable(device, Options);

    /// <summary>Opens the disk to read it only.</summary>
    internal DiskImage OpenToRead() => ImageFormats.Open(_files[Name], Options);

    public byte[] FileNamed(string name) => _files[name].ToArray();

    internal VmdkImage OpenParent(string name = ParentName) => (VmdkImage)ImageFormats.Open(_files[name], Options);

    /// <summary>Has the disk read the same over its parent, over one of other content, or over none.</summary>
    internal void Rebase(EditModel model)
    {
        string? name = model.Random.Next(8) switch { 0 => null, < 4 => OtherName, _ => ParentName };
        using VmdkImage? parent = name is null ? null : OpenParent(name);
        model.Rebase(name, parent);
    }

    public List<CheckFinding> Check() =>
        [.. new VmdkFormat().Check(_files[Name], new Gate(_files), deep: true, new WorkProgress(), CancellationToken.None)];

    /// <summary>The files as qemu-img can read them. Returns the disk's path.</summary>
    internal string Store(TemporaryFolder folder)
    {
        foreach ((string name, MemoryBlockDevice file) in _files)
            folder.Write(name, file.ToArray());
        return folder[Name];
    }

    private VmdkEditCase Create(Func<int, byte[]> make)
    {
        _files = []; // not those of the case that this one is a copy of
        byte[] content = make(Parent ?? Size);
        Disk = new byte[Size];
        content.AsSpan(0, Math.Min(Size, content.Length)).CopyTo(Disk);
        if (Parent is not null)
        {
            _files[ParentName] = new MemoryBlockDevice(ParentName, VmdkTestImage.Create("monolithicSparse", content).Bytes);
            _files[OtherName] = new MemoryBlockDevice(OtherName, VmdkTestImage.Create("monolithicSparse", TestDisks.Changed(content, Size, content.Length * 3 / 2 & -4096)).Bytes);
        }

        if (SubFormat is not null)
        {
            using VmdkImage? parent = Parent is null ? null : OpenParent();
            VmdkTestImage made = VmdkTestImage.Create(Disk, new ImageCreateOptions
            {
                VirtualSize = Size,
                SubFormat = SubFormat,
                BackingFile = Parent is null ? null : ParentName,
                Backing = parent,
                Options = ZeroedGrains ? new Dictionary<string, string> { ["zeroed_grain"] = "on" } : new Dictionary<string, string>(),
            });
            foreach ((string name, byte[] bytes) in made.Files)
                _files[name] = new MemoryBlockDevice(name, bytes);
            return this;
        }

        if (Extents.Count == 0)
        {
            string text = Descriptor("monolithicSparse", $"RW {Size / Sector} SPARSE \"{Name}\"\n");
            _files[Name] = new MemoryBlockDevice(Name, Sparse(Size / Sector, text));
        }
        else
        {
            StringBuilder lines = new();
            for (int i = 0; i < Extents.Count; i++)
            {
                bool flat = i == Extents.Count - 1;
                lines.Append(CultureInfo.InvariantCulture, $"RW {Extents[i]} {(flat ? "FLAT" : "SPARSE")} \"part{i}\"{(flat ? " 3" : "")}\n");
                _files[$"part{i}"] = new MemoryBlockDevice($"part{i}", flat ? new byte[(Extents[i] + 3) * Sector] : Sparse(Extents[i], null));
            }

            _files[Name] = new MemoryBlockDevice(Name, Encoding.UTF8.GetBytes(Descriptor("custom", lines.ToString())));
        }

        if (Parent is null)
        {
            using ImageEditor editor = Open();
            editor.Write(default, Disk);
            editor.Close();
        }

        return this;
    }

    private string Descriptor(string type, string extents)
    {
        using VmdkImage? parent = Parent is null ? null : OpenParent();
        string hint = parent is null ? "" : $"parentFileNameHint=\"{ParentName}\"\n";
        return $"# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID={parent?.ContentId ?? uint.MaxValue:x8}\ncreateType=\"{type}\"\n{hint}"
            + $"\n# {new string('-', Comment)}\n{extents}\nddb.adapterType = \"ide\"\nddb.geometry.cylinders = \"2\"\nddb.geometry.heads = \"16\"\nddb.geometry.sectors = \"63\"\n";
    }

    /// <summary>An extent without grains: header, descriptor, redundant directory and tables, directory and tables.</summary>
    private byte[] Sparse(int sectors, string? descriptor)
    {
        int tables = (sectors + (GrainSectors * TableEntries) - 1) / (GrainSectors * TableEntries);
        int tableSectors = ((TableEntries * 4) + Sector - 1) / Sector;
        int directorySectors = ((tables * 4) + Sector - 1) / Sector;
        int copy = directorySectors + (Tables ? tables * tableSectors : 0);
        int descriptorSectors = descriptor is null ? 0 : 20;
        int redundant = 1 + descriptorSectors;
        int directory = redundant + (Redundant ? copy : 0);
        int overhead = (directory + copy + GrainSectors - 1) / GrainSectors * GrainSectors;
        byte[] bytes = new byte[overhead * Sector];
        new VmdkSparseHeader
        {
            Magic = VmdkSparseHeader.MagicNumber,
            Version = ZeroedGrains ? 2u : 1u,
            Flags = VmdkSparseFlags.NewLineTest | (Redundant ? VmdkSparseFlags.RedundantDirectory : 0) | (ZeroedGrains ? VmdkSparseFlags.ZeroedGrains : 0),
            Capacity = (ulong)sectors,
            GrainSectors = (ulong)GrainSectors,
            DescriptorSector = descriptor is null ? 0u : 1u,
            DescriptorSectors = (ulong)descriptorSectors,
            TableEntries = (uint)TableEntries,
            RedundantDirectory = Redundant ? (ulong)redundant : 0,
            Directory = (ulong)directory,
            Overhead = (ulong)overhead,
            NewLines = VmdkSparseHeader.IntactNewLines,
        }.WriteTo(bytes);
        Encoding.UTF8.GetBytes(descriptor ?? "", bytes.AsSpan(Sector));
        for (int i = 0; i < tables && Tables; i++)
        {
            foreach (int start in Redundant ? new[] { redundant, directory } : [directory])
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((start * Sector) + (i * 4)), (uint)(start + directorySectors + (i * tableSectors)));
        }

        return bytes;
    }

    /// <summary>Files in memory; they stay when an image is closed.</summary>
    private sealed class Gate(Dictionary<string, MemoryBlockDevice> files) : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) => files[reference.Name];

        public override BlockDevice OpenWritable(ImageReference reference) => files[reference.Name];
    }
}
