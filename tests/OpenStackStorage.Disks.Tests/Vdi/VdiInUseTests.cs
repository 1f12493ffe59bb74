namespace OpenStackStorage.Disks.Tests;

/// <summary>What changing a VDI in place leaves in the file, and what it refuses.</summary>
public sealed class VdiInUseTests : IDisposable
{
    private const int Block = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_block_lies_behind_the_last_and_is_counted()
    {
        VdiTestImage image = VdiTestImage.Create(); // blocks 1 and 3 are stored
        MemoryBlockDevice file = new("a.vdi", image.Bytes);
        Edit(file, editor => editor.Write(new GuestOffset(7), [1, 2, 3]));

        byte[] bytes = file.ToArray();
        Assert.Equal((3u, 2u), (BitConverter.ToUInt32(bytes, 0x184), BitConverter.ToUInt32(bytes, VdiTestImage.Map)));
        Assert.Equal([0, 1, 2, 3, 0], bytes[(VdiTestImage.Data + (2 * Block) + 6)..][..5]);
        Assert.Equal(VdiTestImage.Data + (3 * Block), bytes.Length);
        Assert.Empty(Check(file));
    }

    [Fact]
    public void The_last_block_moves_into_the_place_of_a_freed_one()
    {
        VdiTestImage image = VdiTestImage.Create();
        MemoryBlockDevice file = new("a.vdi", image.Bytes);
        Edit(file, editor => editor.Zero(new GuestOffset(Block), Block, free: true));

        byte[] bytes = file.ToArray();
        Assert.Equal((1u, VdiBlockMap.Free, 0u), (BitConverter.ToUInt32(bytes, 0x184), BitConverter.ToUInt32(bytes, VdiTestImage.Map + 4), BitConverter.ToUInt32(bytes, VdiTestImage.Map + 12)));
        Assert.Equal(VdiTestImage.Data + Block, bytes.Length);
        byte[] disk = image.Disk;
        disk.AsSpan(Block, Block).Clear();
        Assert.Equal(disk, ReadAll(file));
        Assert.Empty(Check(file));
    }

