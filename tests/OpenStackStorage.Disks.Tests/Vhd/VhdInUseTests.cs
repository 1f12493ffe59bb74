namespace OpenStackStorage.Disks.Tests;

/// <summary>What changing a VHD in place leaves in the file, and what it refuses.</summary>
public sealed class VhdInUseTests : IDisposable
{
    private const int Block = 2 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_block_lies_behind_the_last_and_the_file_ends_with_the_footer()
    {
        MemoryBlockDevice file = new("a.vhd", VhdTestImage.Create().Bytes);
        long before = file.Length;
        Edit(file, editor => editor.Write(new GuestOffset(Block + 5), [1, 2, 3]));

        VhdMetadata metadata = VhdMetadata.Read(file);
        uint[] table = VhdBlockTable.Read(file, metadata.Header!, 3);
        Assert.Equal((before - 512 + 4095) / 4096 * 4096 + 4096, (table[1] * 512L) + 512);
        Assert.Equal((table[1] * 512L) + 512 + Block, metadata.FooterOffset);
        Assert.Null(metadata.FooterDamage);
        byte[] bytes = file.ToArray();
        Assert.Equal([255, 1, 2, 3], [bytes[table[1] * 512], .. bytes[(int)((table[1] * 512) + 512 + 5)..][..3]]);
        Assert.Empty(Check(file));
    }

    [Theory]
    [InlineData(0)] // lost with the last sector
    [InlineData(512)] // overwritten
    public void A_disk_whose_end_was_lost_is_written_and_gets_its_footer_back(int kept)
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Truncate(image.Bytes.Length - 512 + kept);
        image.Bytes.AsSpan(image.Bytes.Length - 512, kept).Fill(0x5A);
        MemoryBlockDevice file = new("a.vhd", image.Bytes);
        byte[] disk = image.Disk;
        disk[0] = 77;

        Edit(file, editor => editor.Write(default, [77]));

