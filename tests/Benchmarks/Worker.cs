using System.Diagnostics;
using System.Globalization;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Our side, in a process of its own: it converts once to warm up and then as often as asked, as a session at a prompt would.
/// It prints a line a run, and last its peak memory. With no runs it prints the memory of an idle engine.
/// </summary>
internal static class Worker
{
    public static int Run(string[] args)
    {
        (string source, string target, DiskImageFormat format, bool compress, int runs) =
            (args[0], args[1], Enum.Parse<DiskImageFormat>(args[2]), bool.Parse(args[3]), int.Parse(args[4], CultureInfo.InvariantCulture));
        _ = ImageFormats.All;
        if (runs > 0)
            Convert(source, target, format, compress);
        for (int run = 0; run < runs; run++)
        {
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            Convert(source, target, format, compress);
            double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall} {(Environment.CpuUsage.TotalTime - processor).TotalSeconds}"));
        }

        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(self.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static void Convert(string source, string target, DiskImageFormat format, bool compress)
    {
        File.Delete(target);
        DiskImageFormat? known = source.EndsWith(".raw", StringComparison.Ordinal) ? DiskImageFormat.Raw : null;
        using DiskImage image = ImageFormats.Open(source, new ImageOpenOptions { Format = known });
        ImageConverter.Convert(image, target,
            new ConversionOptions { Format = format, Create = new ImageCreateOptions { VirtualSize = image.VirtualSize, Compress = compress } },
            new WorkProgress(), CancellationToken.None);
    }
}
