namespace OpenStackStorage.Disks.Tests;

/// <summary>What changing a VHDX in place leaves in the file, and what it refuses.</summary>
public sealed class VhdxInUseTests : IDisposable
{
    private const int MiB = VhdxTestImage.MiB;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Opening_and_closing_changes_nothing()
    {
        byte[] bytes = VhdxTestImage.Create().Bytes;
        MemoryBlockDevice file = new("a.vhdx", (byte[])bytes.Clone());
        Edit(file, editor => editor.Read(default, new byte[4096]));
        Assert.Equal(bytes, file.ToArray());
    }

    [Fact]
    public void The_first_change_gives_the_file_new_ids_and_the_headers_take_turns()
    {
        MemoryBlockDevice file = new("a.vhdx", VhdxTestImage.Create().Bytes);
        VhdxHeader before = Header(file, out long place);
        using ImageEditor editor = Editor(file);
        editor.Write(default, [77]);
        VhdxHeader first = Header(file, out long other);
        editor.Write(new GuestOffset(5 * MiB / 2), [78]);
        editor.Close();
        VhdxHeader last = Header(file, out _);

        Assert.Equal((before.SequenceNumber + 1, VhdxTestImage.Header1 + VhdxTestImage.Header2), (first.SequenceNumber, place + other));
        Assert.NotEqual(before.FileWriteGuid, first.FileWriteGuid);
        Assert.NotEqual(before.DataWriteGuid, first.DataWriteGuid);
        Assert.Equal((first.FileWriteGuid, first.DataWriteGuid, Guid.Empty), (last.FileWriteGuid, last.DataWriteGuid, last.LogGuid));
    }