        Assert.Equal(disk, ReadAll(file));
        Assert.Empty(Check(file));
    }

    [Fact]
    public void A_damaged_copy_of_the_footer_is_written_again()
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Bytes[3] ^= 1;
        MemoryBlockDevice file = new("a.vhd", image.Bytes);
        Edit(file, editor => editor.Write(default, [77]));
        Assert.Empty(Check(file));
    }

    [Fact]
    public void Opening_and_closing_changes_nothing()
    {
        byte[] bytes = VhdTestImage.Create().Bytes;
        MemoryBlockDevice file = new("a.vhd", (byte[])bytes.Clone());
        Edit(file, editor => editor.Read(default, new byte[4096]));
        Assert.Equal(bytes, file.ToArray());
    }

    [Fact]
    public void A_childs_sector_is_stored_and_its_neighbours_stay_the_parents()
    {
        VhdTestImage parent = VhdTestImage.Create();
        VhdTestImage child = VhdTestImage.CreateChild(parent, parent.Disk);
        MemoryBlockDevice file = new("child.vhd", child.Bytes);
        byte[] disk = parent.Disk;
        disk[700] = 200;
        disk.AsSpan(Block, 512).Clear();

        Edit(file, editor =>
        {
            editor.Write(new GuestOffset(700), [200]);
            editor.Zero(new GuestOffset(VhdTestImage.SecondData), 512, free: true); // the parent has data here
            disk.AsSpan(VhdTestImage.SecondData, 512).Clear();
        }, parent);

        using DiskImage image = Open(file, parent);
        Assert.Equal(disk, TestDisks.ReadAll(image));
        Assert.Equal((ExtentKind.Backing, 512L), Kind(image.Map(default, new GuestOffset(4096))));
        Assert.Equal((ExtentKind.Data, 512L), Kind(image.Map(new GuestOffset(512), new GuestOffset(4096))));
        Assert.Equal((ExtentKind.Data, 512L), Kind(image.Map(new GuestOffset(VhdTestImage.SecondData), new GuestOffset(VhdTestImage.DiskSize))));
    }

    [Fact]
    public void Freed_space_is_given_back_to_the_host()
    {
        string path = _folder.Write("a.vhd", VhdTestImage.Create(disk: [.. Enumerable.Repeat((byte)7, VhdTestImage.DiskSize)]).Bytes);
        using (ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions())))
        {
            editor.Zero(new GuestOffset(Block), Block, free: true);
            editor.Close();
        }

        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        Assert.InRange(device.AllocatedLength, 2 * Block, (2 * Block) + (1 << 20));
        Assert.Empty(Check(device));
    }

    [Fact]
    public void A_larger_disk_has_a_larger_table_behind_its_blocks()
    {
        VhdTestImage image = VhdTestImage.Create();
        MemoryBlockDevice file = new("a.vhd", image.Bytes);
        long before = file.Length;
        const long Large = 100L << 30;
        Edit(file, editor =>
        {
            editor.Resize(Large);
            editor.Write(new GuestOffset(Large - 3), [1, 2, 3]);
        });

        VhdMetadata metadata = VhdMetadata.Read(file);
        Assert.Equal((Large, (uint)(Large / Block), (ulong)before - 512), (metadata.VirtualSize, metadata.Header!.MaxTableEntries, metadata.Header.TableOffset));
        Assert.Equal(VhdGeometry.Of(Large / 512), metadata.Footer.Geometry);
        Assert.Empty(Check(file));
        using ImageEditor again = new(ImageFormats.OpenWritable(file, new ImageOpenOptions()));
        byte[] end = new byte[4];
        again.Read(new GuestOffset(Large - 4), end);
        Assert.Equal([0, 1, 2, 3], end);
    }

    [Fact]
    public void A_smaller_disk_has_a_smaller_file()
    {
        MemoryBlockDevice file = new("a.vhd", VhdTestImage.Create().Bytes);
        Edit(file, editor => editor.Resize(Block));
        Assert.InRange(file.Length, Block, Block + 8192);
        Assert.Empty(Check(file));
    }

    [Fact]
    public void A_disk_whose_size_was_its_geometry_gets_exactly_the_size_asked_for()
    {
        MemoryBlockDevice file = new("a.vhd", VhdTestImage.Create(options: ("force_size", "off")).Bytes);
        Edit(file, editor => editor.Resize((50 << 20) + 512));
        Assert.Equal((50 << 20) + 512, VhdMetadata.Read(file).VirtualSize);
    }

    [Theory]
    [InlineData("dynamic", (2040L << 30) + 1)]
    [InlineData("fixed", (2040L << 30) + 512)]
    [InlineData("dynamic", -1)]
    public void A_size_that_a_VHD_can_not_have_is_refused(string subFormat, long size) =>
        Refused(new MemoryBlockDevice("a.vhd", VhdTestImage.Create(subFormat).Bytes), null, editor => editor.Resize(size), "2040 GiB");

    [Fact]
    public void A_child_keeps_the_size_of_its_parent()
    {
        VhdTestImage parent = VhdTestImage.Create();
        Refused(new MemoryBlockDevice("child.vhd", VhdTestImage.CreateChild(parent, parent.Disk).Bytes), parent, editor => editor.Resize(Block), "size of its parent");
    }

    [Fact]
    public void A_child_is_given_another_parent()
    {
        VhdTestImage parent = VhdTestImage.Create();
        MemoryBlockDevice file = new("child.vhd", VhdTestImage.CreateChild(parent, parent.Disk).Bytes);
        byte[] other = VhdTestImage.DefaultDisk();
        other.AsSpan(0, 30_000).Fill(9);
        other.AsSpan(Block, 30_000).Fill(9);
        string path = _folder.Write("other name.vhd", Dynamic(other));
        using (DiskImage backing = TestDisks.Open(path))
        {
            using ImageEditor editor = Editor(file, parent);
            ImageRebase.Rebase(editor, "other name.vhd", backing, 2, new WorkProgress(), CancellationToken.None);
        }

        Assert.Equal("other name.vhd", VhdParentName(file));
        string child = _folder.Write("child.vhd", file.ToArray());
        Assert.Equal(parent.Disk, TestDisks.ReadAll(child));
        Assert.Empty(TestDisks.Check(child));
        VhdMetadata metadata = VhdMetadata.Read(file);
        Assert.Equal((512L, VhdTestImage.ChildId), (metadata.HeaderOffset, metadata.Header!.ParentUniqueId));

        static byte[] Dynamic(byte[] disk)
        {
            MemoryBlockDevice target = new("image.vhd");
            using RawImage source = new(new MemoryBlockDevice("disk.raw", disk));
            using ImageWriter writer = VhdTestImage.Format(VhdTestImage.ChildId).Create(target, new ImageCreateOptions { VirtualSize = disk.Length });
            new ImageCopy(new ImageReader(source), backing: null, writer, new WorkProgress()).Run(1, CancellationToken.None);
            writer.Finish();
            return target.ToArray();
        }
    }

    [Fact]
    public void A_child_without_its_parent_is_a_dynamic_disk_that_qemu_reads()
    {
        VhdTestImage parent = VhdTestImage.Create();
        MemoryBlockDevice file = new("child.vhd", VhdTestImage.CreateChild(parent, parent.Disk).Bytes);
        using (ImageEditor editor = Editor(file, parent))
            ImageRebase.Rebase(editor, null, null, 2, new WorkProgress(), CancellationToken.None);

        Assert.Equal(VhdDiskType.Dynamic, VhdMetadata.Read(file).Footer.DiskType);
        Assert.Equal(parent.Disk, ReadAll(file));
        Assert.Empty(Check(file));
        if (!Tool.Exists("qemu-img"))
            return;
        Tool.Run("qemu-img", "compare", "-f", "vpc", "-F", "raw", _folder.Write("a.vhd", file.ToArray()), _folder.Write("a.raw", parent.Disk));
    }

    [Fact]
    public void A_child_is_merged_into_its_parent()
    {
        VhdTestImage parent = VhdTestImage.Create();
        byte[] disk = VhdTestImage.DefaultDisk();
        disk.AsSpan(Block + 1000, 100_000).Fill(3);
        disk.AsSpan(0, 8192).Clear();
        VhdTestImage child = VhdTestImage.CreateChild(parent, disk);
        MemoryBlockDevice file = new("parent.vhd", parent.Bytes);
        using (DiskImage top = child.Open(gate: new VhdTestImage.Parents(("parent.vhd", (byte[])parent.Bytes.Clone()))))
        {
            using ImageEditor editor = Editor(file, null);
            ImageMerge.Merge(top, top.Backing!, editor, 2, new WorkProgress(), CancellationToken.None);
        }

        Assert.Equal(disk, ReadAll(file));
        Assert.Empty(Check(file));
    }

    [Fact]
    public void A_parent_that_does_not_fit_is_refused()
    {
        VhdTestImage parent = VhdTestImage.Create();
        MemoryBlockDevice file = new("child.vhd", VhdTestImage.CreateChild(parent, parent.Disk).Bytes);
        using DiskImage larger = VhdTestImage.Create(disk: new byte[8 << 20]).Open();
        using RawImage raw = new(new MemoryBlockDevice("a.raw", new byte[VhdTestImage.DiskSize]));
        Refused(file, parent, editor => editor.Image.SetBacking("a.vhd", larger), "must be equal");
        Refused(file, parent, editor => editor.Image.SetBacking("a.raw", raw), "another VHD");
        Refused(new MemoryBlockDevice("a.vhd", parent.Bytes), null, editor => editor.Image.SetBacking("a.vhd", larger), "dynamic VHD");
    }

    [Fact]
    public void A_disk_with_a_saved_state_is_only_read()
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Bytes[84] = image.Bytes[image.Footer + 84] = 1;
        image.Seal();
        Assert.Throws<ImageFeatureException>(() => ImageFormats.OpenWritable(new MemoryBlockDevice("a.vhd", image.Bytes), new ImageOpenOptions()));
    }

    [Fact]
    public void What_others_keep_in_reserved_bytes_of_the_footer_stays()
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Bytes[85] = image.Bytes[image.Footer + 85] = 1; // "hidden", as the tools of Xen have it
        image.Seal();
        MemoryBlockDevice file = new("a.vhd", image.Bytes);
        Edit(file, editor => editor.Resize(Block));
        Assert.Equal((1, 1), (file.ToArray()[85], file.ToArray()[(int)file.Length - 512 + 85]));
    }

    private static (ExtentKind, long) Kind(Extent extent) => (extent.Kind, extent.Length);

    private static string VhdParentName(BlockDevice file) => ImageFormats.Get(DiskImageFormat.Vhd).Describe(file).BackingFile![2..];

    private static ImageOpenOptions Options(VhdTestImage? parent) =>
        new() { Gate = parent is null ? OpenGate.Deny : new VhdTestImage.Parents(("parent.vhd", parent.Bytes)) };

    private static DiskImage Open(BlockDevice file, VhdTestImage? parent) => ImageFormats.Open(file, Options(parent));

    private static ImageEditor Editor(BlockDevice file, VhdTestImage? parent) => new(ImageFormats.OpenWritable(file, Options(parent)));

    private static byte[] ReadAll(BlockDevice file)
    {
        using DiskImage image = Open(file, null);
        return TestDisks.ReadAll(image);
    }

    private static List<CheckFinding> Check(BlockDevice file) =>
        [.. ImageFormats.Get(DiskImageFormat.Vhd).Check(file, deep: true, new WorkProgress(), CancellationToken.None)];

    private static void Edit(BlockDevice file, Action<ImageEditor> change, VhdTestImage? parent = null)
    {
        using ImageEditor editor = Editor(file, parent);
        change(editor);
        editor.Close();
    }

    private static void Refused(MemoryBlockDevice file, VhdTestImage? parent, Action<ImageEditor> change, string message)
    {
        byte[] before = file.ToArray();
        StorageException error = Assert.Throws<StorageException>(() => Edit(file, change, parent));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, file.ToArray());
    }
}
