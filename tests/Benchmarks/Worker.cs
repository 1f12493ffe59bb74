using System.Diagnostics;
using System.Globalization;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Our side, in a process of its own: it does its job once to warm up and then as often as asked, as a session at a prompt
/// would. It prints a line a run, and last its peak memory.
/// </summary>
internal static class Worker
{
    /// <param name="args">Job, source, target, format, codec or "-", runs.</param>
    public static int Run(string[] args)
    {
        (Job job, string source, string target, string format, string codec) = (Enum.Parse<Job>(args[0]), args[1], args[2], args[3], args[4]);
        int runs = int.Parse(args[5], CultureInfo.InvariantCulture);
        Action work = job switch
        {
            Job.Convert => () => Convert(source, target, Enum.Parse<DiskImageFormat>(format), codec == "-" ? null : Enum.Parse<CompressionType>(codec)),
            Job.Compare => () => Compare(source, target),
            Job.Check => () => Check(source),
            Job.Info => () => ShowAll(source),
            _ => () => _ = ImageFormats.All,
        };
        work();
        for (int run = 0; run < runs; run++)
        {
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            work();
            double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
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
