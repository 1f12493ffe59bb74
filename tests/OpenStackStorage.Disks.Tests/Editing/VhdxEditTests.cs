namespace OpenStackStorage.Disks.Tests;

/// <summary>Random operations on VHDX images of many kinds, beside plain bytes.</summary>
public class VhdxEditTests
{
    private const int MiB = 1 << 20;

    public static TheoryData<VhdxEditCase> Cases() =>
    [
        new() { Name = "dynamic" },
        new() { Name = "dynamic, odd size", Size = (2 * MiB) + 1536 },
        new() { Name = "dynamic, 4096-byte sectors", SectorSize = 4096 },
        new() { Name = "dynamic, 2 MiB", BlockSize = 2 * MiB, Size = 5 * MiB },
        new() { Name = "fixed", Fixed = true, Size = (2 * MiB) + 4096 },
        new() { Name = "differencing", Parent = 3 * MiB },
        new() { Name = "differencing, shorter parent", Parent = MiB + 4096, Size = (3 * MiB) + 512 },
        new() { Name = "differencing, longer parent, 2 MiB", BlockSize = 2 * MiB, Parent = 7 * MiB, Size = (2 * MiB) + 512 },
        new() { Name = "differencing, 4096-byte sectors", SectorSize = 4096, Parent = 4 * MiB },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_image_is_what_the_model_is(VhdxEditCase image)
    {
        for (int seed = 1; seed <= 2; seed++)
            Run(image with { }, seed, seed == 1 ? 400 : 2000, unit: seed == 1 ? MiB : 65536);
    }

    [Fact]
    public void A_malformed_image_is_refused_or_changed_without_any_other_error()
    {
        Random random = new(5);
        foreach (VhdxEditCase kind in new[] { new VhdxEditCase { Size = 2 * MiB }, new VhdxEditCase { Size = MiB + 512, Parent = 2 * MiB } })
        {
            byte[] good = kind.Create(1).Bytes;
            for (int i = 0; i < 150; i++)
            {
                VhdxTestImage bad = VhdxTestImage.Of((byte[])good.Clone());
                for (int change = random.Next(1, 4); change > 0; change--)
                    bad.SetBytes(Place(random), [(byte)random.Next(256)]);
                MalformedImage.Change(() => kind.OpenOn(new MemoryBlockDevice("bad.vhdx", bad.Bytes)), random);
            }
        }

        static int Place(Random random) => random.Next(5) switch
        {
            0 => (random.Next(2) == 0 ? VhdxTestImage.Header1 : VhdxTestImage.Header2) + random.Next(8, 80),
            1 => (random.Next(2) == 0 ? VhdxTestImage.Regions1 : VhdxTestImage.Regions2) + random.Next(8, 80),
            2 => VhdxTestImage.Metadata + random.Next(240),
            3 => VhdxTestImage.Items + random.Next(100),
            _ => VhdxTestImage.Bat + random.Next(24),
        };
    }

    internal static void Run(VhdxEditCase image, int seed, int operations, int unit, bool withQemu = true)
    {
        image.Create(seed);
        bool alone;
        byte[] end;
        using (EditModel model = new(seed, image.Disk, unit, image.Open)
        {
            OpenToRead = image.OpenToRead,
            Sizes = (0, 2 * image.Size, image.SectorSize),
            More = image.Parent is null ? [] : [image.Rebase],
        })
        {
            end = model.Run(operations);
            alone = model.StandsAlone;
        }

        // Memory has no holes: what was freed in the middle of the file counts as a leak there.
        Assert.DoesNotContain(image.Check(), finding => finding.Severity != CheckSeverity.Leak);
        if (withQemu && Tool.Exists("qemu-img") && image.SectorSize == 512 && (image.Parent is null || alone)) // qemu knows no others
            CompareWithQemu(image, end);
    }

    private static void CompareWithQemu(VhdxEditCase image, byte[] disk)
    {
        using TemporaryFolder folder = new();
        QemuImg.Compare(disk, ["-f", "vhdx", folder.Write("a.vhdx", image.Bytes)]);
    }
}
