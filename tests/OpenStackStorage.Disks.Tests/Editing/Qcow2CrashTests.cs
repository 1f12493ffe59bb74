using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Power cuts at every change that writing into qcow2 images makes.</summary>
public class Qcow2CrashTests
{
    public static TheoryData<Qcow2EditCase> Cases() =>
    [
        new() { Name = "v3, 4 KiB", Size = 128 << 10 },
        new() { Name = "v3, 512 bytes", ClusterSize = 512, Size = 64 << 10 },
        new() { Name = "v3, 512 bytes, few tables held", ClusterSize = 512, Size = 64 << 10, CacheBudget = 0 },
        new() { Name = "refcount_bits 64, 512 bytes: refcount blocks and their table grow", ClusterSize = 512, Size = 96 << 10, RefcountBits = 64, CacheBudget = 0 },
        new() { Name = "v2, 1 KiB, backing file", Version = 2, ClusterSize = 1024, Size = 64 << 10, Backing = 48 << 10 },
        new() { Name = "v3, 1 KiB, longer backing file", ClusterSize = 1024, Size = 64 << 10, Backing = 128 << 10 },
        new() { Name = "extended L2, 16 KiB", ClusterSize = 16384, ExtendedL2 = true, Size = 256 << 10 },
        new() { Name = "compressed, 4 KiB", Size = 128 << 10, Compressed = true },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_power_cut_leaves_no_corruption_and_every_flushed_byte(Qcow2EditCase image)
    {
        for (int seed = 1; seed <= 3; seed++)
            Run(image, seed, snapshots: false, operations: 60);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_power_cut_amid_snapshots_and_resizing_leaves_no_corruption(Qcow2EditCase image)
    {
        for (int seed = 1; seed <= 3; seed++)
            Run(image, seed, snapshots: true, operations: 60);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Power_cuts_in_many_runs_leave_no_corruption()
    {
        Stopwatch clock = Stopwatch.StartNew();
        for (int seed = 100; seed < 1000 && clock.Elapsed < TimeSpan.FromMinutes(10); seed++)
        {
            foreach (Qcow2EditCase kind in Cases())
                Run(kind, seed, snapshots: seed % 2 == 0, operations: 120);
        }
    }

    private static void Run(Qcow2EditCase kind, int seed, bool snapshots, int operations)
    {
        Qcow2EditCase image = (kind with { }).CreateOfSectors(seed);
        Dictionary<string, byte[]> known = [];
        List<Action<CrashRun>> more = [];
        if (snapshots)
            more = image.Version > 2 ? [Create, Create, Restore, Remove, Resize] : [Create, Create, Restore, Remove];
        using CrashRun run = new(DiskImageFormat.Qcow2, image.Bytes, seed)
        {
            Options = image.Options,
            Content = [.. Enumerable.Range(0, image.Disk.Length / CrashRun.Sector).Select(sector => image.Disk[sector * CrashRun.Sector])],
            More = more,
        };
        run.Run(image.OpenOn, operations, cutsPerMoment: 3);

        void Create(CrashRun crash) => crash.Become(crash.Now, () =>
            known[Image(crash).CreateSnapshot("s", DateTimeOffset.UnixEpoch).Id] = (byte[])crash.Now.Clone());

        void Restore(CrashRun crash)
        {
            if (Pick(crash) is { } id)
                crash.Become((byte[])known[id].Clone(), () => Image(crash).RestoreSnapshot(id));
        }

        void Remove(CrashRun crash)
        {
            if (Pick(crash) is not { } id)
                return;
            crash.Become(crash.Now, () => Image(crash).RemoveSnapshot(id));
            known.Remove(id);
        }

        void Resize(CrashRun crash)
        {
            byte[] disk = new byte[crash.Random.Next(1, 2 * image.Size / CrashRun.Sector)];
            crash.Now.AsSpan(0, Math.Min(disk.Length, crash.Now.Length)).CopyTo(disk);
            crash.Become(disk, () => crash.Editor.Resize(disk.Length * (long)CrashRun.Sector));
        }

        string? Pick(CrashRun crash) => known.Count == 0 ? null : known.Keys.ElementAt(crash.Random.Next(known.Count));
    }

    private static Qcow2WritableImage Image(CrashRun run) => (Qcow2WritableImage)run.Editor.Image;
}
