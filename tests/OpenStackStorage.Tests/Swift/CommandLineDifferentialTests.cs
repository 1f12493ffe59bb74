using System.Diagnostics;
using System.Globalization;
using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Tests.Swift;

/// <summary>
/// The same commands to Swift's own programs and to our operations. The seeds are texts, as the command line takes them;
/// exit code 0 is no warning, 1 a warning, 2 an error.
/// </summary>
public sealed class CommandLineDifferentialTests : RingOperationTest
{
    private const string Python = "/usr/bin/python3";

    /// <summary>swift-get-nodes reads the cluster's prefix and suffix from /etc only: here they are set before it runs.</summary>
    private const string GetNodes = """
        import runpy, sys
        from swift.common import utils
        utils.HASH_PATH_PREFIX, utils.HASH_PATH_SUFFIX = b'start', b'end'
        sys.argv = sys.argv[1:]
        runpy.run_path(sys.argv[0], run_name='__main__')
        """;

    [NeedsToolFact("swift-ring-builder")]
    public void Twenty_random_rings_are_those_of_swift_ring_builder()
    {
        PythonSum sum = int.Parse(Tool.Run(Python, "-c", "import sys; print(sys.version_info[1])"), CultureInfo.InvariantCulture) >= 12
            ? PythonSum.Compensated
            : PythonSum.Plain;
        int[] codes = new int[3];
        Parallel.For(0, 20, new ParallelOptions { MaxDegreeOfParallelism = 4 }, number =>
        {
            Twin twin = new(At($"ours{number}"), At($"theirs{number}"), number, sum);
            foreach (int code in twin.Run())
                Interlocked.Increment(ref codes[code]);
        });
        Assert.All(codes, count => Assert.NotEqual(0, count)); // the rings are varied enough to meet success, warning and error
    }

    [NeedsToolFact("swift-get-nodes")]
    public void Names_lie_where_swift_get_nodes_finds_them()
    {
        string path = Builder(devices: 12, partPower: 8);
        Rebalance(path);
        string[][] names = [["AUTH_test"], ["AUTH_test", "photos"], ["AUTH_test", "photos", "cat.jpg"], ["AUTH_ü", "Fotos & mehr", "a/ä b/日本.jpg"]];
        foreach (string[] name in names)
        {
            string kind = name.Length switch { 1 => "account", 2 => "container", _ => "object" };
            if (!File.Exists(At($"{kind}.ring.gz")))
                File.Copy(At("object.ring.gz"), At($"{kind}.ring.gz"));
            string[] lines = Tool.Run(Python, ["-c", GetNodes, Tool.FindPath("swift-get-nodes")!, "-a", At($"{kind}.ring.gz"), .. name]).Split('\n');

            SwiftRingLocation[] places = Resolve(At($"{kind}.ring.gz"), name);

            Assert.Contains($"Partition\t{places[0].Partition}", lines);
            Assert.Contains($"Hash     \t{places[0].Hash}", lines);
            Assert.Equal(
                lines.Where(line => line.StartsWith("Server:Port", StringComparison.Ordinal)).Select(line => line.Split('\t')[1]),
                places.Select(place => $"{place.Ip}:{place.Port} {place.Device}"));
            Assert.Equal(
                lines.Where(line => line.StartsWith("curl", StringComparison.Ordinal)).Select(line => line.Split('"')[1]),
                places.Select(place => place.Url));
            Assert.Equal(
                lines.Where(line => line.StartsWith("ssh", StringComparison.Ordinal)).Select(line => line.Split("*}")[1].Split('"')[0]),
                places.Select(place => place.DiskPath["/srv/node".Length..]));
        }
    }

    [NeedsToolFact("swift-ring-builder")]
    public void Two_writers_lose_nothing()
    {
        const int Each = 12;
        string path = Builder(devices: 1);
        string safe = At("swift-ring-builder-safe");
        File.CreateSymbolicLink(safe, Tool.FindPath("swift-ring-builder")!);
        string theirs = $"for i in $(seq {Each}); do '{safe}' '{path}' add r1z1-10.7.0.$i:6200/sda 1 || exit 3; done";
        using Process peer = Process.Start(new ProcessStartInfo("sh", ["-c", theirs]) { RedirectStandardOutput = true })!;
        Task<string> output = peer.StandardOutput.ReadToEndAsync();

        Parallel.For(1, (2 * Each) + 1, number => AddSwiftRingDeviceOperation.Run(
            new AddSwiftRingDeviceRequest(path, [Spec(0) with { Ip = $"10.8.0.{number}" }]), Host()));
        peer.WaitForExit();

        Assert.True(peer.ExitCode == 0, output.Result);
        Assert.Equal(1 + (3 * Each), Get(path).Devices);
        Assert.Equal(1 + (3 * Each), Devices(path).Select(device => device.Ip).Distinct().Count());
    }

