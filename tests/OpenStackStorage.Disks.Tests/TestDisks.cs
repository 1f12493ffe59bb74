namespace OpenStackStorage.Disks.Tests;

/// <summary>Guests' disks with known content, and short ways to convert and read them.</summary>
internal static class TestDisks
{
    /// <summary>A raw file of compressible, incompressible and zero stretches, at odd places.</summary>
    public static byte[] Mixed(int length, int seed = 1)
    {
        Random random = new(seed);
        byte[] disk = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(length - at, random.Next(1, 200_000));
            Span<byte> part = disk.AsSpan(at, run);
            switch (random.Next(4))
            {
                case 0:
                    random.NextBytes(part);
                    break;
                case 1:
                    for (int i = 0; i < part.Length; i++)
                        part[i] = (byte)("storage "[i % 8] + (i / 4096 % 7));
                    break;
                case 2:
                    part.Fill((byte)random.Next(256));
                    break;
            }

            at += run;
        }

        return disk;
    }

    /// <summary>A copy of a disk in which some sectors are other ones, of its length or of another.</summary>
    public static byte[] Changed(byte[] disk, int seed, int? length = null)
    {
        Random random = new(seed);
        disk = (byte[])disk.Clone();
        Array.Resize(ref disk, length ?? disk.Length);
        for (int at = 0; at < disk.Length; at += random.Next(1, 128) * 512)
            random.NextBytes(disk.AsSpan(at, Math.Min(disk.Length - at, random.Next(1, 8) * 512)));
        return disk;
    }

    public static string Write(this TemporaryFolder folder, string name, byte[] content)
    {
        File.WriteAllBytes(folder[name], content);
        return folder[name];
    }

    public static DiskImage Open(string path, DiskImageFormat? format = null, OpenGate? gate = null, string? snapshot = null) =>
        ImageFormats.Open(path, new ImageOpenOptions { Format = format, Gate = gate ?? OpenGate.SameFolder, Snapshot = snapshot });

    public static byte[] ReadAll(string path, DiskImageFormat? format = null, string? snapshot = null)
    {
        using DiskImage image = Open(path, format, snapshot: snapshot);
        return ReadAll(image);
    }

    public static byte[] ReadAll(DiskImage image)
    {
        byte[] disk = new byte[image.VirtualSize];
        new ImageReader(image).Read(default, disk);
        return disk;
    }

    public static void Convert(string source, string destination, DiskImageFormat format, ImageCreateOptions? create = null, int threads = 2, DiskImageFormat? sourceFormat = null, bool verify = false)
    {
        using DiskImage image = Open(source, sourceFormat);
        ImageConverter.Convert(image, destination,
            new ConversionOptions { Format = format, Create = create ?? Options(), Threads = threads, Overwrite = true, Verify = verify },
            new WorkProgress(), CancellationToken.None);
    }

    public static ImageCreateOptions Options(params (string Name, string Value)[] options) =>
        new() { VirtualSize = 0, Options = options.ToDictionary(option => option.Name, option => option.Value) };

    public static List<CheckFinding> Check(string path, bool deep = true)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        return [.. ImageFormats.Recognise(device).Check(device, OpenGate.SameFolder, deep, new WorkProgress(), CancellationToken.None)];
    }
}