    [Fact]
    public void A_log_that_waits_is_replayed_into_the_file()
    {
        VhdxTestImage image = VhdxTestImage.Create();
        byte[] table = image.Bytes[VhdxTestImage.Bat..(VhdxTestImage.Bat + 4096)];
        BitConverter.TryWriteBytes(table, new VhdxBatEntry(VhdxBlockState.Zero, 0).Value);
        image.SetLog(new VhdxTestEntry(0, 1, 0) { Flushed = (ulong)image.Bytes.Length, Last = (ulong)image.Bytes.Length }.Write(VhdxTestImage.Bat, table));
        byte[] disk = image.Read();
        MemoryBlockDevice file = new("a.vhdx", image.Bytes);

        Edit(file, _ => { });

        Assert.False(Header(file, out _).HasLog);
        Assert.Equal(table, file.ToArray()[VhdxTestImage.Bat..(VhdxTestImage.Bat + 4096)]);
        Assert.Equal(disk, ReadAll(file));
        Assert.True(disk.AsSpan(0, MiB).IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void Many_entries_go_round_the_log_and_the_last_one_counts()
    {
        VhdxEditCase image = new VhdxEditCase { Parent = 3 * MiB }.Create(1);
        byte[] disk = image.Disk;
        CrashDevice device = new(image.Bytes);
        using ImageEditor editor = new(image.OpenOn(device));
        Random random = new(1);
        for (int i = 0; i < 400; i++)
        {
            int at = random.Next(disk.Length / 512) * 512;
            disk.AsSpan(at, 512).Fill((byte)i);
            editor.Write(new GuestOffset(at), disk.AsSpan(at, 512));
            editor.Flush();
        }

        using DiskImage crashed = ImageFormats.Open(new MemoryBlockDevice("a.vhdx", device.After(device.Count, null)), image.Options);
        Assert.True(Header(crashed.File, out _).HasLog);
        Assert.Equal(disk, TestDisks.ReadAll(crashed));
    }

    [NeedsToolFact("qemu-img")]
    public void Qemu_replays_the_log_that_a_power_cut_leaves()
    {
        CrashDevice device = new(VhdxTestImage.Create().Bytes);
        byte[] disk = VhdxTestImage.Disk();
        disk.AsSpan(MiB, 70_000).Fill(5);
        using ImageEditor editor = Editor(device);
        editor.Write(new GuestOffset(MiB), disk.AsSpan(MiB, 70_000));
        editor.Flush();
        int places = device.Count - 2; // the sectors at their places and the flush behind them never came
        string path = _folder.Write("a.vhdx", device.After(places, null));

        Assert.NotEqual(0, Tool.TryRun("qemu-img", "info", "-f", "vhdx", path).Code); // a log in use is never left out of what is read
        Assert.Equal(disk, TestDisks.ReadAll(path));
        Tool.Run("qemu-img", "check", "-r", "all", "-f", "vhdx", path);
        Tool.Run("qemu-img", "compare", "-f", "vhdx", "-F", "raw", path, _folder.Write("a.raw", disk));
    }

    [Fact]
    public void Freed_space_is_given_back_to_the_host_and_used_again()
    {
        byte[] disk = new byte[8 * MiB];
        new Random(1).NextBytes(disk);
        string path = _folder.Write("a.vhdx", VhdxTestImage.Create(disk).Bytes);
        long length = new FileInfo(path).Length;
        using (ImageEditor editor = new(ImageFormats.OpenWritable(path, new ImageOpenOptions())))
        {
            editor.Zero(new GuestOffset(MiB), 4 * MiB, free: true);
            editor.Flush();
            Assert.InRange(editor.Image.File.AllocatedLength, 4 * MiB, length - (4 * MiB));
            editor.Write(new GuestOffset(MiB), disk.AsSpan(MiB, 4 * MiB));
            editor.Close();
        }

        Assert.Equal(disk, TestDisks.ReadAll(path));
        Assert.Equal(length, new FileInfo(path).Length);
        Assert.Empty(TestDisks.Check(path));
    }

    [Fact]
    public void A_larger_disk_has_a_larger_table_at_another_place()
    {
        VhdxTestImage image = VhdxTestImage.Create();
        MemoryBlockDevice file = new("a.vhdx", image.Bytes);
        const long Large = 200L << 30;
        Edit(file, editor =>
        {
            editor.Resize(Large);
            editor.Write(new GuestOffset(Large - 3), [1, 2, 3]);
        });

        VhdxFile vhdx = VhdxFile.Read(file);
        Assert.Equal((Large, 2L * MiB), (vhdx.Metadata.VirtualSize, vhdx.Regions.Bat.Length));
        Assert.True(vhdx.Regions.Bat.Offset >= image.Bytes.Length);
        Assert.DoesNotContain(Check(file), finding => finding.Severity != CheckSeverity.Leak);
        using ImageEditor again = Editor(file);
        byte[] end = new byte[4];
        again.Read(new GuestOffset(Large - 4), end);
        Assert.Equal([0, 1, 2, 3], end);
        byte[] start = new byte[VhdxTestImage.Disk().Length];
        again.Read(default, start);
        Assert.Equal(VhdxTestImage.Disk(), start);
    }

    [Theory]
    [InlineData((64L << 40) + 512)]
    [InlineData(-1)]
    public void A_size_that_a_VHDX_can_not_have_is_refused(long size) =>
        Refused(VhdxTestImage.Create(), editor => editor.Resize(size), "64 TiB");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Over_another_parent_or_none_a_disk_reads_the_same(bool longer)
    {
        byte[] lower = TestDisks.Mixed(3 * MiB, seed: 41);
        byte[] disk = new byte[4 * MiB]; // its last MiB is behind the end of the parent
        lower.CopyTo(disk, 0);
        TestDisks.Mixed(200_000, seed: 42).CopyTo(disk, MiB);
        byte[] above = new byte[(longer ? 5 : 2) * MiB];
        above.AsSpan().Fill(9);
        lower.AsSpan(0, MiB).CopyTo(above); // a part is the same
        Make("parent.vhdx", lower);
        Make("other.vhdx", above);
        Make("child.vhdx", disk, "parent.vhdx");
        Guid identity = Identity("child.vhdx");

        Rebase("child.vhdx", "other.vhdx");

        Assert.Equal(disk, TestDisks.ReadAll(_folder["child.vhdx"]));
        Assert.Equal(@".\other.vhdx", Describe("child.vhdx").BackingFile);
        Assert.Empty(TestDisks.Check(_folder["child.vhdx"]));
        Assert.NotEqual(identity, Identity("child.vhdx")); // it was written to

        Rebase("child.vhdx", null);

        Assert.Equal(("dynamic", null), (Describe("child.vhdx").SubFormat, Describe("child.vhdx").BackingFile));
        Assert.Equal(disk, TestDisks.ReadAll(_folder["child.vhdx"]));
        Assert.Empty(TestDisks.Check(_folder["child.vhdx"]));
        if (Tool.Exists("qemu-img"))
            Tool.Run("qemu-img", "compare", "-f", "vhdx", "-F", "raw", _folder["child.vhdx"], _folder.Write("a.raw", disk));
    }

    [Fact]
    public void Another_name_alone_leaves_the_identity_by_which_children_know_the_disk()
    {
        Make("parent.vhdx", VhdxTestImage.Disk());
        Make("child.vhdx", VhdxTestImage.Disk(), "parent.vhdx");
        Guid identity = Identity("child.vhdx");
        File.Move(_folder["parent.vhdx"], _folder["moved.vhdx"]);
        using (ImageEditor editor = new(ImageFormats.OpenWritable(_folder["child.vhdx"], new ImageOpenOptions { OpensBacking = false })))
        using (DiskImage parent = Opened("moved.vhdx"))
        {
            editor.Image.SetBacking("moved.vhdx", parent);
            editor.Close();
        }

        Assert.Equal(VhdxTestImage.Disk(), TestDisks.ReadAll(_folder["child.vhdx"]));
        Assert.Equal(identity, Identity("child.vhdx"));
    }

    [Fact]
    public void A_parent_that_does_not_fit_is_refused_before_anything_is_copied()
    {
        VhdxTestImage child = VhdxTestImage.CreateDifferencing(out byte[] parent, out _);
        using RawImage raw = new(new MemoryBlockDevice("a.raw", new byte[MiB]));
        using DiskImage native = VhdxTestImage.Create(new byte[MiB], options: ("logical_sector_size", "4096")).Open();
        Refused(child, editor => Rebase(editor, raw), "must be a VHDX", parent);
        Refused(child, editor => Rebase(editor, native), "are of 4096 bytes", parent);
        Refused(VhdxTestImage.Create(), editor => Rebase(editor, native), "no differencing disk");

        static void Rebase(ImageEditor editor, DiskImage backing) =>
            ImageRebase.Rebase(editor, "other", backing, 1, new WorkProgress(), CancellationToken.None);
    }

    [Fact]
    public void A_file_without_a_log_is_only_read()
    {
        VhdxTestImage image = VhdxTestImage.Create().Set32(VhdxTestImage.Header1 + 68, 0).Set32(VhdxTestImage.Header2 + 68, 0);
        Assert.Equal(VhdxTestImage.Disk(), image.Read());
        Assert.Throws<ImageFeatureException>(() => Edit(new MemoryBlockDevice("a.vhdx", image.Bytes), _ => { }));
    }

    [Fact]
    public void A_block_that_two_entries_name_is_never_written()
    {
        VhdxTestImage image = VhdxTestImage.Create();
        image.Set64(VhdxTestImage.Bat + 16, image.Get64(VhdxTestImage.Bat));
        byte[] before = (byte[])image.Bytes.Clone();
        MemoryBlockDevice file = new("a.vhdx", image.Bytes);
        Assert.Contains("where another one lies", Assert.Throws<ImageFormatException>(() => Edit(file, editor => editor.Write(default, [1]))).Message, StringComparison.Ordinal);
        Assert.Equal(before, file.ToArray());
    }

    private static ImageEditor Editor(BlockDevice file, byte[]? parent = null) =>
        new(ImageFormats.OpenWritable(file, new ImageOpenOptions { Gate = new VhdTestImage.Parents(("parent.vhdx", parent ?? [])) }));

    private static void Edit(BlockDevice file, Action<ImageEditor> change, byte[]? parent = null)
    {
        using ImageEditor editor = Editor(file, parent);
        change(editor);
        editor.Close();
    }

    private static void Refused(VhdxTestImage image, Action<ImageEditor> change, string message, byte[]? parent = null)
    {
        MemoryBlockDevice file = new("a.vhdx", (byte[])image.Bytes.Clone());
        StorageException error = Assert.Throws<StorageException>(() => Edit(file, change, parent));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(image.Bytes, file.ToArray());
    }

    private static VhdxHeader Header(BlockDevice file, out long offset) => VhdxHeader.ReadCurrent(file, out offset);

    private static byte[] ReadAll(BlockDevice file)
    {
        using DiskImage image = ImageFormats.Open(file, new ImageOpenOptions());
        return TestDisks.ReadAll(image);
    }

    private static List<CheckFinding> Check(BlockDevice file) =>
        [.. ImageFormats.Get(DiskImageFormat.Vhdx).Check(file, deep: true, new WorkProgress(), CancellationToken.None)];

    private void Make(string name, byte[] disk, string? parent = null)
    {
        using DiskImage? backing = parent is null ? null : Opened(parent);
        ImageCreateOptions create = TestDisks.Options() with { BackingFile = parent, Backing = backing, ClusterSize = MiB };
        TestDisks.Convert(_folder.Write("disk.raw", disk), _folder[name], DiskImageFormat.Vhdx, create, sourceFormat: DiskImageFormat.Raw);
    }

    private void Rebase(string name, string? parent)
    {
        using ImageEditor editor = new(ImageFormats.OpenWritable(_folder[name], new ImageOpenOptions { Gate = OpenGate.SameFolder }));
        using DiskImage? backing = parent is null ? null : Opened(parent);
        ImageRebase.Rebase(editor, parent, backing, 2, new WorkProgress(), CancellationToken.None);
    }

    private Guid Identity(string name)
    {
        using DiskImage image = Opened(name);
        return ((VhdxImage)image).DataWriteGuid;
    }

    private DiskImage Opened(string name) => TestDisks.Open(_folder[name]);

    private ImageDescription Describe(string name)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(_folder[name]);
        return ImageFormats.Get(DiskImageFormat.Vhdx).Describe(device);
    }
}
