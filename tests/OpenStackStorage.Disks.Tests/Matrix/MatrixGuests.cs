using System.Security.Cryptography;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A guest's disk of the matrix.</summary>
/// <param name="Name">What it is like.</param>
/// <param name="Path">The disk as a raw file.</param>
/// <param name="Length">Bytes of it; formats that count sectors round up.</param>
internal sealed record MatrixGuest(string Name, string Path, long Length)
{
    /// <summary>Above this a disk is compared extent by extent: hashing its zeroes would take an hour.</summary>
    private const long LargestHashed = 1L << 30;

    public bool IsHashed => Length <= LargestHashed;

    /// <summary>SHA-256 of the disk in an image of so many bytes, the rest being zeroes. It is not computed by the engine.</summary>
    public byte[] HashWhen(long virtualSize)
    {
        byte[] disk = new byte[virtualSize];
        using FileStream file = File.OpenRead(Path);
        file.ReadExactly(disk.AsSpan(0, (int)Length));
        return SHA256.HashData(disk);
    }
}

/// <summary>The disks of the matrix, and each of them in each format, made once and kept for the whole class.</summary>
public sealed class MatrixGuests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<(string Guest, DiskImageFormat Format), string> _images = [];

    public MatrixGuests() => All =
    [
        Guest("no bytes at all", 0),
        Guest("one sector", 512, (0, 512)),
        Guest("all zero", 5 << 20),
        Guest("an odd number of sectors", (3 << 20) + 1536, (0, (3 << 20) + 1536)),
        Guest("no whole number of sectors", 70_001, (0, 70_001)),
        Guest("dense", 9 << 20, (0, 9 << 20)),
        Guest("sparse", 70 << 20, (0, 512), (1_000_000, 300_000), ((40 << 20) - 4096, 8192), ((70 << 20) - 512, 512)),
        Guest("2040 GiB sparse", 2040L << 30, (0, 65536), (1L << 40, 100_000), ((2040L << 30) - 4096, 4096)),
        Guest("2 TiB sparse", 2L << 40, (12_288, 512), ((1L << 40) + (7 << 20), 1 << 20), ((2L << 40) - 512, 512)),
    ];

    internal IReadOnlyList<MatrixGuest> All { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>The path of a new image, whose folder holds nothing else.</summary>
    internal string NewPath(DiskImageFormat format) =>
        Path.Combine(Directory.CreateDirectory(_folder[Guid.NewGuid().ToString("N")]).FullName, $"image{ImageFormats.Get(format).Extensions[0]}");

    /// <summary>The guest in a format's default variety; null when the format can't hold it.</summary>
    internal string? ImageOf(MatrixGuest guest, DiskImageFormat format)
    {
        if (format == DiskImageFormat.Raw)
            return guest.Path;
        if (!Holds(format, guest))
            return null;
        if (!_images.TryGetValue((guest.Name, format), out string? path))
        {
            _images[(guest.Name, format)] = path = NewPath(format);
            TestDisks.Convert(guest.Path, path, format, sourceFormat: DiskImageFormat.Raw);
        }

        return path;
    }

    /// <summary>The format's own judgement, which it gives before anything is written.</summary>
    internal static bool Holds(DiskImageFormat format, MatrixGuest guest, ImageCreateOptions? options = null)
    {
        try
        {
            ImageFormats.Get(format).Validate((options ?? TestDisks.Options()) with { VirtualSize = guest.Length });
            return true;
        }
        catch (StorageException error) when (error.Id == ErrorIds.ParameterInvalid)
        {
            return false;
        }
    }

    private MatrixGuest Guest(string name, long length, params ReadOnlySpan<(long Start, int Length)> data)
    {
        string path = _folder[$"{name}.raw"];
        using FileStream file = File.Create(path);
        file.SetLength(length);
        foreach ((long start, int count) in data)
        {
            file.Position = start;
            file.Write(count < 4096 ? [.. Enumerable.Repeat((byte)0xA5, count)] : TestDisks.Mixed(count, seed: count));
        }

        return new MatrixGuest(name, path, length);
    }
}
