namespace OpenStackStorage.Disks.Tests;

/// <summary>Power cuts at every change that writing into VMDK disks makes.</summary>
public class VmdkCrashTests
{
    public static TheoryData<VmdkEditCase> Cases() =>
    [
        new() { Case = "1 KiB grains", GrainSectors = 2, Size = 64 << 10 },
        new() { Case = "1 KiB grains, zeroed grains, longer parent", GrainSectors = 2, ZeroedGrains = true, Parent = 96 << 10, Size = 64 << 10 },
        new() { Case = "1 KiB grains, shorter parent", GrainSectors = 2, Parent = 40 << 10, Size = 64 << 10 },
        new() { Case = "1 KiB grains, no tables yet", GrainSectors = 2, Tables = false, Parent = 48 << 10, Size = 64 << 10 },
        new() { Case = "1 KiB grains, no redundant directory", GrainSectors = 2, Redundant = false, Size = 64 << 10 },
        new() { Case = "512 bytes, 256 to a table, a long descriptor", GrainSectors = 1, TableEntries = 256, Comment = 500, Size = 96 << 10 },
        new() { Case = "4 KiB grains, 256 to a table", TableEntries = 256, Size = 128 << 10 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_power_cut_leaves_no_corruption_and_every_flushed_byte(VmdkEditCase disk)
    {
        for (int seed = 1; seed <= 3; seed++)
            Run(disk, seed, resize: false, operations: 60);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_power_cut_amid_resizing_leaves_no_corruption(VmdkEditCase disk)
    {
        for (int seed = 1; seed <= 3; seed++)
            Run(disk, seed, resize: true, operations: 60);
    }

    private static void Run(VmdkEditCase kind, int seed, bool resize, int operations)
    {
        VmdkEditCase disk = (kind with { }).CreateOfSectors(seed);
        using CrashRun run = new(DiskImageFormat.Vmdk, disk.Bytes, seed)
        {
            Options = disk.Options,
            Content = [.. Enumerable.Range(0, disk.Disk.Length / CrashRun.Sector).Select(sector => disk.Disk[sector * CrashRun.Sector])],
            More = resize ? [Resize, crash => crash.Editor.Close()] : [],
        };
        run.Run(disk.OpenOn, operations, cutsPerMoment: 3);

        void Resize(CrashRun crash)
        {
            byte[] changed = new byte[crash.Random.Next(1, 2 * disk.Size / CrashRun.Sector)];
            crash.Now.AsSpan(0, Math.Min(changed.Length, crash.Now.Length)).CopyTo(changed);
            crash.Become(changed, () => crash.Editor.Resize(changed.Length * (long)CrashRun.Sector));
        }
    }
}
