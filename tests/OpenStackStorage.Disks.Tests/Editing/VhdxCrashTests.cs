using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Power cuts at every change that writing into VHDX images makes: what is left is opened, its log replayed.</summary>
public class VhdxCrashTests
{
    private const int MiB = 1 << 20;

    public static TheoryData<VhdxEditCase> Cases() =>
    [
        new() { Name = "dynamic", Size = 2 * MiB },
        new() { Name = "fixed", Fixed = true, Size = MiB + 4096 },
        new() { Name = "differencing", Parent = 2 * MiB, Size = 2 * MiB },
        new() { Name = "differencing, longer parent", Parent = 3 * MiB, Size = MiB + 512 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_power_cut_leaves_no_corruption_and_every_flushed_byte(VhdxEditCase image)
    {
        for (int seed = 1; seed <= 2; seed++)
            Run(image, seed, isWhole: false, operations: 40);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_power_cut_amid_resizing_and_reparenting_leaves_no_corruption(VhdxEditCase image)
    {
        for (int seed = 1; seed <= 2; seed++)
            Run(image, seed, isWhole: true, operations: 40);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Power_cuts_in_many_runs_leave_no_corruption()
    {
        Stopwatch clock = Stopwatch.StartNew();
        for (int seed = 100; seed < 1000 && clock.Elapsed < TimeSpan.FromMinutes(10); seed++)
        {
            foreach (VhdxEditCase kind in Cases())
                Run(kind, seed, isWhole: seed % 3 != 0, operations: 100);
        }
    }

    /// <param name="isWhole">Also other sizes and other parents.</param>
    private static void Run(VhdxEditCase kind, int seed, bool isWhole, int operations)
    {
        VhdxEditCase image = (kind with { }).CreateOfSectors(seed);
        bool alone = false;
        using CrashRun run = new(DiskImageFormat.Vhdx, image.Bytes, seed)
        {
            Options = image.Options,
            Content = [.. Enumerable.Range(0, image.Disk.Length / CrashRun.Sector).Select(sector => image.Disk[sector * CrashRun.Sector])],
            More = !isWhole ? [Discard] : image.Parent is null ? [Discard, Resize] : seed % 2 == 0 ? [Discard, Resize, Reparent] : [Rebase],
        };
        run.Run(image.OpenOn, operations, cutsPerMoment: 2);

        void Reparent(CrashRun crash) => crash.Become(crash.Now, () => image.Reparent(crash.Editor, crash.Random.Next(2) == 0));

        void Rebase(CrashRun crash)
        {
            if (alone)
                return;
            alone = true;
            // The second block lies over zeroes and so stays in part the parent's; its bits are not in the log's last entry.
            int block = MiB / CrashRun.Sector;
            crash.Fill(block, Math.Min(5, crash.Now.Length - block), 77);
            crash.Become(crash.Now, crash.Editor.Flush);
            crash.Zero(0, block);
            crash.Become(crash.Now, crash.Editor.Flush);
            crash.Become(crash.Now, () => ImageRebase.Rebase(crash.Editor, null, null, 1, new WorkProgress(), CancellationToken.None));
        }

        // A whole block, as shorter ranges never free one.
        void Discard(CrashRun crash)
        {
            int sectors = MiB / CrashRun.Sector;
            int start = crash.Random.Next((crash.Now.Length / sectors) + 1) * sectors;
            crash.Zero(start, Math.Min(sectors, crash.Now.Length - start));
        }

        void Resize(CrashRun crash)
        {
            byte[] disk = new byte[crash.Random.Next(1, 2 * image.Size / CrashRun.Sector)];
            crash.Now.AsSpan(0, Math.Min(disk.Length, crash.Now.Length)).CopyTo(disk);
            crash.Become(disk, () => crash.Editor.Resize(disk.Length * (long)CrashRun.Sector));
        }
    }
}
