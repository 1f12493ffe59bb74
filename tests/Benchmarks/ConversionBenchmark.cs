using System.Globalization;
using System.Text;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Conversions against qemu-img: the same input, the same run, warm page cache. The two sides take turns, so that a
/// machine that changes its speed changes it for both.
/// </summary>
internal static class ConversionBenchmark
{
    private sealed record Case(string Name, string Source, string Target, string Format, bool Compress, string[] PeerOptions);

    /// <summary>With these, qemu-img ends with a flush to stable storage, as we always do.</summary>
    private static readonly string[] Flushed = ["-t", "writeback"];

    public static string Run(string folder, long size, int runs)
    {
        string disk = Path.Combine(folder, "disk.raw");
        long data = MakeDisk(disk, size);
        bool hasPeer = Measured.FindTool("qemu-img") is not null && Measured.FindTool("time") is not null;
        if (!hasPeer)
            Console.Error.WriteLine("qemu-img or GNU time is not installed: our figures alone.");
        long idle = RunWorker(disk, "none", "Raw", compress: false, runs: 0).PeakMemory;

        Case[] cases =
        [
            new("raw -> compressed qcow2", "disk.raw", "c.qcow2", "Qcow2", true, ["-c"]),
            new("raw -> compressed qcow2", "disk.raw", "c.qcow2", "Qcow2", true, ["-c", "-W", "-m", "16"]),
            new("compressed qcow2 -> raw", "c.qcow2", "back.raw", "Raw", false, []),
            new("compressed qcow2 -> raw", "c.qcow2", "back.raw", "Raw", false, Flushed),
            new("dense raw -> qcow2", "disk.raw", "d.qcow2", "Qcow2", false, []),
            new("dense raw -> qcow2", "disk.raw", "d.qcow2", "Qcow2", false, Flushed),
            new("dense qcow2 -> raw", "d.qcow2", "back.raw", "Raw", false, []),
            new("dense qcow2 -> raw", "d.qcow2", "back.raw", "Raw", false, Flushed),
        ];
        StringBuilder rows = new();
        foreach (Case one in cases)
        {
            Console.Error.WriteLine($"{one.Name} {string.Join(' ', one.PeerOptions)}");
            rows.Append(RunCase(folder, one, runs, idle, hasPeer));
        }

        return Report(size, data, runs, idle, hasPeer, rows.ToString());
    }

    private static string RunCase(string folder, Case one, int runs, long idle, bool hasPeer)
    {
        string source = Path.Combine(folder, one.Source);
        string target = Path.Combine(folder, one.Target);
        string peerTarget = target + ".peer";
        // Halves of our runs before and after the peer's, which cancels a slow drift of the machine.
        Measurement first = RunWorker(source, target, one.Format, one.Compress, (runs + 1) / 2);
        Measurement? peer = hasPeer ? RunPeer(source, peerTarget, one, runs) : null;
        Measurement second = RunWorker(source, target, one.Format, one.Compress, runs / 2);
        Measurement ours = new([.. first.Samples, .. second.Samples], Math.Max(first.PeakMemory, second.PeakMemory), new FileInfo(target).Length);
        if (hasPeer)
        {
            Measured.Run("qemu-img", "compare", source, target);
            File.Delete(peerTarget);
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"| {one.Name} | {(one.PeerOptions.Length == 0 ? "(default)" : string.Join(' ', one.PeerOptions))} | {ours.Wall:0.00} | {ours.Processor:0.00} | {(ours.PeakMemory - idle) / 1048576.0:0} | {ours.FileLength / 1048576.0:0.0} |")
            + (peer is null ? " - | - | - | - | - | - | - |\n" : string.Create(CultureInfo.InvariantCulture,
                $" {peer.Wall:0.00} | {peer.Processor:0.00} | {peer.PeakMemory / 1048576.0:0} | {peer.FileLength / 1048576.0:0.0} | **{peer.Wall / ours.Wall:0.0}x** | {peer.Processor / ours.Processor:0.0}x | {(double)ours.FileLength / peer.FileLength:0.000} |\n"));
    }

    private static Measurement RunWorker(string source, string target, string format, bool compress, int runs)
    {
        string[] lines = Measured.Run(Environment.ProcessPath!, "worker", source, target, format, compress.ToString(), runs.ToString(CultureInfo.InvariantCulture))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Sample[] samples = [.. lines[..^1].Select(line => line.Split(' ')).Select(pair => new Sample(Measured.Number(pair[0]), Measured.Number(pair[1])))];
        return new Measurement(samples, (long)Measured.Number(lines[^1]), 0);
    }

    private static Measurement RunPeer(string source, string target, Case one, int runs)
    {
        string sourceFormat = source.EndsWith(".raw", StringComparison.Ordinal) ? "raw" : "qcow2";
        string[] arguments = ["convert", .. one.PeerOptions, "-f", sourceFormat, "-O", one.Format.ToLowerInvariant(), source, target];
        List<Sample> samples = [];
        long peak = 0;
        for (int run = -1; run < runs; run++)
        {
            File.Delete(target);
            (Sample sample, long memory) = Measured.Time("qemu-img", arguments);
            if (run < 0)
                continue; // the first one only warms up
            samples.Add(sample);
            peak = Math.Max(peak, memory);
        }

        return new Measurement(samples, peak, new FileInfo(target).Length);
    }

    /// <summary>A disk of this machine's own programs and documents, as a guest's disk holds them.</summary>
    private static long MakeDisk(string path, long size)
    {
        using FileStream disk = File.Create(path);
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string folder in new[] { "/usr/share", "/usr/lib", "/usr/bin", AppContext.BaseDirectory })
        {
            if (!Directory.Exists(folder))
                continue;
            foreach (string file in Directory.EnumerateFiles(folder, "*", options).Order(StringComparer.Ordinal))
            {
                using FileStream source = File.OpenRead(file);
                source.CopyTo(disk);
                disk.Position = (disk.Position + 4095) & ~4095L; // files start at blocks
                if (disk.Position >= size)
                {
                    disk.SetLength(size);
                    return size;
                }
            }
        }

        long data = disk.Position;
        disk.SetLength(size);
        return data;
    }

    private static string Report(long size, long data, int runs, long idle, bool hasPeer, string rows)
    {
        string peer = hasPeer ? Measured.Run("qemu-img", "--version").Split('\n')[0] : "no qemu-img";
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Benchmarks

            Made by `./build.sh bench --write docs/benchmarks.md`. Both sides convert the same file in the same run: {runs} runs each after one that only warms up, medians.
            {Environment.ProcessorCount} processors, {peer}, .NET {Environment.Version}.

            The disk has {ByteSize.Format(size)}; {ByteSize.Format(data)} of it are files of the machine that it ran on. The input is in the page cache.
            Ours always ends with a flush to stable storage. qemu-img's default, `-t unsafe`, leaves that out; with `-t writeback` both do the same work.
            Ours runs in a process that is warm, as a session is; qemu-img starts anew each time, as it does for its users.

            | conversion | qemu-img convert | wall s | CPU s | memory MiB | file MiB | qemu-img wall s | CPU s | memory MiB | file MiB | faster by wall | by CPU | file size ratio |
            |---|---|---|---|---|---|---|---|---|---|---|---|---|
            {rows}
            Memory is the peak of resident bytes; ours is less those of the idle engine ({idle / 1048576.0:0} MiB).

            """);
    }
}
