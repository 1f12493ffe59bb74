using System.Globalization;
using System.Text;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Our engine against qemu-img: the same input, the same run, warm page cache. The two sides take turns, so that a
/// machine that changes its speed changes it for both.
/// </summary>
/// <param name="folder">Where the images are made.</param>
/// <param name="runs">How often each side runs after it warmed up.</param>
internal sealed class Benchmark(string folder, long size, int runs)
{
    private readonly Inputs _inputs = new(folder, size);
    private readonly bool _hasPeer = Measured.FindTool("qemu-img") is not null && Measured.FindTool("time") is not null;
    private long _idle;

    /// <param name="filter">Part of the names of the rows to run; null for all.</param>
    public string Run(string? filter)
    {
        if (!_hasPeer)
            Console.Error.WriteLine("qemu-img or GNU time is not installed: our figures alone, of what needs no image of qemu-img.");
        _idle = RunWorker(new Case(Job.Idle, "idle", "-") { Target = "-", Needs = _ => { } }, 0).PeakMemory;
        StringBuilder rows = new();
        foreach (Case one in Case.All.Where(one => filter is null || one.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            Console.Error.WriteLine($"{one.Name} {string.Join(' ', one.PeerOptions)}");
            one.Needs(_inputs);
            rows.Append(RunCase(one));
        }

        return rows.Length > 0 ? Report(rows.ToString()) : throw new ArgumentException($"No row has '{filter}' in its name.", nameof(filter));
    }

    private string RunCase(Case one)
    {
        // Halves of our runs before and after the peer's, which cancels a slow drift of the machine.
        Measurement first = RunWorker(one, (runs + 1) / 2);
        Measurement? peer = PlainJob(one) is { } plain ? RunWorker(one with { Job = plain }, runs) : _hasPeer ? RunPeer(one) : null;
        Measurement second = RunWorker(one, runs / 2);
        bool makes = one.Job == Job.Convert;
        Measurement ours = new([.. first.Samples, .. second.Samples], Math.Max(first.PeakMemory, second.PeakMemory), makes ? new FileInfo(At(one.Target)).Length : 0);
        if (_hasPeer && makes)
        {
            // The terabyte of zeroes is one extent only where both files are raw.
            if (!one.Source.StartsWith("sparse", StringComparison.Ordinal))
                Measured.Run("qemu-img", "compare", At(one.Source), At(one.Target));
            File.Delete(PeerTarget(one));
        }

        string row = string.Create(CultureInfo.InvariantCulture,
            $"| {one.Name} | {Peer(one)} | {ours.Wall:0.00#} | {ours.Processor:0.00#} | {(ours.PeakMemory - _idle) / 1048576.0:0} | {Length(ours)} |");
        return peer is null ? row + " - | - | - | - | - | - | - |\n" : row + string.Create(CultureInfo.InvariantCulture,
            $" {peer.Wall:0.00#} | {peer.Processor:0.00#} | {peer.PeakMemory / 1048576.0:0} | {Length(peer)} | **{peer.Wall / ours.Wall:0.0}x** | {peer.Processor / ours.Processor:0.0}x | {(makes ? ((double)ours.FileLength / peer.FileLength).ToString("0.000", CultureInfo.InvariantCulture) : "")} |\n");
    }

    private Measurement RunWorker(Case one, int count)
    {
        string[] lines = Measured.Run(Environment.ProcessPath!, "worker", one.Job.ToString(), At(one.Source), At(one.Target), one.Format, one.Compression ?? "-", one.Original is null ? "-" : At(one.Original), count.ToString(CultureInfo.InvariantCulture))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Sample[] samples = [.. lines[..^1].Select(line => line.Split(' ')).Select(pair => new Sample(Measured.Number(pair[0]), Measured.Number(pair[1])))];
        return new Measurement(samples, (long)Measured.Number(lines[^1]), 0);
    }

    private Measurement RunPeer(Case one)
    {
        string[] command = one.Job switch
        {
            Job.Convert => ["qemu-img", "convert", .. one.PeerOptions, "-f", FormatOf(one.Source), "-O", one.Format.ToLowerInvariant(), At(one.Source), PeerTarget(one)],
            Job.Compare => ["qemu-img", "compare", .. one.PeerOptions, "-f", FormatOf(one.Source), "-F", FormatOf(one.Target), At(one.Source), At(one.Target)],
            Job.Merge => ["qemu-img", "commit", "-q", "-d", "-f", "qcow2", At(one.Source)],
            Job.Rebase => ["qemu-img", "rebase", "-f", "qcow2", "-F", "qcow2", "-b", At(one.Target), At(one.Source)],
            Job.Check => ["qemu-img", "check", .. one.PeerOptions, "-f", FormatOf(one.Source), At(one.Source)],
            _ => ["sh", "-c", "for file in \"$0\"/*; do qemu-img info --output=json \"$file\" || exit 1; done", At(one.Source)],
        };
        List<Sample> samples = [];
        long peak = 0;
        for (int run = -1; run < runs; run++)
        {
            if (one.Job == Job.Convert)
                File.Delete(PeerTarget(one));
            if (one.Original is { } original)
                File.Copy(At(original), At(one.Source), overwrite: true);
            (Sample sample, long memory) = Measured.Time(command[0], command[1..]);
            if (run < 0)
                continue; // the first one only warms up
            samples.Add(sample);
            peak = Math.Max(peak, memory);
        }

        return new Measurement(samples, peak, one.Job == Job.Convert ? new FileInfo(PeerTarget(one)).Length : 0);
    }

    private string At(string name) => Path.Combine(folder, name);

    private string PeerTarget(Case one) => At(one.Target + ".peer");

    private static string FormatOf(string path) => Path.GetExtension(path)[1..];

    /// <summary>What an open image is measured against: a plain file, in a process of ours too.</summary>
    private static Job? PlainJob(Case one) => one.Job switch
    {
        Job.Read => Job.PlainRead,
        Job.Write => Job.PlainWrite,
        _ => null,
    };

    private static string Peer(Case one) => one.Job switch
    {
        Job.Info => "info (a process for each)",
        Job.Merge => "commit -d",
        Job.Read or Job.Write => "(a plain file)",
        _ => $"{one.Job.ToString().ToLowerInvariant()} {string.Join(' ', one.PeerOptions)}".TrimEnd(),
    };

    private static string Length(Measurement side) =>
        side.FileLength == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{side.FileLength / 1048576.0:0.0}");

    private string Report(string rows)
    {
        string peer = _hasPeer ? Measured.Run("qemu-img", "--version").Split('\n')[0] : "no qemu-img";
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Benchmarks

            Made by `./build.sh bench --write docs/benchmarks.md`. `./build.sh bench NAME` runs the rows with NAME in their name. Both sides work on the same file in the same run: {runs} runs each after warming up, medians.
            {Environment.ProcessorCount} processors, {peer}, .NET {Environment.Version}.

            The disk has {ByteSize.Format(size)}; {ByteSize.Format(_inputs.DiskData)} of it are files of the machine that it ran on. The input is in the page cache.
            The sparse disk has 1 TiB with 64 KiB of noise in each of 1,000 places; its VHDX is qemu-img's. The full qcow2 image has the tables of 1 TiB (`preallocation=metadata`). The 1,000 files are empty qcow2 images of 10 GiB.
            Merged and rebased are overlays where every second MiB differs. What is read and written in place has all its clusters; its peer is a plain file of the same length, read and written by the same process.
            Ours always ends with a flush to stable storage. qemu-img's default, `-t unsafe`, leaves that out; with `-t writeback` both do the same work.
            Ours runs in a process that is warm, as a session is; qemu-img starts anew each time, as it does for its users.

            | job | qemu-img | wall s | CPU s | memory MiB | file MiB | qemu-img wall s | CPU s | memory MiB | file MiB | faster by wall | by CPU | file size ratio |
            |---|---|---|---|---|---|---|---|---|---|---|---|---|
            {rows}
            Memory is the peak of resident bytes; ours is less those of the idle engine ({_idle / 1048576.0:0} MiB).

            """);
    }
}
