using System.Text;
using System.Text.Json;

namespace OpenStackStorage.Disks.Tests;

/// <summary>VDI: what is written and read, and which parent a differencing image takes.</summary>
public sealed class VdiTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_header_has_every_field_in_its_place()
    {
        VdiTestImage image = VdiTestImage.Create();
        byte[] bytes = image.Bytes;
        Assert.StartsWith("<<< ", Encoding.ASCII.GetString(bytes, 0, 64), StringComparison.Ordinal);
        Assert.Equal("7F10DABE" + "01000100" + "90010000" + "01000000" + "00000000", Convert.ToHexString(bytes, 0x40, 20));
        Assert.Equal((512u, 1u << 20), (image.Get32(0x154), image.Get32(0x158)));
        Assert.Equal("0000500000000000" + "00001000" + "00000000" + "05000000" + "02000000", Convert.ToHexString(bytes, 0x170, 24));
        Assert.Equal("01000000020003000405060708090A0B", Convert.ToHexString(bytes, 0x188, 16));
        Assert.Equal("02000000020003000405060708090A0B", Convert.ToHexString(bytes, 0x198, 16));
        Assert.All(bytes[0x1A8..0x1C8], value => Assert.Equal(0, value));
        Assert.Equal([uint.MaxValue, 0, uint.MaxValue, 1, uint.MaxValue], Enumerable.Range(0, 5).Select(i => image.Get32(512 + (i * 4))));
        Assert.Equal(3 << 20, bytes.Length);
        Assert.Equal(image.Disk[(1 << 20)..(2 << 20)], bytes[(1 << 20)..(2 << 20)]);
    }

    [Theory]
    [InlineData("dynamic", (9 << 20) + 1536, false)]
    [InlineData("static", (9 << 20) + 1536, false)]
    [InlineData("dynamic", 512, false)]
    [InlineData("static", 0, false)]
    [InlineData("dynamic", 0, false)]
    [InlineData("static", 3 << 20, true)]
    public void What_is_written_is_read(string subFormat, int size, bool reserved)
    {
        string raw = _folder.Write("a.raw", TestDisks.Mixed(size));
        ImageCreateOptions create = TestDisks.Options() with { SubFormat = subFormat, Preallocation = reserved ? Preallocation.Full : Preallocation.Off };

        TestDisks.Convert(raw, _folder["a.vdi"], DiskImageFormat.Vdi, create, sourceFormat: DiskImageFormat.Raw, verify: true);

        Assert.Equal(File.ReadAllBytes(raw), TestDisks.ReadAll(_folder["a.vdi"]));
        Assert.Empty(TestDisks.Check(_folder["a.vdi"]));
        using FileBlockDevice file = FileBlockDevice.OpenRead(_folder["a.vdi"]);
        Assert.Equal(subFormat, ImageFormats.Recognise(file).Describe(file).SubFormat);
        if (reserved)
            Assert.True(file.AllocatedLength >= size);
    }

    [NeedsToolTheory("qemu-img")]
    [InlineData("dynamic")]
    [InlineData("static")]
    public void What_we_write_passes_qemus_check_and_compare(string subFormat)
    {
        string raw = _folder.Write("a.raw", TestDisks.Mixed((9 << 20) + 1536));
        TestDisks.Convert(raw, _folder["a.vdi"], DiskImageFormat.Vdi, TestDisks.Options() with { SubFormat = subFormat }, sourceFormat: DiskImageFormat.Raw);

        Tool.Run("qemu-img", "check", "-f", "vdi", _folder["a.vdi"]);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "vdi", raw, _folder["a.vdi"]);
        using JsonDocument info = JsonDocument.Parse(Tool.Run("qemu-img", "info", "-f", "vdi", "--output", "json", _folder["a.vdi"]));
        Assert.Equal((9 << 20) + 1536, info.RootElement.GetProperty("virtual-size").GetInt64());
    }

    [NeedsToolTheory("qemu-img", "qemu-io")]
    [InlineData("static=off")]
    [InlineData("static=on")]
    public void What_qemu_writes_reads_equal(string options)
    {
        byte[] disk = TestDisks.Mixed((7 << 20) + 1536, seed: 8);
        string raw = _folder.Write("a.raw", disk);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vdi", "-o", options, raw, _folder["a.vdi"]);
        Tool.Run("qemu-io", "-f", "vdi", "-c", "write -P 7 6M 700k", "-c", "write -z 1M 1M", _folder["a.vdi"]);
        Tool.Run("qemu-io", "-f", "raw", "-c", "write -P 7 6M 700k", "-c", "write -z 1M 1M", raw);

        Assert.Equal(File.ReadAllBytes(raw), TestDisks.ReadAll(_folder["a.vdi"]));
        Assert.Empty(TestDisks.Check(_folder["a.vdi"]));
    }

    [NeedsToolFact("qemu-img")]
    public void A_size_of_no_whole_sectors_is_rounded_as_qemu_does()
    {
        VdiTestImage image = VdiTestImage.Create();
        image.Set32(0x170, VdiTestImage.DiskSize - 700);
        _folder.Write("a.vdi", image.Bytes);
        using JsonDocument info = JsonDocument.Parse(Tool.Run("qemu-img", "info", "-f", "vdi", "--output", "json", _folder["a.vdi"]));
        Assert.Equal(info.RootElement.GetProperty("virtual-size").GetInt64(), image.Describe().VirtualSize);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(64 << 10)]
    [InlineData(8 << 20)]
    public void Other_block_sizes_are_read(int blockSize)
    {
        byte[] disk = TestDisks.Mixed((8 << 20) - 1024, seed: 2);
        int blocks = (disk.Length + blockSize - 1) / blockSize;
        byte[] file = new byte[65536 + (blocks * blockSize)];
        new VdiHeader
        {
            Type = VdiImageType.Dynamic, MapOffset = 1024, DataOffset = 65536, DiskSize = (ulong)disk.Length, BlockSize = (uint)blockSize,
            Blocks = (uint)blocks, BlocksAllocated = (uint)blocks, Id = Guid.NewGuid(), Comment = "by hand",
        }.WriteTo(file);
        for (int i = 0; i < blocks; i++) // in reverse
        {
            BitConverter.TryWriteBytes(file.AsSpan(1024 + (i * 4)), blocks - 1 - i);
            int length = Math.Min(blockSize, disk.Length - (i * blockSize));
            disk.AsSpan(i * blockSize, length).CopyTo(file.AsSpan(65536 + ((blocks - 1 - i) * blockSize)));
        }

        using DiskImage image = TestDisks.Open(_folder.Write("a.vdi", file));
        Assert.Equal((disk.Length, blockSize), (image.VirtualSize, image.ClusterSize));
        Assert.Equal(disk, TestDisks.ReadAll(image));
        Assert.Empty(TestDisks.Check(_folder["a.vdi"]));
        using FileBlockDevice device = FileBlockDevice.OpenRead(_folder["a.vdi"]);
        Assert.Equal("by hand", ImageFormats.Get(DiskImageFormat.Vdi).Describe(device).Details["comment"]);
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(3u)]
    public void A_differencing_image_finds_its_parent_by_its_id(uint type)
    {
        (VdiTestImage parent, VdiTestImage child, byte[] expected) = Chain(type);
        _folder.Write("other.vdi", VdiTestImage.Create(seed: 77).Bytes);
        _folder.Write("none.vdi", [1, 2, 3]);
        _folder.Write("some name.vdi", parent.Bytes);
        _folder.Write("child.vdi", child.Bytes);

        Assert.Equal(expected, TestDisks.ReadAll(_folder["child.vdi"]));
        Assert.Equal($"{{{parent.Id}}}", child.Describe().BackingFile);
        Assert.Equal(type == 4 ? "differencing" : "undo", child.Describe().SubFormat);
        using DiskImage image = TestDisks.Open(_folder["child.vdi"]);
        Assert.Equal(_folder["some name.vdi"], image.Backing!.File.Path);
        Assert.Equal([ExtentKind.Backing, ExtentKind.Zero, ExtentKind.Data],
            new[] { 0, 1, 2 }.Select(block => image.Map(new GuestOffset(block << 20), new GuestOffset((block + 1) << 20)).Kind));
    }

    [Fact]
    public void A_parent_in_the_folder_above_needs_a_gate_that_opens_it()
    {
        (VdiTestImage parent, VdiTestImage child, byte[] expected) = Chain();
        _folder.Write("base.vdi", parent.Bytes);
        Directory.CreateDirectory(_folder["Snapshots"]);
        File.WriteAllBytes(_folder["Snapshots/child.vdi"], child.Bytes);

        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["Snapshots/child.vdi"]));
        Assert.Equal(ErrorIds.BackingFileNotFound, error.Id);
        Assert.Contains(parent.Id.ToString(), error.Message, StringComparison.Ordinal);
        using DiskImage image = TestDisks.Open(_folder["Snapshots/child.vdi"], gate: OpenGate.Allow);
        Assert.Equal(expected, TestDisks.ReadAll(image));
    }

    [Fact]
    public void Without_the_gates_consent_nothing_is_looked_for()
    {
        (VdiTestImage parent, VdiTestImage child, _) = Chain();
        _folder.Write("base.vdi", parent.Bytes);
        _folder.Write("child.vdi", child.Bytes);
        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["child.vdi"], gate: OpenGate.Deny));
        Assert.Equal(ErrorIds.BackingFileNotAllowed, error.Id);
    }

    [Fact]
    public void A_parent_that_was_written_to_since_is_refused()
    {
        (VdiTestImage parent, VdiTestImage child, _) = Chain();
        parent.Bytes[0x198] ^= 1;
        _folder.Write("base.vdi", parent.Bytes);
        _folder.Write("child.vdi", child.Bytes);
        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["child.vdi"]));
        Assert.Equal(ErrorIds.BackingFileMismatch, error.Id);
    }

    [Fact]
    public void An_image_that_is_its_own_parent_is_refused()
    {
        VdiTestImage image = VdiTestImage.Create();
        image.Over(image);
        _folder.Write("a.vdi", image.Bytes);
        Assert.Equal(ErrorIds.BackingChainInvalid, Assert.ThrowsAny<StorageException>(() => TestDisks.Open(_folder["a.vdi"])).Id);
    }

    [Fact]
    public void A_sparse_disk_of_10_TiB_is_written_and_mapped_at_once()
    {
        long start = Environment.TickCount64;
        using (FileStream file = File.Create(_folder["a.raw"]))
            file.SetLength(10L << 40);
        TestDisks.Convert(_folder["a.raw"], _folder["a.vdi"], DiskImageFormat.Vdi, sourceFormat: DiskImageFormat.Raw);
        using DiskImage image = TestDisks.Open(_folder["a.vdi"]);
        Extent extent = image.Map(default, new GuestOffset(image.VirtualSize));
        Assert.Equal((10L << 40, ExtentKind.Unallocated), (extent.Length, extent.Kind));
        Assert.InRange(Environment.TickCount64 - start, 0, 5000);
    }

    [Fact]
    public void Blocks_that_nothing_names_and_bytes_behind_the_last_are_found()
    {
        VdiTestImage image = VdiTestImage.Create();
        image.Set32(512 + 4, uint.MaxValue - 1);
        CheckFinding finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Leak, "cBlocksAllocated"), (finding.Severity, finding.Field));
        Assert.Equal(0, image.Read()[1 << 20]);

        image = VdiTestImage.Create();
        image.Set32(512 + 12, uint.MaxValue);
        image.Set32(0x184, 1);
        finding = Assert.Single(image.Check());
        Assert.Equal((CheckSeverity.Leak, 2L << 20), (finding.Severity, finding.Offset));
    }

    public static TheoryData<string, ImageCreateOptions, string> Contradictions() => new()
    {
        { "size", new() { VirtualSize = (14L << 40) + 1 }, "14 TiB" },
        { "kind", new() { VirtualSize = 0, SubFormat = "differencing" }, "dynamic or static" },
        { "block", new() { VirtualSize = 0, ClusterSize = 2 << 20 }, "1048576" },
        { "compress", new() { VirtualSize = 0, Compress = true }, "compressed" },
        { "parent", new() { VirtualSize = 0, BackingFile = "a.vdi" }, "read, not written" },
        { "preallocation", new() { VirtualSize = 0, Preallocation = Preallocation.Full }, "static" },
        { "option", TestDisks.Options(("subformat", "static")), "static" },
        { "contradiction", TestDisks.Options(("static", "on")) with { SubFormat = "dynamic" }, "contradicts" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Options_that_can_not_be_met_are_refused(string name, ImageCreateOptions options, string expected)
    {
        StorageException error = Assert.Throws<StorageException>(() => ImageFormats.Get(DiskImageFormat.Vdi).Validate(options));
        Assert.True(error.Id == ErrorIds.ParameterInvalid, name);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The child shows its parent in its first block, zeroes in its second, its own data in its third.</summary>
    private static (VdiTestImage Parent, VdiTestImage Child, byte[] Expected) Chain(uint type = 4)
    {
        byte[] disk = TestDisks.Mixed(3 << 20, seed: 6);
        VdiTestImage parent = VdiTestImage.Create(disk: disk, seed: 40);
        byte[] own = new byte[3 << 20];
        own.AsSpan(2 << 20).Fill(5);
        VdiTestImage child = VdiTestImage.Create(disk: own, seed: 50).Over(parent, type);
        child.Set32(512 + 4, uint.MaxValue - 1);
        byte[] expected = (byte[])disk.Clone();
        expected.AsSpan(1 << 20, 1 << 20).Clear();
        own.AsSpan(2 << 20).CopyTo(expected.AsSpan(2 << 20));
        return (parent, child, expected);
    }
}
