namespace OpenStackStorage.Disks.Tests;

/// <summary>What is written reads back, in every variety.</summary>
public class VhdxRoundTripTests
{
    private const int MiB = VhdxTestImage.MiB;

    public static TheoryData<string, int, string, int> Varieties()
    {
        TheoryData<string, int, string, int> data = [];
        foreach (string subFormat in new[] { "dynamic", "fixed" })
        {
            foreach (int blockSize in new[] { MiB, 2 * MiB, 32 * MiB })
            {
                data.Add(subFormat, blockSize, "512", (9 * MiB) + 1536);
                data.Add(subFormat, blockSize, "4096", (9 * MiB) + 4096);
            }
        }

        data.Add("dynamic", 256 * MiB, "512", 3 * MiB);
        data.Add("dynamic", MiB, "512", 0);
        data.Add("dynamic", MiB, "512", 512);
        data.Add("fixed", MiB, "512", 512);
        return data;
    }

    [Theory]
    [MemberData(nameof(Varieties))]
    public void What_is_written_reads_back(string subFormat, int blockSize, string sectorSize, int length)
    {
        byte[] disk = TestDisks.Mixed(length, seed: length);

        VhdxTestImage image = VhdxTestImage.Create(disk, subFormat: subFormat, blockSize: blockSize, options: ("logical_sector_size", sectorSize));

        Assert.Equal(disk, image.Read());
        Assert.Empty(image.Check());
        ImageDescription description = image.Describe();
        Assert.Equal((subFormat, blockSize, (long)length), (description.SubFormat, description.ClusterSize, description.VirtualSize));
        Assert.Equal(int.Parse(sectorSize), description.Details["logical_sector_size"]);
        Assert.Equal(4096, description.Details["physical_sector_size"]);
        Assert.Equal("OpenStackStorage", description.Details["creator"]);
        Assert.Equal(VhdxTestImage.Identity.Disk.ToString(), description.Details["disk_id"]);
        Assert.False(description.Dirty);
    }

    [Theory]
    [InlineData("dynamic", false)]
    [InlineData("fixed", false)]
    [InlineData("differencing", true)]
    public void With_the_same_ids_the_file_is_the_same_at_any_number_of_threads(string subFormat, bool hasParent)
    {
        byte[] disk = TestDisks.Mixed((7 * MiB) + 512, seed: 21);
        byte[]? parent = hasParent ? VhdxTestImage.Create(TestDisks.Mixed(6 * MiB, seed: 20)).Bytes : null;
        byte[] one = VhdxTestImage.Create(disk, parent, subFormat: subFormat).Bytes;
        foreach (int threads in new[] { 2, 3, 8 })
            Assert.True(one.AsSpan().SequenceEqual(VhdxTestImage.Create(disk, parent, threads, subFormat: subFormat).Bytes), $"{threads} threads make another file than one");
    }

