namespace OpenStackStorage.Disks.Tests;

/// <summary>Differencing disks: what is stored of them, and how they find their parent and no other file.</summary>
public sealed class VhdxDifferencingTests : IDisposable
{
    private const int MiB = VhdxTestImage.MiB;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 512)]
    [InlineData(2, 512)]
    [InlineData(2, 4096)]
    [InlineData(32, 512)]
    public void A_chain_reads_as_its_disks_do(int blockMiB, int sectorSize)
    {
        (string, string) sectors = ("logical_sector_size", $"{sectorSize}");
        byte[] disk = TestDisks.Mixed((9 * MiB) + 4096, seed: 5);
        Convert(disk, null, "base.vhdx", sectors);
        Random random = new(blockMiB);
        string below = "base.vhdx";
        foreach (string name in new[] { "a.avhdx", "b.avhdx", "c.avhdx" })
        {
            for (int i = 0; i < 6; i++)
            {
                Span<byte> part = disk.AsSpan(random.Next(disk.Length));
                part = part[..random.Next(Math.Min(part.Length, 3 * MiB))];
                if (i % 2 == 0)
                    part.Clear();
                else
                    random.NextBytes(part[..Math.Min(part.Length, 20_000)]);
            }

            Convert(disk, below, name, blockMiB * MiB, sectors);
            Assert.Equal(disk, TestDisks.ReadAll(_folder[name]));
            Assert.Empty(TestDisks.Check(_folder[name]));
            below = name;
        }

        using DiskImage image = TestDisks.Open(_folder["c.avhdx"]);
        Assert.Equal(4, image.Chain().Count());
        if (Tool.Exists("qemu-img"))
            Assert.NotEqual(0, Tool.TryRun("qemu-img", "convert", "-O", "raw", _folder["c.avhdx"], _folder["c.raw"]).Code); // so it can't be a peer here
    }

    [Fact]
    public void Only_what_differs_is_stored()
    {
        byte[] disk = new byte[6 * MiB];
        new Random(1).NextBytes(disk);
        Convert(disk, null, "base.vhdx");
        disk[70_000] ^= 1; // one unit of block 0
        disk.AsSpan(MiB, MiB).Clear(); // all of block 1
        disk.AsSpan(2 * MiB, 4096).Clear(); // zeroes alone in block 2
        new Random(2).NextBytes(disk.AsSpan(3 * MiB, MiB)); // all of block 3
        Convert(disk, "base.vhdx", "diff.vhdx");

        using (VhdxImage image = (VhdxImage)TestDisks.Open(_folder["diff.vhdx"]))
        {
            Assert.Equal(
                [(0L, ExtentKind.Backing), (69632L, ExtentKind.Data), (73728L, ExtentKind.Backing), (MiB, ExtentKind.Zero), (2L * MiB, ExtentKind.Data),
                (2L * MiB + 4096, ExtentKind.Backing), (3L * MiB, ExtentKind.Data), (4L * MiB, ExtentKind.Backing)],
                Extents(image));
        }

        Assert.Equal(disk, TestDisks.ReadAll(_folder["diff.vhdx"]));
        byte[] file = File.ReadAllBytes(_folder["diff.vhdx"]);
        ulong[] bat = [.. Enumerable.Range(0, 6).Select(i => BitConverter.ToUInt64(file, VhdxTestImage.Bat + (i * 8)) & 7)];
        Assert.Equal([7, 2, 7, 6, 0, 0], bat);
        Assert.Equal(8 * MiB, file.Length); // three blocks and a sector bitmap
        // [MS-VHDX] 2.4: bit 0 of byte 0 is the first sector of the chunk. 69632 / 512 = 136.
        Assert.Equal([0, 0xFF, 0], file[((7 * MiB) + 16)..((7 * MiB) + 19)]);
    }

    [Fact]
    public void Bits_of_single_sectors_count()
    {
        byte[] parent = VhdxTestImage.Create([.. Enumerable.Repeat((byte)1, MiB)]).Bytes;
        byte[] changed = [.. Enumerable.Repeat((byte)1, MiB)];
        changed.AsSpan(0, 4096).Fill(2);
        VhdxTestImage image = VhdxTestImage.Create(changed, parent, identity: new VhdxIdentity(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()));
        Assert.Equal(changed, image.Read(parent));

        image.Bytes[VhdxTestImage.Data + MiB] = 0b1010_0001; // the sector bitmap lies behind the one block
        byte[] expected = [.. Enumerable.Repeat((byte)1, MiB)];
        foreach (int sector in new[] { 0, 5, 7 })
            expected.AsSpan(sector * 512, 512).Fill(2);
        Assert.Equal(expected, image.Read(parent));
    }

    [Fact]
    public void A_disk_that_outgrew_its_parent_reads_as_zeroes_there()
    {
        byte[] parent = VhdxTestImage.Create([.. Enumerable.Repeat((byte)1, MiB)]).Bytes;
        byte[] disk = new byte[(3 * MiB) + 512];
        disk.AsSpan(0, MiB).Fill(1);
        disk[^1] = 4;
        VhdxTestImage image = VhdxTestImage.Create(disk, parent, identity: new VhdxIdentity(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()));
        Assert.Equal(disk, image.Read(parent));
    }

    [Fact]
    public void The_locator_is_described()
    {
        Convert(new byte[MiB], null, "base.vhdx");
        Convert(new byte[MiB], "base.vhdx", "diff.vhdx");
        using FileBlockDevice device = FileBlockDevice.OpenRead(_folder["diff.vhdx"]);
        ImageDescription description = ImageFormats.Get(DiskImageFormat.Vhdx).Describe(device);
        Assert.Equal(("differencing", @".\base.vhdx", "vhdx", 2 * MiB), (description.SubFormat, description.BackingFile, description.BackingFormat, description.ClusterSize));
        using VhdxImage parent = (VhdxImage)TestDisks.Open(_folder["base.vhdx"]);
        Assert.Equal(parent.DataWriteGuid.ToString(), description.Details["parent_linkage"]);
    }

    [Fact]
    public void A_parent_in_another_folder_is_named_from_here()
    {
        Directory.CreateDirectory(_folder["up"]);
        Convert(new byte[MiB], null, "up/base.vhdx");
        Convert(new byte[MiB], "up/base.vhdx", "diff.vhdx");
        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["diff.vhdx"])).Id);
        TestDisks.Open(_folder["diff.vhdx"], gate: OpenGate.Allow).Dispose();
        using FileBlockDevice device = FileBlockDevice.OpenRead(_folder["diff.vhdx"]);
        Assert.Equal(@".\up\base.vhdx", ImageFormats.Get(DiskImageFormat.Vhdx).Describe(device).BackingFile);
    }

    [Fact]
    public void Another_parent_is_refused()
    {
        Convert(new byte[MiB], null, "base.vhdx");
        Convert([.. Enumerable.Repeat((byte)1, MiB)], "base.vhdx", "diff.vhdx");
        Convert(new byte[MiB], null, "other.vhdx"); // equal in content, but another disk
        File.Move(_folder["other.vhdx"], _folder["base.vhdx"], overwrite: true);
        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["diff.vhdx"]));
        Assert.Equal(ErrorIds.BackingFileMismatch, error.Id);
        Assert.Contains("DataWriteGuid", error.Message, StringComparison.Ordinal);

        File.WriteAllBytes(_folder["base.vhdx"], new byte[MiB]);
        Assert.Equal(ErrorIds.BackingFileMismatch, Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["diff.vhdx"])).Id);
        File.Delete(_folder["base.vhdx"]);
        Assert.Equal(ErrorIds.BackingFileNotFound, Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["diff.vhdx"])).Id);
        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["diff.vhdx"], gate: OpenGate.Deny)).Id);
    }

    [Fact]
    public void Without_its_parent_a_disk_opens_when_that_is_asked_for()
    {
        Convert(new byte[MiB], null, "base.vhdx");
        Convert([.. Enumerable.Repeat((byte)1, 4096), .. new byte[MiB - 4096]], "base.vhdx", "diff.vhdx");
        File.Delete(_folder["base.vhdx"]);
        using DiskImage image = ImageFormats.Open(_folder["diff.vhdx"], new ImageOpenOptions { OpensBacking = false });
        Assert.Null(image.Backing);
        Assert.Equal([(0L, ExtentKind.Data), (4096L, ExtentKind.Unallocated)], Extents(image));
    }

    [Fact]
    public void Both_linkages_are_identities()
    {
        VhdxParentLocator locator = new() { Linkage = Guid.NewGuid(), Linkage2 = Guid.NewGuid(), VolumePath = @"\\?\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\p.vhdx", AbsolutePath = @"\\?\d:\x\p.vhdx" };
        VhdxParentLocator read = VhdxParentLocator.Parse(new MemoryBlockDevice("a"), 0, locator.ToBytes());
        Assert.Equal(locator, read);
        Assert.Equal(locator.VolumePath, read.Name);
        Assert.True(read.IsIdentity(locator.Linkage) && read.IsIdentity(locator.Linkage2.Value) && !read.IsIdentity(Guid.NewGuid()));
        Assert.False((read with { Linkage2 = null }).IsIdentity(Guid.Empty));
    }

    [Fact]
    public void A_chain_that_loops_is_refused()
    {
        Convert(new byte[MiB], null, "base.vhdx");
        Convert(new byte[MiB], "base.vhdx", "diff.vhdx");
        File.Copy(_folder["diff.vhdx"], _folder["base.vhdx"], overwrite: true);
        File.Delete(_folder["diff.vhdx"]);
        Assert.Equal(ErrorIds.BackingChainInvalid, Assert.Throws<ImageReferenceException>(() => TestDisks.Open(_folder["base.vhdx"])).Id);
    }

    [Fact]
    public void Other_sector_sizes_than_the_parents_are_refused()
    {
        Convert(new byte[MiB], null, "base.vhdx", ("logical_sector_size", "4096"));
        StorageException error = Assert.Throws<StorageException>(() => Convert(new byte[MiB], "base.vhdx", "diff.vhdx", ("logical_sector_size", "512")));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
    }

    private static List<(long, ExtentKind)> Extents(DiskImage image)
    {
        List<(long, ExtentKind)> extents = [];
        GuestOffset end = new(image.VirtualSize);
        for (GuestOffset at = default; at < end;)
        {
            Extent extent = image.Map(at, end);
            extents.Add((at.Value, extent.Kind));
            at = extent.End;
        }

        return extents;
    }

    private void Convert(byte[] disk, string? parent, string name, params (string, string)[] options) => Convert(disk, parent, name, parent is null ? null : name == "diff.vhdx" && disk.Length > MiB ? MiB : null, options);

    private void Convert(byte[] disk, string? parent, string name, int? blockSize, params (string, string)[] options)
    {
        using DiskImage source = new RawImage(new MemoryBlockDevice("disk.raw", (byte[])disk.Clone()));
        using DiskImage? backing = parent is null ? null : TestDisks.Open(_folder[parent], gate: OpenGate.Allow);
        ConversionOptions conversion = new()
        {
            Format = DiskImageFormat.Vhdx,
            Create = TestDisks.Options(options) with { ClusterSize = blockSize, BackingFile = parent, BackingFormat = parent is null ? null : DiskImageFormat.Vhdx, Backing = backing },
            Verify = true,
            Gate = OpenGate.Allow,
            Threads = 2,
        };
        ImageConverter.Convert(source, _folder[name], conversion, new WorkProgress(), CancellationToken.None);
    }
}