    [Fact]
    public void A_part_that_is_freed_becomes_a_hole()
    {
        string path = _folder.Write("a.vdi", VdiTestImage.Create(disk: [.. Enumerable.Repeat((byte)7, VdiTestImage.DiskSize)]).Bytes);
        using (ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions())))
        {
            editor.Zero(new GuestOffset(4096), Block - 8192, free: true);
            editor.Close();
        }

        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        HostExtent hole = device.ExtentAt(new HostOffset(VdiTestImage.Data + 4096), new HostOffset(device.Length));
        Assert.Equal((false, Block - 8192L), (hole.IsData, hole.Length));
    }

    [Fact]
    public void What_is_changed_gets_another_modification_id_and_what_is_read_does_not()
    {
        byte[] bytes = VdiTestImage.Create().Bytes;
        MemoryBlockDevice file = new("a.vdi", (byte[])bytes.Clone());
        Edit(file, editor => editor.Read(default, new byte[4096]));
        Assert.Equal(bytes, file.ToArray());

        Edit(file, editor => editor.Write(new GuestOffset(Block), [1]));
        byte[] changed = file.ToArray();
        Assert.NotEqual(bytes[0x198..0x1A8], changed[0x198..0x1A8]);
        changed[VdiTestImage.Data] = bytes[VdiTestImage.Data];
        bytes.AsSpan(0x198, 16).CopyTo(changed.AsSpan(0x198));
        Assert.Equal(bytes, changed);
    }

    [Theory]
    [InlineData(null, 300, 2)] // the map has room for 262,016 entries before the data: nearly 256 GiB
    [InlineData("static", 256, 1)]
    public void A_map_that_needs_more_room_takes_that_of_the_first_blocks(string? subFormat, long gibibytes, uint given)
    {
        VdiTestImage image = VdiTestImage.Create(subFormat);
        string path = _folder.Write("a.vdi", image.Bytes);
        long large = gibibytes << 30;
        byte[] read = new byte[VdiTestImage.DiskSize];
        using (ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions())))
        {
            editor.Resize(large);
            editor.Write(new GuestOffset(large - 2), [1, 2]);
            editor.Read(default, read);
            Assert.Equal(image.Disk, read);
            editor.Close();
        }

        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        VdiHeader header = VdiHeader.Read(device);
        Assert.Equal((large, (uint)VdiTestImage.Data, VdiTestImage.Data + (given * Block)), (header.VirtualSize, header.MapOffset, header.DataOffset));
        Assert.Equal(subFormat is null ? 3u : header.Blocks, header.BlocksAllocated);
        Assert.Empty(Check(device));
        if (Tool.Exists("qemu-img"))
        {
            Tool.Run("qemu-img", "check", "-f", "vdi", path);
            string raw = _folder.Write("a.raw", image.Disk);
            using (FileStream stream = File.OpenWrite(raw))
            {
                stream.Position = large - 2;
                stream.Write([1, 2]);
            }

            Tool.Run("qemu-img", "compare", "-f", "vdi", "-F", "raw", path, raw);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData((14L << 40) + 1)]
    public void A_size_that_a_VDI_can_not_have_is_refused(long size) =>
        Refused(VdiTestImage.Create(), null, editor => editor.Resize(size), "at most");

    [Fact]
    public void An_image_without_a_parent_gets_none()
    {
        using DiskImage parent = VdiTestImage.Create(seed: 9).Open();
        Refused(VdiTestImage.Create(), null, editor => editor.Image.SetBacking("a.vdi", parent), "dynamic VDI");
    }

    [Fact]
    public void A_child_is_written_and_its_parent_is_not()
    {
        VdiTestImage parent = VdiTestImage.Create();
        byte[] parentBytes = (byte[])parent.Bytes.Clone();
        VdiTestImage child = VdiTestImage.Create(disk: new byte[VdiTestImage.DiskSize], seed: 7).Over(parent);
        MemoryBlockDevice file = new("child.vdi", child.Bytes);
        byte[] disk = VdiTestImage.DefaultDisk();
        Edit(file, editor =>
        {
            editor.Write(new GuestOffset(Block + 9), [99]);
            disk[Block + 9] = 99;
            editor.Zero(new GuestOffset(3 * Block), Block, free: true);
            disk.AsSpan(3 * Block, Block).Clear();
        }, parent);

        using (DiskImage image = ImageFormats.Open(file, Options(parent)))
            Assert.Equal(disk, TestDisks.ReadAll(image));
        Assert.Equal(parentBytes, parent.Bytes);
        Assert.Empty(Check(file));
    }

    [Fact]
    public void A_child_without_its_parent_is_a_dynamic_image_that_qemu_reads()
    {
        VdiTestImage parent = VdiTestImage.Create();
        VdiTestImage child = VdiTestImage.Create(disk: new byte[VdiTestImage.DiskSize], seed: 7).Over(parent);
        MemoryBlockDevice file = new("child.vdi", child.Bytes);
        using (ImageEditor editor = new(ImageFormats.OpenWritable(file, Options(parent))))
            ImageRebase.Rebase(editor, null, null, 2, new WorkProgress(), CancellationToken.None);

        Assert.Equal(parent.Disk, ReadAll(file));
        Assert.Empty(Check(file));
        if (!Tool.Exists("qemu-img"))
            return;
        string path = _folder.Write("a.vdi", file.ToArray());
        Tool.Run("qemu-img", "check", "-f", "vdi", path);
        Tool.Run("qemu-img", "compare", "-f", "vdi", "-F", "raw", path, _folder.Write("a.raw", parent.Disk));
    }

    [NeedsToolFact("qemu-img", "qemu-io")]
    public void What_we_and_qemu_write_in_turn_reads_equal()
    {
        string path = _folder.Write("a.vdi", VdiTestImage.Create().Bytes);
        byte[] disk = VdiTestImage.DefaultDisk();
        for (int i = 0; i < 3; i++)
        {
            int at = (i * Block) + (Block / 2);
            using (ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions())))
            {
                editor.Write(new GuestOffset(at), new byte[] { 1, 2, 3 });
                editor.Zero(new GuestOffset((4 - i) * Block), Block, free: true);
                editor.Close();
            }

            new byte[] { 1, 2, 3 }.CopyTo(disk, at);
            disk.AsSpan((4 - i) * Block, Block).Clear();
            Tool.Run("qemu-io", "-f", "vdi", "-c", $"write -P {i + 5} {(i * Block) + 1024} 4k", path);
            disk.AsSpan((i * Block) + 1024, 4096).Fill((byte)(i + 5));
            Tool.Run("qemu-img", "check", "-f", "vdi", path);
            Assert.Equal(disk, TestDisks.ReadAll(path));
        }
    }

    private static ImageOpenOptions Options(VdiTestImage? parent) =>
        new() { Gate = parent is null ? OpenGate.Deny : new VhdTestImage.Parents(($"{{{parent.Id}}}.vdi", parent.Bytes)) };

    private static byte[] ReadAll(BlockDevice file)
    {
        using DiskImage image = ImageFormats.Open(file, new ImageOpenOptions());
        return TestDisks.ReadAll(image);
    }

    private static List<CheckFinding> Check(BlockDevice file) =>
        [.. ImageFormats.Get(DiskImageFormat.Vdi).Check(file, deep: true, new WorkProgress(), CancellationToken.None)];

    private static void Edit(BlockDevice file, Action<ImageEditor> change, VdiTestImage? parent = null)
    {
        using ImageEditor editor = new(ImageFormats.OpenWritable(file, Options(parent)));
        change(editor);
        editor.Close();
    }

    private static void Refused(VdiTestImage image, VdiTestImage? parent, Action<ImageEditor> change, string message)
    {
        byte[] before = (byte[])image.Bytes.Clone();
        MemoryBlockDevice file = new("a.vdi", image.Bytes);
        StorageException error = Assert.Throws<StorageException>(() => Edit(file, change, parent));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, file.ToArray());
    }
}
