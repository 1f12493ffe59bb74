using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Our side, in a process of its own: it does its job to warm up, for a second at least, and then as often as asked, as a session at a prompt
/// would. It prints a line a run, and last its peak memory.
/// </summary>
internal static class Worker
{
    private const int Piece = 1 << 20;

    /// <summary>The compiler optimises what runs often, in the background: a session is as fast as it gets only after a while.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <param name="args">Job, source, target, format, codec or "-", what the source is copied from before each run or "-", runs.</param>
    public static int Run(string[] args)
    {
        (Job job, string source, string target, string format, string codec) = (Enum.Parse<Job>(args[0]), args[1], args[2], args[3], args[4]);
        string original = args[5];
        int runs = int.Parse(args[6], CultureInfo.InvariantCulture);
        Action work = job switch
        {
            Job.Convert => () => Convert(source, target, Enum.Parse<DiskImageFormat>(format), codec == "-" ? null : Enum.Parse<CompressionType>(codec)),
            Job.Compare => () => Compare(source, target),
            Job.Check => () => Check(source),
            Job.Info => () => ShowAll(source),
            Job.Merge => () => Merge(source),
            Job.Rebase => () => Rebase(source, target),
            Job.Read => () => Read(source),
            Job.Write => () => Write(source),
            Job.PlainRead => () => PlainRead(target),
            Job.PlainWrite => () => PlainWrite(target),
            _ => () => _ = ImageFormats.All,
        };
        Stopwatch warmUp = Stopwatch.StartNew();
        for (int run = -1; run < runs; run += warmUp.Elapsed < WarmUp ? 0 : 1)
        {
            if (original != "-")
                File.Copy(original, source, overwrite: true);
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            work();
            double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (run >= 0) // those before only warm up
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall} {(Environment.CpuUsage.TotalTime - processor).TotalSeconds}"));
        }

        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(self.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static void Convert(string source, string target, DiskImageFormat format, CompressionType? codec)
    {
        File.Delete(target);
        using DiskImage image = Open(source);
        ImageCreateOptions create = new() { VirtualSize = image.VirtualSize, Compress = codec is not null, CompressionType = codec ?? CompressionType.Zlib };
        ImageConverter.Convert(image, target, new ConversionOptions { Format = format, Create = create }, new WorkProgress(), CancellationToken.None);
    }

    private static void Compare(string reference, string difference)
    {
        using DiskImage a = Open(reference);
        using DiskImage b = Open(difference);
        ImageComparison.Run(a, b, new ComparisonOptions(), found => throw new InvalidOperationException($"The disks differ: {found}"), new WorkProgress(), CancellationToken.None);
    }

    private static void Check(string path)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        CheckFinding? finding = ImageFormats.Recognise(device).Check(device, OpenGate.Deny, deep: false, new WorkProgress(), CancellationToken.None).FirstOrDefault();
        if (finding is not null)
            throw new InvalidOperationException($"The image is damaged: {finding}");
    }

    private static void Merge(string path)
    {
        using DiskImage top = ImageFormats.Open(path, new ImageOpenOptions { Gate = OpenGate.Allow });
        using ImageEditor parent = new(ImageFormats.OpenWritable(top.Backing!.File.Path, new ImageOpenOptions()));
        ImageMerge.Merge(top, top.Backing, parent, Environment.ProcessorCount, new WorkProgress(), CancellationToken.None);
    }

    private static void Rebase(string path, string backing)
    {
        using DiskImage image = ImageFormats.Open(backing, new ImageOpenOptions());
        using ImageEditor overlay = new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Gate = OpenGate.Allow }));
        ImageRebase.Rebase(overlay, backing, image, Environment.ProcessorCount, new WorkProgress(), CancellationToken.None);
    }

    private static void Read(string path)
    {
        using DiskImage image = Open(path);
        ImageReader reader = new(image);
        byte[] piece = new byte[Piece];
        for (long at = 0; at < reader.Length; at += piece.Length)
            reader.Read(new GuestOffset(at), piece.AsSpan(0, (int)Math.Min(piece.Length, reader.Length - at)));
    }

    private static void Write(string path)
    {
        using ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions()));
        byte[] piece = Noise();
        for (long at = 0; at < editor.Length; at += piece.Length)
            editor.Write(new GuestOffset(at), piece.AsSpan(0, (int)Math.Min(piece.Length, editor.Length - at)));
        editor.Close();
    }

    private static void PlainRead(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] piece = new byte[Piece];
        long length = RandomAccess.GetLength(file);
        for (long at = 0; at < length; at += piece.Length)
            _ = RandomAccess.Read(file, piece, at);
    }

    private static void PlainWrite(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        byte[] piece = Noise();
        long length = RandomAccess.GetLength(file);
        for (long at = 0; at < length; at += piece.Length)
            RandomAccess.Write(file, piece.AsSpan(0, (int)Math.Min(piece.Length, length - at)), at);
        RandomAccess.FlushToDisk(file);
    }

    private static byte[] Noise()
    {
        byte[] bytes = new byte[Piece];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    /// <summary>What Get-DiskImageInfo runs for each path.</summary>
    private static void ShowAll(string folder)
    {
        MemoryHost host = new();
        foreach (string path in Directory.EnumerateFiles(folder))
            GetDiskImageInfoOperation.Run(new GetDiskImageInfoRequest(path), host);
        if (host.Objects.Count != Inputs.InfoFiles)
            throw new InvalidOperationException($"{host.Objects.Count} images were shown.");
    }

    private static DiskImage Open(string path) =>
        ImageFormats.Open(path, new ImageOpenOptions { Format = path.EndsWith(".raw", StringComparison.Ordinal) ? DiskImageFormat.Raw : null });
}
