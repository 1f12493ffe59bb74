using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Benchmarks;

/// <summary>
/// Our side of the ring benchmark, in a process of its own: it warms up, then takes each figure as often as asked. It prints
/// a name and a number a line.
/// </summary>
internal static class RingWorker
{
    private const int Lookups = 200_000;

    /// <summary>Rebalances before the first figure. The compiler works beside them, and its time is the process's too.</summary>
    private const int WarmUps = 30;

    public static int Run(string[] args)
    {
        (int partPower, int devices, int runs) = (Number(args[0]), Number(args[1]), Number(args[2]));
        for (int run = 0; run < WarmUps; run++)
            _ = Rebalance(10, 100, print: false);
        if (partPower > 0)
        {
            for (int run = 0; run < WarmUps; run++)
                _ = Rebalance(Math.Min(partPower, 16), devices, print: false);
            Thread.Sleep(TimeSpan.FromSeconds(1)); // what the compiler still has to do
            RingBuilder? builder = Rebalance(partPower, devices, print: true);
            PrintPeak(); // of one builder's rebalances: more runs, files and lookups come after
            for (int run = 1; run < runs; run++)
            {
                builder = null; // two of the largest would not be one user's
                builder = Rebalance(partPower, devices, print: true);
            }

            Files(builder, runs);
            LookUp(new Ring(builder.GetRing()));
        }
        else
        {
            PrintPeak();
        }

        return 0;
    }

    private static void PrintPeak()
    {
        using Process self = Process.GetCurrentProcess();
        Print("peak", self.PeakWorkingSet64);
    }

    /// <summary>Servers of twenty disks in five zones by turns; disks of two sizes.</summary>
    public static RingDeviceSpec[] Devices(int count) =>
    [
        .. Enumerable.Range(0, count).Select(number => new RingDeviceSpec
        {
            Region = 1,
            Zone = 1 + (number / 20 % 5),
            Ip = $"10.{number / 20 / 250}.{number / 20 % 250}.1",
            Port = 6200,
            Device = $"d{number % 20}",
            Weight = number % 2 == 0 ? 4000 : 8000,
        }),
    ];

    /// <summary>A first rebalance, and one after a twentieth of the devices got twice their weight and a fiftieth were removed.</summary>
    private static RingBuilder Rebalance(int partPower, int count, bool print)
    {
        RingDeviceSpec[] devices = Devices(count);
        RingBuilder builder = new(partPower, 3, 1);
        Measure("add", print, () =>
        {
            foreach (RingDeviceSpec device in devices)
                builder.AddDevice(device);
        });
        Measure("first", print, () => builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromInteger(1) }));
        builder.PretendMinPartHoursPassed();
        for (int id = 0; id < count; id += 20)
            builder.SetWeight(new RingDeviceId(id), devices[id].Weight * 2);
        for (int id = 1; id < count; id += 50)
            builder.RemoveDevice(new RingDeviceId(id));
        Measure("second", print, () => builder.Rebalance(new RebalanceOptions { Seed = RingSeed.FromInteger(2) }));
        if (print)
            Console.WriteLine("rows " + Digest(builder.Assignments!));
        return builder;
    }

    private static void Files(RingBuilder builder, int runs)
    {
        string folder = Directory.CreateTempSubdirectory("openstackstorage-bench-").FullName;
        try
        {
            string builderPath = Path.Combine(folder, "object.builder"), ringPath = Path.Combine(folder, "object.ring.gz");
            for (int run = -1; run < runs; run++)
            {
                bool print = run >= 0; // the first one only warms up
                Measure("save-builder", print, () => RingStore.WriteBuilder(builderPath, builder));
                Measure("load-builder", print, () => RingStore.ReadBuilder(builderPath));
                Measure("save-ring", print, () => RingStore.WriteRing(ringPath, builder.GetRing()));
                Measure("load-ring", print, () => RingStore.ReadRing(ringPath));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void LookUp(Ring ring)
    {
        HashPath hashPath = new("", "changeme");
        for (int run = -1; run < 3; run++)
        {
            Measure("lookup", run >= 0, () =>
            {
                for (int number = 0; number < Lookups; number++)
                    _ = ring.GetPrimaries(ring.GetPartition(hashPath, "AUTH_test", "container", "object"));
            }, 1.0 / Lookups);
            Measure("handoff", run >= 0, () =>
            {
                for (int number = 0; number < Lookups; number++)
                {
                    int left = 3;
                    foreach (RingDevice _ in ring.GetHandoffs(new RingPartition(number % ring.Parts)))
                    {
                        if (--left == 0)
                            break;
                    }
                }
            }, 1.0 / Lookups);
        }
    }

    private static string Digest(RingAssignments table)
    {
        using IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (ushort[] row in table.Narrow ?? [])
            md5.AppendData(MemoryMarshal.AsBytes(row.AsSpan()));
        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }

    private static void Measure(string name, bool print, Action action, double scale = 1)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        action();
        if (print)
            Print(name, (Environment.CpuUsage.TotalTime - processor).TotalSeconds * scale);
    }

    private static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:R}"));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
