using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Rebalances against the installed Swift's RingBuilder: the same devices and seeds, the same run, processor time within the
/// process on both sides. Both must give the same table. Larger rings are measured here alone.
/// </summary>
internal static class RingBenchmark
{
    private const string Python = "/usr/bin/python3";

    private static readonly (int PartPower, int Devices)[] Compared = [(14, 100), (14, 1000), (16, 100), (16, 1000), (18, 100), (18, 1000)];

    private static readonly (int PartPower, int Devices)[] Alone = [(20, 1000), (22, 10_000), (24, 10_000)];

    public static string Run(int runs, int maximumPartPower)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "ring-differential.py");
        bool hasPeer = File.Exists(Python) && TryRun(Python, "-c", "import swift.common.ring");
        if (!hasPeer)
            Console.Error.WriteLine("python3-swift is not installed: our figures alone.");
        Figures idle = Figures.Of(0, 0, 0);
        StringBuilder compared = new(), alone = new();
        foreach ((int partPower, int devices) in Compared.Where(ring => ring.PartPower <= maximumPartPower))
        {
            Console.Error.WriteLine($"ring of part power {partPower}, {devices} devices");
            compared.Append(Compare(partPower, devices, runs, hasPeer ? script : null));
        }

        foreach ((int partPower, int devices) in Alone.Where(ring => ring.PartPower <= maximumPartPower))
        {
            Console.Error.WriteLine($"ring of part power {partPower}, {devices} devices");
            Figures ours = Figures.Of(partPower, devices, Math.Min(runs, 3));
            double bytes = (ours["peak"] - idle["peak"]) / (3.0 * (1L << partPower));
            alone.Append(CultureInfo.InvariantCulture,
                $"| {partPower} | {devices} | {ours["first"]:0.00} | {ours["second"]:0.00} | {bytes:0.0} | {ours["add"] / devices * 1e6:0} | {ours["load-builder"] * 1e3:0} | {ours["save-builder"] * 1e3:0} | {ours["load-ring"] * 1e3:0} | {ours["save-ring"] * 1e3:0} | {1e-6 / ours["lookup"]:0.0} | {ours["handoff"] * 1e6:0.00} |\n");
        }

        return Report(runs, hasPeer, compared.ToString(), alone.ToString());
    }

    private static string Compare(int partPower, int devices, int runs, string? script)
    {
        // Halves of our runs before and after the peer's, which cancels a slow drift of the machine.
        Figures before = Figures.Of(partPower, devices, (runs + 1) / 2);
        (double First, double Second, string Rows)? peer = script is null ? null : RunPeer(script, partPower, devices, runs);
        Figures ours = before.With(Figures.Of(partPower, devices, Math.Max(1, runs / 2)));
        string row = string.Create(CultureInfo.InvariantCulture, $"| {partPower} | {devices} | {ours["first"] * 1e3:0.0} | {ours["second"] * 1e3:0.0} |");
        if (peer is not { } their)
            return row + " - | - | - | - |\n";
        if (their.Rows != ours.Rows)
            throw new InvalidOperationException($"The rings of part power {partPower} with {devices} devices differ: {ours.Rows}, {their.Rows}.");
        return row + string.Create(CultureInfo.InvariantCulture,
            $" {their.First * 1e3:0} | {their.Second * 1e3:0} | **{their.First / ours["first"]:0}x** | **{their.Second / ours["second"]:0}x** |\n");
    }

    private static (double First, double Second, string Rows) RunPeer(string script, int partPower, int devices, int runs)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, [script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        object[] specs =
        [
            .. RingWorker.Devices(devices).Select((spec, id) => new
            {
                id, region = spec.Region, zone = spec.Zone, ip = spec.Ip, port = spec.Port, device = spec.Device, weight = spec.Weight, meta = "",
                replication_ip = spec.Ip, replication_port = spec.Port,
            }),
        ];
        string command = JsonSerializer.Serialize(new object[] { "time", partPower, specs });
        List<(double First, double Second)> times = [];
        string rows = "";
        for (int run = 0; run < runs; run++)
        {
            process.StandardInput.WriteLine(command);
            process.StandardInput.Flush();
            JsonNode answer = JsonNode.Parse(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The Python process ended."))!;
            times.Add((answer["first"]!.GetValue<double>(), answer["second"]!.GetValue<double>()));
            rows = answer["rows"]!.GetValue<string>();
        }

        process.StandardInput.Close();
        process.WaitForExit();
        return (Figures.Median(times.Select(time => time.First)), Figures.Median(times.Select(time => time.Second)), rows);
    }

    private static bool TryRun(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static string Report(int runs, bool hasPeer, string compared, string alone)
    {
        string peer = hasPeer
            ? Measured.Run(Python, "-c", "import platform, swift; print('Swift', swift.__version__, 'on Python', platform.python_version())").Trim()
            : "no python3-swift";
        return string.Create(CultureInfo.InvariantCulture, $"""
            ## Rings

            Made by `./build.sh bench rings`. Against {peer}: the same devices and seeds in the same run, {runs} runs, medians of
            processor time within the process, after warming up. Both gave the same table. Three replicas, five zones, twenty disks a server.
            The second rebalance comes after 5 % of the devices got twice their weight and 2 % were removed.

            | part power | devices | first, CPU ms | second, CPU ms | Swift first | Swift second | first faster | second faster |
            |---|---|---|---|---|---|---|---|
            {compared}
            Larger rings, here alone. Memory is the peak of resident bytes less those of the idle engine, for each replica of a partition;
            lookups are a name's partition and its primary devices.

            | part power | devices | first, CPU s | second, CPU s | bytes per replica | add, us each | load builder, ms | save builder | load ring | save ring | million lookups/s | first 3 handoffs, us |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            {alone}
            """);
    }

    /// <summary>What the worker printed: several numbers under one name are runs.</summary>
    private sealed class Figures(ILookup<string, double> values, string rows)
    {
        public string Rows => rows;

        public double this[string name] => Median(values[name]);

        public Figures With(Figures other) =>
            new(values.Concat(other.All).SelectMany(group => group.Select(value => (group.Key, value))).ToLookup(pair => pair.Key, pair => pair.value), rows);

        private ILookup<string, double> All => values;

        public static Figures Of(int partPower, int devices, int runs)
        {
            string[] arguments = ["ring-worker", .. new[] { partPower, devices, runs }.Select(number => number.ToString(CultureInfo.InvariantCulture))];
            string[][] lines = [.. Measured.Run(Environment.ProcessPath!, arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
            return new Figures(
                lines.Where(line => line[0] != "rows").ToLookup(line => line[0], line => Measured.Number(line[1])),
                lines.LastOrDefault(line => line[0] == "rows")?[1] ?? "");
        }

        public static double Median(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            return sorted[sorted.Length / 2];
        }
    }
}
