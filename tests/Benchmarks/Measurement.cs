using System.Diagnostics;
using System.Globalization;

namespace OpenStackStorage.Benchmarks;

/// <summary>What one run took: wall and processor seconds.</summary>
internal readonly record struct Sample(double Wall, double Processor);

/// <summary>What several runs of one side took.</summary>
/// <param name="PeakMemory">The most resident bytes of the process.</param>
internal sealed record Measurement(IReadOnlyList<Sample> Samples, long PeakMemory, long FileLength)
{
    public double Wall => Median(sample => sample.Wall);

    public double Processor => Median(sample => sample.Processor);

    private double Median(Func<Sample, double> of)
    {
        double[] sorted = [.. Samples.Select(of).Order()];
        return sorted[sorted.Length / 2];
    }
}

/// <summary>Runs other programs under GNU time, which reports what the operating system accounted for.</summary>
internal static class Measured
{
    public static string? FindTool(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output + errors.Result : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}");
    }

    /// <summary>Wall and processor time and peak memory of one run of a program.</summary>
    public static (Sample Sample, long Peak) Time(string program, params string[] arguments)
    {
        string output = Run("time", ["-f", "@%e %U %S %M", program, .. arguments]);
        string[] fields = output[(output.LastIndexOf('@') + 1)..].Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return (new Sample(Number(fields[0]), Number(fields[1]) + Number(fields[2])), (long)Number(fields[3]) * 1024);
    }

    public static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