    [Fact]
    public void Two_files_never_have_the_same_ids()
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("a.raw", new byte[MiB]);
        TestDisks.Convert(raw, folder["a.vhdx"], DiskImageFormat.Vhdx, sourceFormat: DiskImageFormat.Raw);
        TestDisks.Convert(raw, folder["b.vhdx"], DiskImageFormat.Vhdx, sourceFormat: DiskImageFormat.Raw);
        using VhdxImage a = (VhdxImage)TestDisks.Open(folder["a.vhdx"]);
        using VhdxImage b = (VhdxImage)TestDisks.Open(folder["b.vhdx"]);
        Assert.NotEqual(a.DataWriteGuid, b.DataWriteGuid);
    }

    [Fact]
    public void A_size_that_is_no_whole_number_of_sectors_is_rounded_up()
    {
        byte[] disk = TestDisks.Mixed(MiB + 1, seed: 4);
        Assert.Equal([.. disk, .. new byte[511]], VhdxTestImage.Create(disk).Read());
        Assert.Equal(MiB + 4096, VhdxTestImage.Create(disk, options: ("logical_sector_size", "4096")).Describe().VirtualSize);
    }

    [Theory]
    [InlineData("on", 2UL)]
    [InlineData("off", 0UL)]
    public void Blocks_without_data_are_recorded_as_asked_for(string option, ulong state)
    {
        VhdxTestImage image = VhdxTestImage.Create(VhdxTestImage.Disk(), options: ("block_state_zero", option));
        Assert.Equal(VhdxBlockState.FullyPresent, new VhdxBatEntry(image.Get64(VhdxTestImage.Bat)).State);
        Assert.Equal(state, image.Get64(VhdxTestImage.Bat + 8));
        Assert.Equal(VhdxTestImage.Disk(), image.Read());
    }

    [Fact]
    public void Sector_bitmap_entries_stand_behind_each_chunk()
    {
        // 32 MiB blocks and 512-byte sectors: a chunk of 4 GiB has 128 blocks.
        VhdxGeometry geometry = new(10L << 40, 32 * MiB, 512);
        Assert.Equal(128, geometry.ChunkRatio);
        Assert.Equal([0, 127, 129, 256, 258], new long[] { 0, 127, 128, 255, 256 }.Select(geometry.BatIndex));
        Assert.Equal([128, 257], new long[] { 0, 1 }.Select(geometry.BitmapBatIndex));
        Assert.Equal(327680 + 2559, geometry.BatEntries(hasParent: false));
        Assert.Equal(327680 + 2560, geometry.BatEntries(hasParent: true));
        Assert.Equal(1024, (geometry with { LogicalSectorSize = 4096 }).ChunkRatio);
    }

    [Theory]
    [InlineData(10L << 40, 32)]
    [InlineData(64L << 40, 32)]
    [InlineData(10L << 40, 1)]
    [InlineData(64L << 40, 256)]
    public void A_huge_sparse_disk_is_written_and_mapped_at_once(long size, int blockMiB)
    {
        using TemporaryFolder folder = new();
        using (FileBlockDevice raw = FileBlockDevice.CreateNew(folder["a.raw"]))
        {
            raw.SetLength(Math.Min(size, 15L << 40)); // what ext4 takes
            raw.Write(new HostOffset((9L << 40) + 512), new byte[] { 1, 2, 3 });
        }

        TestDisks.Convert(folder["a.raw"], folder["a.vhdx"], DiskImageFormat.Vhdx, TestDisks.Options() with { ClusterSize = blockMiB * MiB }, sourceFormat: DiskImageFormat.Raw);

        using DiskImage image = TestDisks.Open(folder["a.vhdx"]);
        ImageReader reader = new(image);
        GuestOffset end = new(reader.Length);
        List<Extent> extents = [];
        for (GuestOffset at = default; at < end; at = extents[^1].End)
            extents.Add(reader.Map(at, end));
        Assert.Equal([ExtentKind.Zero, ExtentKind.Data, ExtentKind.Zero], extents.Select(extent => extent.Kind));
        Assert.Equal(9L << 40, extents[1].Start.Value);
        byte[] bytes = new byte[1024];
        reader.Read(new GuestOffset(9L << 40), bytes);
        Assert.Equal([1, 2, 3, 0], bytes[512..516]);
    }

    [Theory]
    [InlineData("dynamic", Preallocation.Metadata, 0)]
    [InlineData("dynamic", Preallocation.Falloc, 8)]
    [InlineData("dynamic", Preallocation.Full, 8)]
    [InlineData("fixed", Preallocation.Off, 0)]
    [InlineData("fixed", Preallocation.Falloc, 8)]
    public void Preallocated_disks_have_all_blocks_in_order(string subFormat, Preallocation preallocation, int reservedMiB)
    {
        using TemporaryFolder folder = new();
        byte[] disk = new byte[8 * MiB];
        disk[5 * MiB] = 1;
        TestDisks.Convert(folder.Write("a.raw", disk), folder["a.vhdx"], DiskImageFormat.Vhdx,
            TestDisks.Options() with { SubFormat = subFormat, ClusterSize = 2 * MiB, Preallocation = preallocation }, sourceFormat: DiskImageFormat.Raw, verify: true);

        byte[] file = File.ReadAllBytes(folder["a.vhdx"]);
        Assert.Equal(12 * MiB, file.Length);
        Assert.Equal([4, 6, 8, 10], Enumerable.Range(0, 4).Select(block => BitConverter.ToUInt64(file, VhdxTestImage.Bat + (block * 8)) >> 20));
        using DiskImage image = TestDisks.Open(folder["a.vhdx"]);
        if (OperatingSystem.IsLinux())
            Assert.InRange(image.File.AllocatedLength, reservedMiB * (long)MiB, (reservedMiB + 1L) * MiB);
        Assert.Empty(TestDisks.Check(folder["a.vhdx"]));
    }

    [Theory]
    [InlineData("dynamic", MiB)]
    [InlineData("dynamic", 32 * MiB)]
    [InlineData("fixed", 2 * MiB)]
    public void The_length_of_a_full_image_is_known_before(string subFormat, int blockSize)
    {
        byte[] disk = new byte[(9 * MiB) + 512];
        Array.Fill(disk, (byte)1);
        ImageCreateOptions create = TestDisks.Options() with { VirtualSize = disk.Length, SubFormat = subFormat, ClusterSize = blockSize };
        Assert.Equal(VhdxTestImage.Create(disk, subFormat: subFormat, blockSize: blockSize).Bytes.Length, ImageFormats.Get(DiskImageFormat.Vhdx).LengthWhenFull(create));
    }

    [Theory]
    [InlineData("dynamic", false)]
    [InlineData("fixed", false)]
    [InlineData("differencing", true)]
    public void On_a_device_what_was_there_before_does_not_show(string subFormat, bool hasParent)
    {
        byte[] disk = VhdxTestImage.Disk();
        byte[]? parent = hasParent ? VhdxTestImage.Create(TestDisks.Mixed(4 * MiB, seed: 20)).Bytes : null;
        using UsedDevice device = new("/images/device", 16 * MiB);
        using DiskImage source = new RawImage(new MemoryBlockDevice("disk.raw", disk));
        using DiskImage? backing = parent is null ? null : ImageFormats.Open(new MemoryBlockDevice("/images/parent.vhdx", parent), new ImageOpenOptions());
        ImageCreateOptions create = TestDisks.Options() with { VirtualSize = disk.Length, ClusterSize = MiB, SubFormat = subFormat, BackingFile = hasParent ? "parent.vhdx" : null, Backing = backing };
        using (ImageWriter writer = VhdxFormat.Create(device, create, VhdxTestImage.Identity))
        {
            new ImageCopy(new ImageReader(source), backing is null ? null : new ImageReader(backing), writer, new WorkProgress()).Run(2, CancellationToken.None);
            writer.Finish();
        }

        VhdxTestImage written = VhdxTestImage.Create(disk, parent, subFormat: subFormat);
        written.Resize(16 * MiB).SetBytes(0, device.ToArray());
        Assert.Equal(disk, written.Read(parent));
        Assert.DoesNotContain(written.Check(), finding => finding.Severity == CheckSeverity.Corruption);
    }

    [Fact]
    public void A_device_that_is_too_small_is_refused()
    {
        using UsedDevice device = new("/images/device", 8 * MiB);
        ImageCreateOptions create = TestDisks.Options() with { VirtualSize = 8 * MiB, ClusterSize = MiB, SubFormat = "fixed" };
        StorageException error = Assert.Throws<StorageException>(() => ImageFormats.Get(DiskImageFormat.Vhdx).Create(device, create));
        Assert.Equal(ErrorIds.DestinationTooSmall, error.Id);
    }

    public static TheoryData<string, string> Contradictions() => new()
    {
        { "compress", "can't be compressed" },
        { "subformat=sparse", "'sparse' is no kind of VHDX" },
        { "subformat=differencing", "needs a backing file" },
        { "block_size=3M", "a block size of 3145728" },
        { "block_size=512k", "a block size of 524288" },
        { "block_size=512M", "a block size of 536870912" },
        { "log_size=1500k", "log_size is 1536000" },
        { "log_size=0", "log_size is 0" },
        { "log_size=4G", "log_size is 4294967296" },
        { "logical_sector_size=520", "logical_sector_size is 520" },
        { "physical_sector_size=1024", "physical_sector_size is 1024" },
        { "block_state_zero=maybe", "block_state_zero is 'maybe'" },
        { "force_size=on", "has no option 'force_size'" },
        { "size", "at most 64 TiB" },
        { "backing raw", "must be a VHDX" },
        { "backing fixed", "has no backing file" },
        { "backing preallocation", "would hide the parent" },
        { "two block sizes", "both 1048576 and 2097152" },
        { "two kinds", "both 'fixed' and 'dynamic'" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Options_that_can_not_be_met_are_refused(string what, string message)
    {
        ImageCreateOptions create = TestDisks.Options() with { VirtualSize = MiB };
        create = what switch
        {
            "compress" => create with { Compress = true },
            "size" => create with { VirtualSize = (64L << 40) + 512 },
            "backing raw" => create with { BackingFile = "a.raw", BackingFormat = DiskImageFormat.Raw },
            "backing fixed" => create with { BackingFile = "a.vhdx", SubFormat = "fixed" },
            "backing preallocation" => create with { BackingFile = "a.vhdx", Preallocation = Preallocation.Metadata },
            "two block sizes" => TestDisks.Options(("block_size", "2M")) with { ClusterSize = MiB },
            "two kinds" => TestDisks.Options(("subformat", "dynamic")) with { SubFormat = "fixed" },
            _ => TestDisks.Options((what.Split('=')[0], what.Split('=')[1])) with { VirtualSize = MiB },
        };
        StorageException error = Assert.Throws<StorageException>(() => ImageFormats.Get(DiskImageFormat.Vhdx).Validate(create));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
        Assert.Contains(message, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("123456789", 0xE3069283)]
    [InlineData("", 0)]
    [InlineData("a", 0xC1D04330)]
    public void The_checksum_is_that_of_Castagnoli(string text, uint expected)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        Assert.Equal(expected, Crc32C.Compute(bytes));
        for (int cut = 0; cut <= bytes.Length; cut++)
            Assert.Equal(expected, Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32])); // RFC 3720 B.4
    }

    [Fact]
    public void Runs_of_bits_are_found_as_bit_by_bit()
    {
        Random random = new(3);
        byte[] bits = new byte[256];
        for (int round = 0; round < 400; round++)
        {
            Array.Clear(bits);
            bool[] model = new bool[2048];
            for (int i = random.Next(6); i > 0; i--)
            {
                int first = random.Next(2048);
                int count = random.Next(2048 - first + 1) / random.Next(1, 40);
                VhdxSectorBitmap.Set(bits, first, count);
                Array.Fill(model, true, first, count);
            }

            int end = random.Next(1, 2049);
            for (int at = 0; at < end;)
            {
                int length = VhdxSectorBitmap.RunLength(bits, at, end, out bool value);
                int expected = 1;
                while (at + expected < end && model[at + expected] == model[at])
                    expected++;
                Assert.Equal((model[at], expected), (value, length));
                at += length;
            }
        }
    }

    /// <summary>A device of fixed size, full of old bytes.</summary>
    private sealed class UsedDevice : BlockDevice
    {
        private readonly MemoryBlockDevice _bytes;

        public UsedDevice(string path, int length)
        {
            byte[] old = new byte[length];
            Array.Fill(old, (byte)0xEE);
            _bytes = new MemoryBlockDevice(path, old);
        }

        public override string Path => _bytes.Path;

        public override long Length => _bytes.Length;

        public override bool IsFixedSize => true;

        public byte[] ToArray() => _bytes.ToArray();

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => _bytes.ReadUpTo(offset, buffer);

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => _bytes.Write(offset, buffer);

        public override void Flush()
        {
        }

        public override void SetLength(long length) => throw new InvalidOperationException("fixed");

        public override void WriteZeroes(HostOffset offset, long length) => _bytes.WriteZeroes(offset, length);
    }
}
