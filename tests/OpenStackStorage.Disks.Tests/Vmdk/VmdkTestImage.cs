using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// A valid disk in memory, made by our writers, whose files are then patched by hand. It has 33 MiB with data at its start
/// and at 32 MiB, so that there are two grain tables.
/// </summary>
internal sealed class VmdkTestImage
{
    public const string Name = "image.vmdk";
    public const int DiskSize = 33 << 20;
    public const int SecondData = 32 << 20;
    public const int Grain = VmdkLayout.GrainSize;

    private static readonly ConcurrentDictionary<string, VmdkTestImage> Made = new();

    private VmdkTestImage(Dictionary<string, byte[]> files, byte[] disk) => (Files, Disk) = (files, disk);

    /// <summary>All files by their names; <see cref="Name"/> is the disk itself.</summary>
    public Dictionary<string, byte[]> Files { get; }

    /// <summary>What the guest sees, before anything is patched.</summary>
    public byte[] Disk { get; }

    public byte[] Bytes
    {
        get => Files[Name];
        set => Files[Name] = value;
    }

    public VmdkSparseHeader Header => VmdkSparseHeader.Parse(Bytes);

    public long Directory => (long)Footer.Directory * 512;

    public long Table(int index) => Get32(Directory + (index * 4)) * 512L;

    /// <summary>Where the first grain starts.</summary>
    public long FirstGrain => Get32(Table(0)) * 512L;

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The header that holds: in a stream it is the footer.</summary>
    public VmdkSparseHeader Footer => Header.Directory == ulong.MaxValue ? VmdkSparseHeader.Parse(Bytes.AsSpan(Bytes.Length - 1024)) : Header;

    /// <summary>Makes the disk that the class tells of once for each subformat; what is handed out may be changed.</summary>
    public static VmdkTestImage Create(string subFormat = "monolithicSparse")
    {
        VmdkTestImage made = Made.GetOrAdd(subFormat, name =>
        {
            byte[] disk = new byte[DiskSize];
            for (int i = 0; i < 3 * Grain; i++)
                disk[i] = (byte)((i / 512) + (i % 13) + 1);
            disk.AsSpan(SecondData, Grain).Fill(7);
            return Create(name, disk);
        });
        return new VmdkTestImage(made.Files.ToDictionary(file => file.Key, file => (byte[])file.Value.Clone()), made.Disk);
    }

    public static VmdkTestImage Create(string subFormat, byte[] disk) =>
        Create(disk, new ImageCreateOptions { VirtualSize = disk.Length, SubFormat = subFormat });

    public static VmdkTestImage Create(byte[] disk, ImageCreateOptions create, int threads = 1)
    {
        ImageFormat format = ImageFormats.Get(DiskImageFormat.Vmdk);
        ImageFile[] files = [.. format.FilesOf(Name, create).Select(path => new ImageFile(path, new MemoryBlockDevice(path)))];
        using RawImage source = new(new MemoryBlockDevice("disk.raw", (byte[])disk.Clone()));
        using ImageWriter writer = format.Create(files, create);
        new ImageCopy(new ImageReader(source), create.Backing is { } backing ? new ImageReader(backing) : null, writer, new WorkProgress()).Run(threads, CancellationToken.None);
        writer.Finish();
        return new VmdkTestImage(files.ToDictionary(file => file.Path, file => ((MemoryBlockDevice)file.Device).ToArray()), disk);
    }

    public static VmdkTestImage Of(params (string Name, byte[] Bytes)[] files) =>
        new(files.ToDictionary(file => file.Name, file => file.Bytes), []);

    public static VmdkTestImage OfText(string text, params (string Name, byte[] Bytes)[] files) => Of([(Name, Encoding.Latin1.GetBytes(text)), .. files]);

    public uint Get32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan((int)offset));

    public void Set32(long offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan((int)offset), value);

    public void Set64(long offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan((int)offset), value);

    /// <summary>Replaces text of the descriptor, which ends with a NUL inside a sparse extent.</summary>
    /// <returns>Byte of the file at which the new text starts.</returns>
    public long Replace(string old, string replacement)
    {
        int start = Header.Magic == VmdkSparseHeader.MagicNumber ? 512 : 0;
        int room = start == 0 ? Bytes.Length : 20 * 512;
        string text = Encoding.Latin1.GetString(Bytes, start, room).TrimEnd('\0');
        int at = text.IndexOf(old, StringComparison.Ordinal);
        if (at < 0)
            throw new ArgumentException($"'{old}' is not in the descriptor.", nameof(old));
        byte[] changed = Encoding.Latin1.GetBytes(text.Remove(at, old.Length).Insert(at, replacement));
        if (start == 0)
        {
            Bytes = changed;
        }
        else
        {
            Bytes.AsSpan(start, room).Clear();
            changed.CopyTo(Bytes.AsSpan(start));
        }

        return start + at;
    }

    public DiskImage Open() => ImageFormats.Open(new MemoryBlockDevice(Name, (byte[])Bytes.Clone()), new ImageOpenOptions { Format = DiskImageFormat.Vmdk, Gate = new MemoryGate(Files) });

    public byte[] Read()
    {
        using DiskImage image = Open();
        byte[] disk = new byte[image.VirtualSize];
        new ImageReader(image).Read(default, disk);
        return disk;
    }

    /// <summary>Maps the whole disk and reads all that is stored, in pieces.</summary>
    public void Touch()
    {
        using DiskImage image = Open();
        ImageReader reader = new(image);
        byte[] buffer = new byte[Grain];
        GuestOffset end = new(reader.Length);
        for (GuestOffset at = default; at < end;)
        {
            Extent extent = reader.Map(at, end);
            GuestOffset next = extent.ReadsAsZeroes || extent.Length < buffer.Length ? extent.End : at + buffer.Length;
            if (!extent.ReadsAsZeroes)
                reader.Read(at, buffer.AsSpan(0, (int)(next - at)));
            at = next;
        }
    }

    public List<CheckFinding> Check(bool deep = true)
    {
        using MemoryBlockDevice device = new(Name, (byte[])Bytes.Clone());
        return [.. ImageFormats.Get(DiskImageFormat.Vmdk).Check(device, new MemoryGate(Files), deep, new WorkProgress(), CancellationToken.None)];
    }

    /// <summary>Opens the files by their names alone.</summary>
    internal sealed class MemoryGate(IReadOnlyDictionary<string, byte[]> files) : OpenGate
    {
        public override BlockDevice Open(ImageReference reference) =>
            files.TryGetValue(reference.Name, out byte[]? bytes)
                ? new MemoryBlockDevice(reference.Name, (byte[])bytes.Clone())
                : throw new ImageReferenceException(ErrorIds.BackingFileNotFound, reference, "there is no such file");
    }
}
