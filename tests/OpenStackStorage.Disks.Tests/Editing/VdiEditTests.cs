using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Random operations on VDIs of many kinds, beside plain bytes, and power cuts at every change that they make.</summary>
public class VdiEditTests
{
    public static TheoryData<VdiEditCase> Cases() =>
    [
        new() { Name = "dynamic, 4 KiB" },
        new() { Name = "dynamic, 512 bytes, odd size", BlockSize = 512, Size = 200_192 },
        new() { Name = "dynamic, 64 KiB, odd size", BlockSize = 65536, Size = (2 << 20) + 1536 },
        new() { Name = "dynamic, 4 KiB, untidy", Untidy = true },
        new() { Name = "dynamic, 4 KiB, room for a larger map", Room = 1024 },
        new() { Name = "dynamic, 1 MiB", BlockSize = 1 << 20, Size = (9 << 20) + 512 },
        new() { Name = "differencing, 4 KiB", SubFormat = "differencing" },
        new() { Name = "differencing, 64 KiB, untidy, odd size", SubFormat = "differencing", BlockSize = 65536, Size = (1 << 20) + 512, Untidy = true },
        new() { Name = "static, 4 KiB", SubFormat = "static" },
        new() { Name = "static, 512 bytes, odd size", SubFormat = "static", BlockSize = 512, Size = 200_192 },
        new() { Name = "static, 1 MiB", SubFormat = "static", BlockSize = 1 << 20, Size = 5 << 20 },
    ];

    public static TheoryData<VdiEditCase> SmallCases() =>
    [
        new() { Name = "dynamic, 4 KiB", Size = 64 << 10 },
        new() { Name = "dynamic, 512 bytes", BlockSize = 512, Size = 48 << 10 },
        new() { Name = "dynamic, 8 KiB, untidy", BlockSize = 8192, Size = (64 << 10) + 512, Untidy = true },
        new() { Name = "differencing, 4 KiB", SubFormat = "differencing", Size = 64 << 10 },
        new() { Name = "differencing, 16 KiB, untidy", SubFormat = "differencing", BlockSize = 16384, Size = 96 << 10, Untidy = true },
        new() { Name = "static, 4 KiB", SubFormat = "static", Size = 64 << 10 },
        new() { Name = "static, 512 bytes", SubFormat = "static", BlockSize = 512, Size = 48 << 10 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_disk_is_what_the_model_is(VdiEditCase kind)
    {
        bool large = kind.BlockSize >= 1 << 20;
        for (int seed = 1; seed <= 2; seed++)
            Run(kind, seed, large ? 200 : 1200);
    }

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void A_power_cut_leaves_no_corruption(VdiEditCase kind)
    {
        for (int seed = 1; seed <= 3; seed++)
            Cut(kind, seed, isWhole: false, operations: 60);
    }

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void A_power_cut_amid_resizing_and_reparenting_leaves_no_corruption(VdiEditCase kind)
    {
        for (int seed = 1; seed <= 3; seed++)
            Cut(kind, seed, isWhole: true, operations: 60);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Power_cuts_in_many_runs_leave_no_corruption()
    {
        Stopwatch clock = Stopwatch.StartNew();
        for (int seed = 100; seed < 1000 && clock.Elapsed < TimeSpan.FromMinutes(10); seed++)
        {
            foreach (VdiEditCase kind in SmallCases())
                Cut(kind, seed, isWhole: seed % 2 == 0, operations: 120);
        }
    }

    [Fact]
    public void A_malformed_image_is_refused_or_changed_without_any_other_error()
    {
        Random random = new(5);
        foreach (VdiEditCase kind in SmallCases())
        {
            byte[] good = (kind with { }).Create(1).File.ToArray();
            for (int i = 0; i < 300; i++)
            {
                byte[] bytes = (byte[])good.Clone();
                for (int change = random.Next(1, 4); change > 0; change--)
                    bytes[random.Next(0x48, 640)] = (byte)random.Next(256);
                MalformedImage.Change(() => kind.OpenOn(new MemoryBlockDevice("bad.vdi", bytes)), random);
            }
        }
    }

    internal static void Run(VdiEditCase kind, int seed, int operations, bool withQemu = true)
    {
        VdiEditCase image = (kind with { }).Create(seed);
        byte[] end;
        using (EditModel model = new(seed, image.Disk, Math.Min(image.BlockSize, 65536), image.Open)
        {
            OpenToRead = image.OpenToRead,
            Sizes = image.Differencing ? null : (512, 2 * image.Size, 512),
            More = image.Differencing ? [image.Rebase] : [],
        })
        {
            end = model.Run(operations);
        }

        Assert.Empty(image.Check());
        if (withQemu && Tool.Exists("qemu-img") && image.BlockSize == 1 << 20) // qemu knows no others
            CompareWithQemu(image, end);
    }

    private static void CompareWithQemu(VdiEditCase image, byte[] disk)
    {
        using TemporaryFolder folder = new();
        QemuImg.Compare(disk, ["-f", "vdi", folder.Write("image.vdi", image.File.ToArray())]);
    }

    /// <param name="isWhole">Also other sizes and other parents.</param>
    private static void Cut(VdiEditCase kind, int seed, bool isWhole, int operations)
    {
        VdiEditCase image = (kind with { }).Create(seed);
        using CrashRun run = new(DiskImageFormat.Vdi, image.File.ToArray(), seed)
        {
            Options = image.Options,
            Content = [.. Enumerable.Range(0, image.Disk.Length / CrashRun.Sector).Select(sector => image.Disk[sector * CrashRun.Sector])],
            More = !isWhole ? [] : image.Differencing ? [Reparent] : [Resize],
        };
        run.Run(image.OpenOn, operations, cutsPerMoment: 3);

        void Reparent(CrashRun crash) => crash.Become(crash.Now, () => image.Reparent(crash.Editor, crash.Random.Next(2) == 0));

        static void Resize(CrashRun crash)
        {
            byte[] disk = crash.Now;
            Array.Resize(ref disk, crash.Random.Next(1, 400));
            crash.Become(disk, () => crash.Editor.Resize(disk.Length * CrashRun.Sector));
        }
    }
}
