namespace OpenStackStorage.Disks.Tests;

/// <summary>Random edits of VMDK disks, held against plain bytes, our check and qemu-img.</summary>
public class VmdkEditTests
{
    public static TheoryData<VmdkEditCase> Cases() =>
    [
        new() { Case = "monolithicSparse", SubFormat = "monolithicSparse", Size = 5 << 20 },
        new() { Case = "monolithicSparse, zeroed grains", SubFormat = "monolithicSparse", ZeroedGrains = true, Size = (5 << 20) + 1536 },
        new() { Case = "monolithicSparse, parent", SubFormat = "monolithicSparse", Parent = 5 << 20, Size = 5 << 20 },
        new() { Case = "twoGbMaxExtentSparse", SubFormat = "twoGbMaxExtentSparse", Size = (4 << 20) + 512 },
        new() { Case = "twoGbMaxExtentSparse, parent, zeroed grains", SubFormat = "twoGbMaxExtentSparse", Parent = 5 << 20, ZeroedGrains = true, Size = 5 << 20 },
        new() { Case = "monolithicFlat", SubFormat = "monolithicFlat", Size = (3 << 20) + 512 },
        new() { Case = "twoGbMaxExtentFlat", SubFormat = "twoGbMaxExtentFlat", Size = 3 << 20 },
        new() { Case = "4 KiB grains, 16 to a table" },
        new() { Case = "4 KiB grains, zeroed grains, a longer parent", ZeroedGrains = true, Parent = (1 << 20) + 70_144, Size = 700 * 512 },
        new() { Case = "4 KiB grains, a shorter parent", Parent = 400 * 512, Size = 900 * 512 },
        new() { Case = "4 KiB grains, a longer parent", Parent = 1 << 20, Size = 900 * 512 },
        new() { Case = "4 KiB grains, no tables yet", Tables = false },
        new() { Case = "2 KiB grains, no redundant directory, no tables yet", GrainSectors = 4, Redundant = false, Tables = false, ZeroedGrains = true },
        new() { Case = "512 bytes, 256 to a table, a long descriptor", GrainSectors = 1, TableEntries = 256, Comment = 600, Size = 300 * 512 },
        new() { Case = "custom: aligned extents", Extents = [800, 80, 161], Size = 1041 * 512 },
        new() { Case = "custom: extents at odd places", Extents = [803, 81, 161], ZeroedGrains = true, Size = 1045 * 512 },
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_disk_is_what_the_model_is(VmdkEditCase disk)
    {
        for (int seed = 1; seed <= 2; seed++)
            Run(disk with { }, seed, 900);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Zeroes_of_a_disk_that_stood_alone_hide_what_a_parent_has(bool zeroedGrains)
    {
        VmdkEditCase disk = new VmdkEditCase { Parent = 1 << 20, ZeroedGrains = zeroedGrains }.Create(1);
        Rebase(null);
        using (ImageEditor editor = disk.Open())
        {
            editor.Zero(default, editor.Length, free: true);
            editor.Close();
        }

        using (VmdkImage parent = disk.OpenParent())
            Rebase(parent);

        using ImageEditor after = disk.Open();
        byte[] read = new byte[after.Length];
        after.Read(default, read);
        Assert.Equal(-1, read.AsSpan().IndexOfAnyExcept((byte)0));

        void Rebase(VmdkImage? parent)
        {
            using ImageEditor editor = disk.Open();
            ImageRebase.Rebase(editor, parent?.File.Path, parent, 1, new WorkProgress(), CancellationToken.None);
        }
    }

    internal static void Run(VmdkEditCase disk, int seed, int operations, bool withQemu = true)
    {
        disk.Create(seed);
        byte[] end;
        using (EditModel model = new(seed, disk.Disk, disk.Unit, disk.Open)
        {
            OpenToRead = disk.OpenToRead,
            Sizes = disk.CanResize ? (512, 2 * disk.Size, 512) : null,
            More = disk.Parent is null ? [] : [disk.Rebase],
        })
        {
            end = model.Run(operations);
        }

        Assert.DoesNotContain(disk.Check(), finding => finding.Severity != CheckSeverity.Leak);
        if (withQemu && Tool.Exists("qemu-img"))
            CompareWithQemu(disk, end);
    }

    /// <summary>qemu reads no descriptor with extents of other kinds in one disk.</summary>
    private static void CompareWithQemu(VmdkEditCase disk, byte[] expected)
    {
        if (disk.Extents.Count > 0)
            return;
        using TemporaryFolder folder = new();
        QemuImg.Compare(expected, ["-f", "vmdk", disk.Store(folder)]);
    }
}
