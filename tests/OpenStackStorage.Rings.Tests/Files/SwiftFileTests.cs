using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OpenStackStorage.Rings.Tests;

/// <summary>Files to and from the Swift that is installed, and its lock.</summary>
public class SwiftFileTests
{
    private const string Command = "import sys; sys.argv[0] = 'swift-ring-builder'; from swift.cli.ringbuilder import main; main()";

    /// <summary>The CLI as swift-ring-builder-safe starts it; not every distribution installs that with the library.</summary>
    private const string SafeCommand = "import sys; sys.argv[0] = 'swift-ring-builder-safe'; from swift.cli.ringbuilder import main; main()";

    /// <summary>What a builder or ring holds, one fact per line, in words that the test says too.</summary>
    private const string Show = """
        import sys
        from swift.common.ring.builder import RingBuilder
        from swift.common.ring.ring import RingData
        def devices(devs):
            for d in devs:
                print('none' if d is None else ' '.join('%s=%s' % (k, ascii(d[k])) for k in sorted(d)))
        def table(rows):
            for row in rows:
                print(row.typecode, ','.join(map(str, row)))
        path = sys.argv[1]
        if path.endswith('.builder'):
            b = RingBuilder.load(path)
            print(b.part_power, b.next_part_power, repr(b.replicas), b.min_part_hours, b.parts, b.devs_changed, b.version, repr(b.overload), repr(b.dispersion), b._id)
            print(b._last_part_moves_epoch, bytes(b._last_part_moves).hex(), b._last_part_gather_start)
            devices(b.devs)
            print([d['id'] for d in b._remove_devs], all(b.devs[d['id']] is d for d in b._remove_devs))
            for tier, counts in b._dispersion_graph.items():
                print(ascii(tier), counts)
            table(b._replica2part2dev)
        else:
            r = RingData.load(path)
            print(r._part_shift, r.next_part_power, r.version)
            devices(r.devs)
            table(r._replica2part2dev_id)
        """;

    [NeedsSwiftTheory]
    [InlineData(6, 7, false, 2.5)]
    [InlineData(6, 7, true, 3.0)]
    [InlineData(10, 1500, false, 3.25)]
    public void Swift_loads_our_builders(int partPower, int devices, bool wide, double replicas)
    {
        using TemporaryFolder folder = new();
        RingBuilder builder = RingSamples.Builder(partPower, devices, wide, replicas);
        RingStore.WriteBuilder(folder["o.builder"], builder);
        Assert.Equal(Describe(builder), Tool.Run(SwiftProcess.Python, "-c", Show, folder["o.builder"]));
    }

    [NeedsSwiftTheory]
    [InlineData(6, 7, 2.5)]
    [InlineData(10, 1500, 3.25)]
    public void Swift_loads_our_rings_and_its_own_bytes_are_ours(int partPower, int devices, double replicas)
    {
        using TemporaryFolder folder = new();
        RingData ring = RingSamples.Ring(RingSamples.Builder(partPower, devices, replicas: replicas));
        RingStore.WriteRing(folder["o.ring.gz"], ring);
        Assert.Equal(Describe(ring), Tool.Run(SwiftProcess.Python, "-c", Show, folder["o.ring.gz"]));

        Tool.Run(SwiftProcess.Python, "-c", "import sys; from swift.common.ring.ring import RingData; RingData.load(sys.argv[1]).save(sys.argv[2])", folder["o.ring.gz"], folder["theirs.ring.gz"]);
        Assert.Equal(RingFileTests.Inflate(File.ReadAllBytes(folder["theirs.ring.gz"])), RingFileTests.Inflate(File.ReadAllBytes(folder["o.ring.gz"])));
        Assert.Equal(Describe(ring), Describe(RingStore.ReadRing(folder["theirs.ring.gz"])));
    }

    [NeedsSwiftFact]
    public void A_builder_of_the_CLI_is_read_and_written_alike()
    {
        using TemporaryFolder folder = new();
        string file = folder["object.builder"];
        Cli(file, "create", "7", "2.75", "3");
        for (int i = 0; i < 9; i++)
            Cli(file, "add", $"r1z{i % 4}-[fd00::{i % 4}]:6200R10.0.0.{i}:6300/sd{i}_meta é", $"{50.5 * (i + 1)}");
        Cli(file, "rebalance", "--seed", "seven");
        Cli(file, "remove", "d2");
        RingBuilder builder = RingStore.ReadBuilder(file);
        Assert.Equal(Describe(builder), Tool.Run(SwiftProcess.Python, "-c", Show, file));

        RingStore.WriteBuilder(folder["copy.builder"], builder);
        Assert.Equal(Tool.Run(SwiftProcess.Python, "-c", Show, file), Tool.Run(SwiftProcess.Python, "-c", Show, folder["copy.builder"]));
        // Its ring is older than the removal, but for that and the version what we make of the builder.
        RingData ring = RingStore.ReadRing(folder["object.ring.gz"]);
        Assert.Equal(builder.Assignments!.Narrow, ring.Assignments.Narrow);
        RingStore.WriteRing(folder["object2.ring.gz"], ring);
        Assert.Equal(RingFileTests.Inflate(File.ReadAllBytes(folder["object.ring.gz"])), RingFileTests.Inflate(File.ReadAllBytes(folder["object2.ring.gz"])));
    }

