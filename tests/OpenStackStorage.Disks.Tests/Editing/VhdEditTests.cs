using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Random operations on VHDs of many kinds, beside plain bytes, and power cuts at every change that they make.</summary>
public class VhdEditTests
{
    public static TheoryData<VhdEditCase> Cases() =>
    [
        new() { Name = "dynamic, 4 KiB" },
        new() { Name = "dynamic, 512 bytes, odd size", BlockSize = 512, Size = 200_192 },
        new() { Name = "dynamic, 64 KiB, odd size", BlockSize = 65536, Size = (2 << 20) + 1536 },
        new() { Name = "dynamic, 4 KiB, untidy", Untidy = true },
        new() { Name = "dynamic, 16 KiB, untidy, odd size", BlockSize = 16384, Size = 1_000_448, Untidy = true },
        new() { Name = "dynamic, 4 MiB: bitmaps of two sectors", BlockSize = 4 << 20, Size = (9 << 20) + 512 },
        new() { Name = "dynamic, table far behind the header", Table = 70_144 },
        new() { Name = "differencing, 4 KiB", SubFormat = "differencing" },
        new() { Name = "differencing, 64 KiB, untidy, odd size", SubFormat = "differencing", BlockSize = 65536, Size = (1 << 20) + 512, Untidy = true },
        new() { Name = "differencing, 2 MiB", SubFormat = "differencing", BlockSize = 2 << 20, Size = 5 << 20 },
        new() { Name = "fixed", SubFormat = "fixed" },
        new() { Name = "fixed, odd size", SubFormat = "fixed", Size = 100_352 },
    ];

    public static TheoryData<VhdEditCase> SmallCases() =>
    [
        new() { Name = "dynamic, 4 KiB", Size = 64 << 10 },
        new() { Name = "dynamic, 512 bytes", BlockSize = 512, Size = 48 << 10 },
        new() { Name = "dynamic, 8 KiB, untidy", BlockSize = 8192, Size = (64 << 10) + 512, Untidy = true },
        new() { Name = "differencing, 4 KiB", SubFormat = "differencing", Size = 64 << 10 },
        new() { Name = "differencing, 16 KiB, untidy", SubFormat = "differencing", BlockSize = 16384, Size = 96 << 10, Untidy = true },
        new() { Name = "fixed", SubFormat = "fixed", Size = 64 << 10 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_disk_is_what_the_model_is(VhdEditCase kind)
    {
        bool large = kind.BlockSize > 1 << 20;
        for (int seed = 1; seed <= 2; seed++)
            Run(kind, seed, large ? 200 : 1200);
    }

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void A_power_cut_leaves_no_corruption(VhdEditCase kind)
    {
        for (int seed = 1; seed <= 3; seed++)
            Cut(kind, seed, isWhole: false, operations: 60);
    }

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void A_power_cut_amid_resizing_and_reparenting_leaves_a_disk_that_heals(VhdEditCase kind)
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
            foreach (VhdEditCase kind in SmallCases())
                Cut(kind, seed, isWhole: seed % 2 == 0, operations: 120);
        }
    }

    [Fact]
    public void A_malformed_disk_is_refused_or_changed_without_any_other_error()
    {
        Random random = new(5);
        foreach (VhdEditCase kind in SmallCases())
        {
            byte[] good = (kind with { }).Create(1).File.ToArray();
            for (int i = 0; i < 300; i++)
            {
                byte[] bytes = (byte[])good.Clone();
                for (int change = random.Next(1, 4); change > 0; change--)
                {
                    int at = random.Next(3) == 0 ? bytes.Length - 512 + random.Next(90) : random.Next(2048);
                    bytes[at] = (byte)random.Next(256);
                }

                Seal(bytes, bytes.Length - 512, 512, VhdFooter.ChecksumOffset);
                Seal(bytes, 0, 512, VhdFooter.ChecksumOffset);
                Seal(bytes, 512, 1024, VhdDynamicHeader.ChecksumOffset);
                MalformedImage.Change(() => kind.OpenOn(new MemoryBlockDevice("bad.vhd", bytes)), random);
            }
        }

        static void Seal(byte[] bytes, int offset, int length, int field) =>
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset + field), VhdChecksum.Of(bytes.AsSpan(offset, length), field));
    }

    internal static void Run(VhdEditCase kind, int seed, int operations, bool withQemu = true)
    {
        VhdEditCase image = (kind with { }).Create(seed);
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

        // What a shrunken disk gave up, and what was untidy before, may be left over.
        Assert.DoesNotContain(image.Check(), finding => finding.Severity == CheckSeverity.Corruption);
        if (withQemu && Tool.Exists("qemu-img") && !image.Differencing && !image.Untidy && image.BlockSize >= 4096) // qemu gives smaller blocks no bitmap
            CompareWithQemu(image, end);
    }

    private static void CompareWithQemu(VhdEditCase image, byte[] disk)
    {
        using TemporaryFolder folder = new();
        QemuImg.Compare(disk, ["-f", "vpc", folder.Write("image.vhd", image.File.ToArray())], hasCheck: false);
    }

    /// <param name="isWhole">Also what changes both footers: in between, the copy at the start stands for both.</param>
    private static void Cut(VhdEditCase kind, int seed, bool isWhole, int operations)
    {
        VhdEditCase image = (kind with { }).Create(seed);
        using CrashRun run = new(DiskImageFormat.Vhd, image.File.ToArray(), seed)
        {
            Options = image.Options,
            Content = [.. Enumerable.Range(0, image.Disk.Length / CrashRun.Sector).Select(sector => image.Disk[sector * CrashRun.Sector])],
            More = !isWhole ? [] : image.Differencing ? [Reparent] : [Resize],
            Tolerated = finding => isWhole && finding.Field == "Hard Disk Footer",
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