    private SwiftRingLocation[] Resolve(string path, string[] name) =>
    [
        .. Run(host => ResolveSwiftRingPathOperation.Run(
            new ResolveSwiftRingPathRequest(path)
            {
                Account = name[0],
                Container = name.ElementAtOrDefault(1),
                Object = name.ElementAtOrDefault(2),
                Handoff = 1000,
                HashPrefix = "start",
                HashSuffix = "end",
            },
            host)).Objects.Cast<SwiftRingLocation>(),
    ];

    /// <summary>One random ring, made by both sides.</summary>
    private sealed class Twin(string ours, string theirs, int number, PythonSum sum)
    {
        private readonly Random _random = new(number);
        private readonly string _ours = Path.Combine(Directory.CreateDirectory(ours).FullName, "object.builder");
        private readonly string _theirs = Path.Combine(Directory.CreateDirectory(theirs).FullName, "object.builder");

        public IEnumerable<int> Run()
        {
            int partPower = _random.Next(4, 9);
            double replicas = new[] { 1, 2, 3, 3, 2.5, 3.25 }[_random.Next(6)];
            yield return Both(
                host => NewSwiftRingOperation.Run(new NewSwiftRingRequest(_ours, partPower, replicas, 1), host),
                "create", Text(partPower), Text(replicas), "1");
            if (number % 7 == 0)
                yield return Rebalance("no devices yet");
            yield return Add(_random.Next(2, 25));
            yield return Rebalance("first");
            yield return Change();
            yield return Rebalance("hours not over");
            yield return Both(
                host => SetSwiftRingOperation.Run(new SetSwiftRingRequest(_ours) { ResetMinPartHours = true }, host), ignoreCode: true,
                "pretend_min_part_hours_passed");
            yield return Rebalance("näch ste");
        }

        private int Add(int count)
        {
            RingDeviceSpec[] specs = [.. Enumerable.Range(0, count).Select(id => new RingDeviceSpec
            {
                Region = _random.Next(1, 3),
                Zone = _random.Next(1, 4),
                Ip = $"10.0.{_random.Next(1, 3)}.{_random.Next(1, 4)}",
                Port = 6200,
                Device = $"d{id}",
                Weight = _random.Next(1, 20) * 50.5,
            })];
            return Both(
                host => AddSwiftRingDeviceOperation.Run(new AddSwiftRingDeviceRequest(_ours, specs), host),
                ["add", .. specs.SelectMany(spec => new[] { $"r{spec.Region}z{spec.Zone}-{spec.Ip}:{spec.Port}/{spec.Device}", Text(spec.Weight) })]);
        }

        private int Change()
        {
            IReadOnlyList<RingDeviceFilter> first = [new RingDeviceFilter { Ids = [0] }];
            return _random.Next(5) switch
            {
                0 => Both(host => SetSwiftRingDeviceOperation.Run(new SetSwiftRingDeviceRequest(_ours, first) { Weight = 12.5 }, host), "set_weight", "d0", "12.5"),
                1 => Both(host => RemoveSwiftRingDeviceOperation.Run(new RemoveSwiftRingDeviceRequest(_ours, first), host), "remove", "d0"),
                2 => Both(host => SetSwiftRingDeviceOperation.Run(new SetSwiftRingDeviceRequest(_ours, first) { NewZone = 7 }, host), "set_zone", "d0", "7"),
                3 => Both(host => SetSwiftRingOperation.Run(new SetSwiftRingRequest(_ours) { Overload = 0.25 }, host), "set_overload", "0.25"),
                _ => Both(host => SetSwiftRingOperation.Run(new SetSwiftRingRequest(_ours) { Replica = 2 }, host), "set_replicas", "2"),
            };
        }

        private int Rebalance(string seed) => Both(
            host => InvokeSwiftRebalanceOperation.Run(new InvokeSwiftRebalanceRequest(_ours) { Seed = seed, PythonSum = sum }, host),
            "rebalance", "--seed", seed);

        private int Both(Action<MemoryHost> operation, params string[] command) => Both(operation, false, command);

        private int Both(Action<MemoryHost> operation, bool ignoreCode, params string[] command)
        {
            MemoryHost host = new();
            int code;
            try
            {
                operation(host);
                code = host.Errors.Count > 0 ? 2 : host.Warnings.Count > 0 ? 1 : 0;
            }
            catch (RingException)
            {
                code = 2;
            }

            (int theirCode, string output, string error) = Tool.TryRun("swift-ring-builder", [_theirs, .. command]);
            string what = $"ring {number}, {string.Join(' ', command)}: {output}{error}";
            Assert.True(ignoreCode || code == theirCode, $"{code}, not {theirCode}: {what}");
            Assert.True(RingStore.ReadBuilder(_ours).GetRing().HasSameContentAs(RingStore.ReadBuilder(_theirs).GetRing()), what);
            string ring = _ours.Replace(".builder", ".ring.gz", StringComparison.Ordinal);
            Assert.Equal(File.Exists(ring), File.Exists(_theirs.Replace(".builder", ".ring.gz", StringComparison.Ordinal)));
            return ignoreCode ? 0 : code;
        }

        private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