    [NeedsSwiftTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_protocol_of_Python_is_read(int protocol)
    {
        using TemporaryFolder folder = new();
        RingStore.WriteBuilder(folder["o.builder"], RingSamples.Builder());
        Tool.Run(SwiftProcess.Python, "-c", "import pickle, sys; pickle.dump(pickle.load(open(sys.argv[1], 'rb')), open(sys.argv[2], 'wb'), protocol=int(sys.argv[3]))", folder["o.builder"], folder["p.builder"], $"{protocol}");
        Assert.Equal(RingSamples.Describe(RingStore.ReadBuilder(folder["o.builder"])), RingSamples.Describe(RingStore.ReadBuilder(folder["p.builder"])));
    }

    [NeedsSwiftFact]
    public void The_CLI_waits_for_our_lock_and_we_for_its()
    {
        using TemporaryFolder folder = new();
        string file = folder["o.builder"];
        Cli(file, "create", "4", "1", "1");
        using Process cli = Process.Start(new ProcessStartInfo(SwiftProcess.Python, ["-c", SafeCommand, file, "set_min_part_hours", "7"]) { RedirectStandardOutput = true })!;
        using (RingLock.Acquire(file, RingLock.DefaultTimeout))
        {
            Assert.False(cli.WaitForExit(3000));
            Assert.Equal(1, RingStore.ReadBuilder(file).MinPartHours);
        }

        Assert.True(cli.WaitForExit(20_000));
        Assert.Equal(7, RingStore.ReadBuilder(file).MinPartHours);

        using Process holder = Process.Start(new ProcessStartInfo(SwiftProcess.Python, ["-c", "import sys; from swift.common.utils import lock_parent_directory\nwith lock_parent_directory(sys.argv[1], 15):\n  print('held', flush=True); sys.stdin.readline()", file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        Assert.Equal(ErrorIds.RingLocked, Assert.Throws<RingException>(() => RingLock.Acquire(file, TimeSpan.FromMilliseconds(200))).Id);
        holder.StandardInput.Close();
        using (RingLock.Acquire(file, RingLock.DefaultTimeout))
        {
        }

        holder.WaitForExit();
    }

    /// <summary>One command of swift-ring-builder; a warning, exit code 1, passes.</summary>
    private static void Cli(params string[] arguments)
    {
        (int code, string output, string error) = Tool.TryRun(SwiftProcess.Python, ["-c", Command, .. arguments]);
        Assert.True(code < 2, $"swift-ring-builder {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }

    private static string Describe(RingBuilder builder)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{builder.PartPower} {Value((long?)builder.NextPartPower)} {Value(builder.ReplicasIsInteger ? (long)builder.Replicas : builder.Replicas)} {builder.MinPartHours} {1L << builder.PartPower} {builder.DevicesChanged} {builder.Version} {Value(builder.Overload)} {Value(builder.Dispersion)} {builder.Id ?? "None"}\n");
        text.Append(CultureInfo.InvariantCulture, $"{builder.LastPartMovesEpoch} {Convert.ToHexStringLower(builder.LastPartMoves)} {builder.LastPartGatherStart}\n");
        Devices(text, builder.Devices, forRing: false);
        text.Append(CultureInfo.InvariantCulture, $"[{string.Join(", ", builder.RemovedDevices.Select(device => device.Id.Value))}] True\n");
        foreach ((RingTier tier, int[] counts) in builder.DispersionGraph)
        {
            object?[] parts = [.. new object?[] { (long?)tier.Region, (long?)tier.Zone, tier.Ip, (long?)tier.Device?.Value }.Where(part => part is not null)];
            text.Append(CultureInfo.InvariantCulture, $"({string.Join(", ", parts.Select(Value))}{(parts.Length == 1 ? "," : "")}) [{string.Join(", ", counts)}]\n");
        }

        Table(text, builder.Assignments!);
        return text.ToString();
    }

    private static string Describe(RingData ring)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{32 - ring.PartPower} {Value((long?)ring.NextPartPower)} {ring.Version}\n");
        Devices(text, ring.Devices, forRing: true);
        Table(text, ring.Assignments);
        return text.ToString();
    }

    private static void Devices(StringBuilder text, IReadOnlyList<RingDevice?> devices, bool forRing)
    {
        foreach (RingDevice? device in devices)
        {
            text.Append(device is null ? "none" : string.Join(' ', DeviceFields.Pairs(device, forRing).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Value(pair.Value)}")));
            text.Append('\n');
        }
    }

    private static void Table(StringBuilder text, RingAssignments table)
    {
        for (int row = 0; row < table.RowCount; row++)
            text.Append(CultureInfo.InvariantCulture, $"{(table.DeviceIdBytes == 2 ? 'H' : 'I')} {string.Join(',', Enumerable.Range(0, table.RowLength(row)).Select(part => table.Narrow?[row][part] ?? table.Wide![row][part]))}\n");
    }

    /// <summary>As Python's <c>ascii()</c>.</summary>
    private static string Value(object? value) => value switch
    {
        null => "None",
        double number => PythonNumber.Repr(number),
        string text => $"'{string.Concat(text.EnumerateRunes().Select(Escape))}'",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string Escape(Rune rune) => rune.Value switch
    {
        '\\' => "\\\\",
        '\n' => "\\n",
        < 32 or (>= 127 and < 256) => $"\\x{rune.Value:x2}",
        < 127 => rune.ToString(),
        < 65536 => $"\\u{rune.Value:x4}",
        _ => $"\\U{rune.Value:x8}",
    };
}
