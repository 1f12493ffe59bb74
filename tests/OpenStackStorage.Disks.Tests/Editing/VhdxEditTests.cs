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

    private static void Run(VhdxEditCase image, int seed, int operations, int unit)
    {
        image.Create(seed);
        byte[] end;
        using (EditModel model = new(seed, image.Disk, unit, image.Open) { Sizes = (0, 2 * image.Size, image.SectorSize) })
        {
            model.Run(operations);
            end = model.Disk;
            model.Editor.Close();
        }

        // Memory has no holes: what was freed in the middle of the file counts as a leak there.
        Assert.DoesNotContain(image.Check(), finding => finding.Severity != CheckSeverity.Leak);
        if (Tool.Exists("qemu-img") && image is { Parent: null, SectorSize: 512 }) // qemu knows no others
            CompareWithQemu(image, end);
    }

    private static void CompareWithQemu(VhdxEditCase image, byte[] disk)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.vhdx", image.Bytes);
        Tool.Run("qemu-img", "check", "-f", "vhdx", path);
        Tool.Run("qemu-img", "convert", "-f", "vhdx", "-O", "raw", path, folder["out.raw"]);
        Assert.Equal(disk, File.ReadAllBytes(folder["out.raw"]));
    }
}
