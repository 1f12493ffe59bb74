namespace OpenStackStorage.Disks.Tests;

/// <summary>What writing into VMDK disks refuses, keeps and shares with qemu.</summary>
public sealed class VmdkInUseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("streamOptimized")]
    [InlineData("vmfs")]
    [InlineData("vmfsSparse")]
    [InlineData("seSparse")]
    public void Varieties_that_are_only_read_are_refused_by_name(string type)
    {
        VmdkTestImage disk = type == "streamOptimized" ? VmdkTestImage.Create(type) : VmdkTestImage.Create("monolithicFlat");
        if (type != "streamOptimized")
            disk.Replace("monolithicFlat", type);

        ImageFeatureException error = Assert.Throws<ImageFeatureException>(() => Open(disk));

        Assert.Contains(type, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_extent_that_is_read_only_is_not_written_to()
    {
        VmdkTestImage disk = VmdkTestImage.Create("monolithicFlat");
        disk.Replace("RW ", "RDONLY ");

        Assert.Contains("RDONLY", Assert.Throws<ImageFeatureException>(() => Open(disk)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_that_does_not_speak_of_writing_keeps_extents_closed()
    {
        VmdkTestImage disk = VmdkTestImage.Create("monolithicFlat");

        StorageException error = Assert.Throws<ImageReferenceException>(() => ImageFormats.OpenWritable(
            new MemoryBlockDevice(VmdkTestImage.Name, disk.Bytes), new ImageOpenOptions { Format = DiskImageFormat.Vmdk, Gate = new VmdkTestImage.MemoryGate(disk.Files) }));

        Assert.Equal(ErrorIds.BackingFileNotAllowed, error.Id);
    }

    [Fact]
    public void The_header_says_that_the_disk_is_in_use_until_it_is_closed()
    {
        using MemoryBlockDevice device = new(VmdkTestImage.Name, VmdkTestImage.Create().Bytes);
        using ImageEditor editor = Open(device);
        Assert.False(new VmdkFormat().Describe(device).Dirty);

        editor.Write(default, [1]);
        Assert.True(new VmdkFormat().Describe(device).Dirty);

        editor.Close();
        Assert.False(new VmdkFormat().Describe(device).Dirty);
    }

    [Theory]
    [InlineData("monolithicSparse")]
    [InlineData("monolithicFlat")]
    public void The_first_change_gives_another_CID_and_children_notice(string subFormat)
    {
        VmdkEditCase disk = new VmdkEditCase { SubFormat = subFormat }.Create(1);
        object? Id() => new VmdkFormat().Describe(new MemoryBlockDevice("a", disk.Bytes)).Details["cid"];
        object? before = Id();
        disk.Open().Close();
        Assert.Equal(before, Id());

        using ImageEditor editor = disk.Open();
        editor.Write(default, [1]);
        object? after = Id();
        editor.Write(default, [2]);
        editor.Close();

        Assert.NotEqual(before, after);
        Assert.Equal(after, Id());
    }

    [Fact]
    public void A_child_of_a_changed_parent_is_refused_until_it_names_it_anew()
    {
        string parentPath = Create("parent.vmdk", "monolithicSparse", 1 << 20);
        string childPath = CreateChild("child.vmdk", parentPath);
        using (ImageEditor editor = OpenFile(parentPath))
        {
            editor.Write(default, [9]);
            editor.Close();
        }

        Assert.Equal(ErrorIds.BackingFileMismatch, Assert.Throws<ImageReferenceException>(() => TestDisks.Open(childPath)).Id);
        using (DiskImage parent = TestDisks.Open(parentPath))
        using (WritableImage child = ImageFormats.OpenWritable(childPath, new ImageOpenOptions { Gate = OpenGate.SameFolder, OpensBacking = false }))
            child.SetBacking("parent.vmdk", parent);

        Assert.Equal(9, TestDisks.ReadAll(childPath)[0]);
    }

    [Fact]
    public void Redundant_tables_that_a_crash_left_old_are_mended_by_the_first_change()
    {
        VmdkTestImage disk = VmdkTestImage.Create();
        long redundant = disk.Get32((long)disk.Header.RedundantDirectory * 512) * 512L;
        disk.Set32(redundant + 40, 0x1000);
        Assert.Contains(disk.Check(), finding => finding.Severity == CheckSeverity.Corruption);
        disk.Bytes[72] = 1;
        Assert.DoesNotContain(disk.Check(), finding => finding.Severity == CheckSeverity.Corruption);

        using MemoryBlockDevice device = new(VmdkTestImage.Name, disk.Bytes);
        using ImageEditor editor = Open(device);
        editor.Write(new GuestOffset(VmdkTestImage.SecondData), [1]);
        editor.Close();

        disk.Bytes = device.ToArray();
        Assert.Empty(disk.Check());
    }

    [Fact]
    public void A_grain_over_a_grain_table_is_not_written_to()
    {
        VmdkTestImage disk = VmdkTestImage.Create();
        disk.Set32(disk.Table(0), (uint)(disk.Table(1) / 512));
        using ImageEditor editor = Open(new MemoryBlockDevice(VmdkTestImage.Name, disk.Bytes));

        Assert.Contains("over a grain table", Assert.Throws<ImageFormatException>(() => editor.Write(default, [1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_over_redundant_tables_are_not_written_to()
    {
        VmdkTestImage disk = VmdkTestImage.Create();
        disk.Set32((long)disk.Header.RedundantDirectory * 512, disk.Get32(disk.Directory + 4));

        Assert.Equal("grain directories", Assert.Throws<ImageFormatException>(() => Open(disk)).Field);
    }

    [Fact]
    public void Freed_grains_are_holes_and_are_used_again()
    {
        string path = _folder.Write("a.raw", Enumerable.Repeat((byte)1, 8 << 20).ToArray());
        TestDisks.Convert(path, _folder["a.vmdk"], DiskImageFormat.Vmdk, sourceFormat: DiskImageFormat.Raw);
        using (ImageEditor editor = OpenFile(_folder["a.vmdk"]))
        {
            long length = editor.Image.File.Length;
            editor.Zero(new GuestOffset(1 << 20), 6 << 20, free: true);
            editor.Flush();
            Assert.InRange(editor.Image.File.AllocatedLength, 2 << 20, 3 << 20);
            editor.Write(new GuestOffset(2 << 20), new byte[] { 1, 2, 3 });
            Assert.Equal(length, editor.Image.File.Length);
            editor.Close();
        }

        Assert.Empty(TestDisks.Check(_folder["a.vmdk"]));
    }

    [Theory]
    [InlineData("twoGbMaxExtentSparse")]
    [InlineData("twoGbMaxExtentFlat")]
    public void A_disk_in_parts_keeps_its_size(string subFormat)
    {
        using ImageEditor editor = new VmdkEditCase { SubFormat = subFormat }.Create(1).Open();

        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => editor.Resize(8 << 20)).Id);
        Assert.Equal(1 << 20, editor.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData((2L << 40) + 1)]
    public void A_size_that_the_format_can_not_have_is_refused(long size)
    {
        using ImageEditor editor = new VmdkEditCase().Create(1).Open();

        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => editor.Resize(size)).Id);
    }

    [Fact]
    public void A_disk_grows_to_the_most_and_back()
    {
        string path = Create("a.vmdk", "monolithicSparse", 1 << 20);
        byte[] disk = TestDisks.ReadAll(path);
        using (ImageEditor editor = OpenFile(path))
        {
            editor.Resize(2L << 40);
            editor.Write(new GuestOffset((2L << 40) - 3), [1, 2, 3]);
            editor.Close();
        }

        Assert.DoesNotContain(TestDisks.Check(path), finding => finding.Severity == CheckSeverity.Corruption);
        Assert.Equal(2L << 40, new VmdkFormat().Describe(new MemoryBlockDevice("a", File.ReadAllBytes(path)[..65536])).VirtualSize);
        using (ImageEditor editor = OpenFile(path))
        {
            editor.Resize(1 << 20);
            editor.Close();
        }

        Assert.Equal(disk, TestDisks.ReadAll(path));
    }

    [Theory]
    [InlineData(0, null, "parent.vmdk")]
    [InlineData(400, null, "parent.vmdk")]
    [InlineData(0, 4096, null)]
    [InlineData(400, 4096, "a much longer name of another parent.vmdk")]
    public void A_power_cut_leaves_the_old_parent_or_the_new_one(int comment, int? parent, string? after)
    {
        VmdkEditCase disk = new VmdkEditCase { Comment = comment, Parent = parent, Size = 4096 }.Create(1);
        using DiskImage other = VmdkTestImage.Create().Open();
        using CrashDevice device = new(disk.Bytes);
        string? before = new VmdkFormat().Describe(device).BackingFile;
        using (WritableImage image = ImageFormats.OpenWritable(device, disk.Options))
        {
            image.SetBacking(after, after is null ? null : other);
            image.Close();
        }

        Random random = new(1);
        for (int moment = 0; moment <= device.Count; moment++)
        {
            for (int cut = 0; cut < 20; cut++)
            {
                using MemoryBlockDevice crashed = new("crashed.vmdk", device.After(moment, cut == 0 ? null : random));
                ImageDescription found = new VmdkFormat().Describe(crashed);
                Assert.True(found.BackingFile == before || found.BackingFile == after, $"after change {moment}: '{found.BackingFile}'");
            }
        }

        using MemoryBlockDevice end = new("end.vmdk", device.After(device.Count, null));
        Assert.Equal(after, new VmdkFormat().Describe(end).BackingFile);
        Assert.Equal(1u, VmdkContent.ReadHeader(end).DescriptorSector); // where qemu looks for it
    }

    [Fact]
    public void A_parents_name_that_does_not_fit_is_refused_and_nothing_changes()
    {
        VmdkEditCase disk = new VmdkEditCase().Create(1);
        byte[] before = disk.Bytes;
        using DiskImage parent = VmdkTestImage.Create().Open();
        using WritableImage image = disk.Open().Image;

        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => image.SetBacking(new string('a', 12_000), parent)).Id);
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => image.SetBacking("a\"b", parent)).Id);
        Assert.Equal(before, disk.Bytes);
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("subformat=monolithicSparse")]
    [InlineData("subformat=monolithicSparse,zeroed_grain=on")]
    [InlineData("subformat=twoGbMaxExtentSparse")]
    [InlineData("subformat=monolithicFlat")]
    public void Disks_of_qemu_are_written_by_turns(string options)
    {
        string path = _folder["a.vmdk"];
        Tool.Run("qemu-img", "create", "-q", "-f", "vmdk", "-o", options, path, "40M");
        Tool.Run("qemu-io", "-f", "vmdk", "-c", "write -P 1 0 3M", path);
        byte[] disk = new byte[40 << 20];
        disk.AsSpan(0, 3 << 20).Fill(1);
        using (ImageEditor editor = OpenFile(path))
        {
            editor.Write(new GuestOffset(33 << 20), [5, 6, 7]);
            editor.Zero(new GuestOffset(1 << 20), 1 << 20, free: true);
            editor.Close();
        }

        new byte[] { 5, 6, 7 }.CopyTo(disk, 33 << 20);
        disk.AsSpan(1 << 20, 1 << 20).Clear();
        Tool.Run("qemu-img", "check", "-f", "vmdk", path);
        Tool.Run("qemu-io", "-f", "vmdk", "-c", "write -P 3 1500k 64k", path);
        disk.AsSpan(1500 << 10, 65536).Fill(3);
        Tool.Run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", path, _folder["out.raw"]);

        Assert.Equal(disk, File.ReadAllBytes(_folder["out.raw"]));
        Assert.Equal(disk, TestDisks.ReadAll(path));
        Assert.DoesNotContain(TestDisks.Check(path), finding => finding.Severity != CheckSeverity.Leak);
    }

    private string Create(string name, string subFormat, int size)
    {
        string raw = _folder.Write($"{name}.raw", TestDisks.Mixed(size));
        TestDisks.Convert(raw, _folder[name], DiskImageFormat.Vmdk, TestDisks.Options() with { SubFormat = subFormat }, sourceFormat: DiskImageFormat.Raw);
        return _folder[name];
    }

    private string CreateChild(string name, string parentPath)
    {
        using DiskImage parent = TestDisks.Open(parentPath);
        using FileBlockDevice file = FileBlockDevice.CreateNew(_folder[name]);
        using ImageWriter writer = new VmdkFormat().Create(file, new ImageCreateOptions { VirtualSize = parent.VirtualSize, BackingFile = Path.GetFileName(parentPath), Backing = parent });
        writer.Finish();
        return _folder[name];
    }

    private static ImageEditor Open(VmdkTestImage disk) => Open(new MemoryBlockDevice(VmdkTestImage.Name, disk.Bytes));

    private static ImageEditor Open(BlockDevice device) => new(ImageFormats.OpenWritable(device, new ImageOpenOptions { Format = DiskImageFormat.Vmdk }));

    private static ImageEditor OpenFile(string path) => new(ImageFormats.OpenWritable(path, new ImageOpenOptions { Format = DiskImageFormat.Vmdk, Gate = OpenGate.SameFolder }));
}
