using System.Globalization;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Benchmarks;

/// <summary>The images that the rows read, made as they are needed, by qemu-img where both sides could make them.</summary>
internal sealed class Inputs(string folder, long size)
{
    public const int InfoFiles = 1000;

    private const long SparseSize = 1L << 40;
    private const int SparsePlaces = 1000;
    private const int SparsePiece = 64 << 10;

    /// <summary>Bytes of <see cref="Disk"/> that are files of this machine.</summary>
    public long DiskData { get; private set; }

    /// <summary>A disk of this machine's own programs and documents, as a guest's disk holds them.</summary>
    public void Disk()
    {
        string path = Path.Combine(folder, "disk.raw");
        if (File.Exists(path))
            return;
        using FileStream disk = File.Create(path);
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        IEnumerable<string> files = new[] { "/usr/share", "/usr/lib", "/usr/bin", AppContext.BaseDirectory }.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateFiles(root, "*", options).Order(StringComparer.Ordinal));
        foreach (string file in files)
        {
            using FileStream source = File.OpenRead(file);
            source.CopyTo(disk);
            disk.Position = (disk.Position + 4095) & ~4095L; // files start at blocks
            if (disk.Position >= size)
                break;
        }

        DiskData = Math.Min(disk.Position, size);
        disk.SetLength(size);
    }

    /// <summary>The disk as a qcow2 image of qemu-img, unless a row of ours made it.</summary>
    public void Made(string name, params string[] options)
    {
        Disk();
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            Measured.Run("qemu-img", ["convert", .. options, "-f", "raw", "-O", "qcow2", Path.Combine(folder, "disk.raw"), path]);
    }

    /// <summary>1 TiB with 64 KiB of data in each of 1,000 places.</summary>
    public void Sparse()
    {
        string path = Path.Combine(folder, "sparse.raw");
        if (File.Exists(path))
            return;
        Random random = new(1);
        byte[] data = new byte[SparsePiece];
        using FileStream disk = File.Create(path);
        disk.SetLength(SparseSize);
        for (long place = 0; place < SparsePlaces; place++)
        {
            random.NextBytes(data);
            disk.Position = SparseSize / SparsePlaces * place & -SparsePiece;
            disk.Write(data);
        }
    }

    /// <summary>The same disk as a VHDX of qemu-img.</summary>
    public void SparseVhdx()
    {
        Sparse();
        string path = Path.Combine(folder, "sparse.vhdx");
        if (!File.Exists(path))
            Measured.Run("qemu-img", "convert", "-f", "raw", "-O", "vhdx", Path.Combine(folder, "sparse.raw"), path);
    }

    /// <summary>A qcow2 image with all tables of 1 TiB: a check reads those, and no data.</summary>
    public void Full()
    {
        string path = Path.Combine(folder, "full.qcow2");
        if (!File.Exists(path))
            Measured.Run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "preallocation=metadata", path, SparseSize.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The disk as <c>parent.qcow2</c>, and an overlay that differs from it in every second MiB.</summary>
    public void Overlay()
    {
        Made("parent.qcow2");
        if (!File.Exists(Path.Combine(folder, "overlay.qcow2")))
            Change(MakeOverlay("overlay.qcow2", "parent.qcow2"));
    }

    /// <summary>An empty overlay over the disk, and another disk that differs from it in every second MiB.</summary>
    public void Moving()
    {
        Made("parent.qcow2");
        if (File.Exists(Path.Combine(folder, "other.qcow2")))
            return;
        Made("other.qcow2");
        Change(Path.Combine(folder, "other.qcow2"));
        MakeOverlay("moving.qcow2", "parent.qcow2");
    }

    /// <summary>A disk of noise in a format, so that all its clusters are there, and as a plain file.</summary>
    public void Written(string name)
    {
        string plain = Path.Combine(folder, "written.raw"), path = Path.Combine(folder, name);
        if (!File.Exists(plain))
            WriteNoise(plain);
        if (File.Exists(path))
            return;
        using DiskImage source = ImageFormats.Open(plain, new ImageOpenOptions { Format = DiskImageFormat.Raw });
        DiskImageFormat format = Enum.Parse<DiskImageFormat>(Path.GetExtension(name)[1..], ignoreCase: true);
        ImageCreateOptions create = new() { VirtualSize = source.VirtualSize };
        ImageConverter.Convert(source, path, new ConversionOptions { Format = format, Create = create }, new WorkProgress(), CancellationToken.None);
    }

    private void WriteNoise(string path)
    {
        Random random = new(1);
        byte[] data = new byte[1 << 20];
        using FileStream disk = File.Create(path);
        while (disk.Position < size)
        {
            random.NextBytes(data);
            disk.Write(data, 0, (int)Math.Min(data.Length, size - disk.Position));
        }
    }

    private string MakeOverlay(string name, string parent)
    {
        string path = Path.Combine(folder, name);
        Measured.Run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", Path.Combine(folder, parent), path);
        return path;
    }

    private static void Change(string path)
    {
        Random random = new(1);
        byte[] data = new byte[1 << 20];
        using ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Gate = OpenGate.Allow }));
        for (long at = 0; at + data.Length <= editor.Length; at += 2 * data.Length)
        {
            random.NextBytes(data);
            editor.Write(new GuestOffset(at), data);
        }

        editor.Close();
    }

    /// <summary>1,000 empty qcow2 images.</summary>
    public void Many()
    {
        string first = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "many")).FullName, "0.qcow2");
        if (File.Exists(first))
            return;
        Measured.Run("qemu-img", "create", "-q", "-f", "qcow2", first, "10G");
        for (int i = 1; i < InfoFiles; i++)
            File.Copy(first, Path.Combine(folder, "many", string.Create(CultureInfo.InvariantCulture, $"{i}.qcow2")));
    }
}
