using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>Differencing VHDs: what they store, what they call their parent, and which parent they take.</summary>
public sealed class VhdDifferencingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("fixed", 2 << 20)]
    [InlineData("dynamic", 2 << 20)]
    [InlineData("dynamic", 512 << 10)]
    public void A_chain_of_three_reads_as_its_source(string baseFormat, int blockSize)
    {
        byte[] disk = TestDisks.Mixed((7 << 20) + 512, seed: 3);
        TestDisks.Convert(_folder.Write("0.raw", disk), _folder["0.vhd"], DiskImageFormat.Vhd, TestDisks.Options() with { SubFormat = baseFormat }, sourceFormat: DiskImageFormat.Raw);
        Random random = new(9);
        for (int layer = 1; layer <= 2; layer++)
        {
            for (int i = 0; i < 20; i++)
            {
                Span<byte> change = disk.AsSpan(random.Next(disk.Length - 9000), random.Next(1, 9000));
                if (i % 3 == 0)
                    change.Clear();
                else
                    random.NextBytes(change);
            }

            _folder.Write($"{layer}.raw", disk);
            ConvertOver($"{layer}.raw", $"{layer - 1}.vhd", $"{layer}.vhd", blockSize);

            Assert.Equal(disk, TestDisks.ReadAll(_folder[$"{layer}.vhd"]));
            Assert.Empty(TestDisks.Check(_folder[$"{layer}.vhd"]));
        }

        using DiskImage image = TestDisks.Open(_folder["2.vhd"]);
        Assert.Equal(3, image.Chain().Count());
    }

    [Fact]
    public void Only_what_differs_is_stored()
    {
        byte[] disk = VhdTestImage.DefaultDisk();
        disk[100_000] = 1;
        disk.AsSpan(VhdTestImage.SecondData + 8192, 4096).Clear(); // the parent has data here
        VhdTestImage parent = VhdTestImage.Create();
        VhdTestImage child = VhdTestImage.CreateChild(parent, disk);

        Assert.Equal(disk, child.Read(Gate(parent)));
        Assert.Equal(uint.MaxValue, child.Get32(VhdTestImage.Table + 4));
        byte[] first = child.Bytes[(int)child.Block(0)..][..512];
        Assert.Equal((0xFF, 1), (first[100_000 / 4096], first.Count(value => value != 0)));
        using DiskImage image = child.Open(gate: Gate(parent));
        Assert.Equal(ExtentKind.Backing, image.Map(default, new GuestOffset(4096)).Kind);
        Extent own = image.Map(new GuestOffset(VhdTestImage.SecondData + 8192), new GuestOffset(VhdTestImage.DiskSize));
        Assert.Equal((ExtentKind.Data, 4096L), (own.Kind, own.Length));
        // Behind the last sector of its own everything is the parent's, over free blocks too.
        Extent rest = image.Map(new GuestOffset(102_400), new GuestOffset(VhdTestImage.SecondData));
        Assert.Equal((ExtentKind.Backing, VhdTestImage.SecondData - 102_400L), (rest.Kind, rest.Length));
    }

    [Fact]
    public void A_child_records_its_parent()
    {
        VhdTestImage parent = VhdTestImage.Create();
        VhdTestImage child = VhdTestImage.CreateChild(parent, parent.Disk, "sub/Größe.vhd");

        ImageDescription description = child.Describe();
        Assert.Equal(("differencing", @".\sub\Größe.vhd", "vhd"), (description.SubFormat, description.BackingFile, description.BackingFormat));
        Assert.Equal(VhdTestImage.Id.ToString(), description.Details["parent_unique_id"]);
        VhdDynamicHeader header = VhdDynamicHeader.Parse(child.Bytes.AsSpan(512, 1024));
        Assert.Equal("Größe.vhd", header.ParentName);
        Assert.Equal((0x57327275u, 30u), (header.Locators[0].PlatformCode, header.Locators[0].DataLength));
        Assert.Equal(@".\sub\Größe.vhd", Encoding.Unicode.GetString(child.Bytes, (int)header.Locators[0].DataOffset, 30));
        Assert.Equal("00" + "G"[0].ToString().Replace("G", "47", StringComparison.Ordinal), Convert.ToHexString(child.Bytes, 512 + 64, 2)); // big-endian
        Assert.Equal(parent.Get32(24), header.ParentTimeStamp);
    }

    [Fact]
    public void Another_disk_under_the_parents_name_is_refused()
    {
        VhdTestImage parent = VhdTestImage.Create();
        VhdTestImage child = VhdTestImage.CreateChild(parent, parent.Disk);
        parent.Bytes[70] ^= 1;
        parent.Bytes[parent.Footer + 70] ^= 1;
        parent.Seal();

        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => child.Read(Gate(parent)));
        Assert.Equal(ErrorIds.BackingFileMismatch, error.Id);
        Assert.Contains(VhdTestImage.Id.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parent_that_was_copied_is_still_the_parent()
    {
        // Its time of modification is not that which the child recorded.
        VhdTestImage parent = VhdTestImage.Create();
        VhdTestImage child = VhdTestImage.CreateChild(parent, parent.Disk);
        child.Set32(VhdTestImage.Header + 56, 1);
        child.Seal();
        Assert.Equal(parent.Disk, child.Read(Gate(parent)));
    }

    [Fact]
    public void A_parent_of_another_format_is_refused()
    {
        VhdTestImage child = VhdTestImage.CreateChild(VhdTestImage.Create(), new byte[VhdTestImage.DiskSize]);
        StorageException error = Assert.Throws<StorageException>(() => child.Read(new VhdTestImage.Parents(("parent.vhd", new byte[65536]))));
        Assert.Equal(ErrorIds.ImageFormatMismatch, error.Id);
    }

    [Fact]
    public void Without_the_gates_consent_no_parent_is_opened()
    {
        VhdTestImage child = VhdTestImage.CreateChild(VhdTestImage.Create(), new byte[VhdTestImage.DiskSize]);
        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => child.Read());
        Assert.Equal(ErrorIds.BackingFileNotAllowed, error.Id);
        Assert.Equal(VhdTestImage.DiskSize, child.Describe().VirtualSize); // describing opens nothing
    }

    public static TheoryData<uint, string, string> Locators() => new()
    {
        { 0x57327275, @"..\x\parent.vhd", "../x/parent.vhd" },
        { 0x57326B75, @"C:\disks\parent.vhd", "parent.vhd" },
        { 0x4D616358, "file:///disks/my%20parent.vhd", "/disks/my parent.vhd" },
        { 0x4D616358, "file://localhost/disks/parent.vhd", "/disks/parent.vhd" },
        { 0x4D616358, "file://./parent.vhd", "./parent.vhd" },
    };

    [Theory]
    [MemberData(nameof(Locators))]
    public void Every_kind_of_locator_is_tried(uint code, string name, string first)
    {
        if (OperatingSystem.IsWindows())
            return;
        VhdTestImage child = VhdTestImage.CreateChild(VhdTestImage.Create(), new byte[VhdTestImage.DiskSize], new string('x', 60) + ".vhd");
        byte[] data = code == 0x4D616358 ? Encoding.UTF8.GetBytes(name) : Encoding.Unicode.GetBytes(name);
        long at = VhdDynamicHeader.Parse(child.Bytes.AsSpan(512)).Locators[0].DataOffset is var offset ? (long)offset : 0;
        data.CopyTo(child.Bytes, at);
        child.Set32(VhdTestImage.Header + 576, code);
        child.Set32(VhdTestImage.Header + 576 + 8, (uint)data.Length);
        child.Seal();
        VhdTestImage.Parents gate = new();

        ImageReferenceException error = Assert.Throws<ImageReferenceException>(() => child.Read(gate));

        Assert.Equal(ErrorIds.BackingFileNotFound, error.Id);
        Assert.Equal(first, gate.Asked[0]);
        Assert.Contains(new string('x', 60) + ".vhd", gate.Asked); // the name in the header comes last
    }

    [Fact]
    public void Locators_that_are_not_known_are_passed_over_and_found()
    {
        VhdTestImage parent = VhdTestImage.Create();
        VhdTestImage child = VhdTestImage.CreateChild(parent, parent.Disk);
        child.Set32(VhdTestImage.Header + 576, 0x4A554E4B); // "JUNK"
        child.Seal();
        Assert.Equal(parent.Disk, child.Read(Gate(parent)));
        CheckFinding finding = Assert.Single(child.Check());
        Assert.Equal((CheckSeverity.Information, "Platform Code"), (finding.Severity, finding.Field));
    }

    [Fact]
    public void A_disk_that_is_its_own_parent_is_refused()
    {
        TestDisks.Convert(_folder.Write("a.raw", new byte[1 << 20]), _folder["a.vhd"], DiskImageFormat.Vhd, sourceFormat: DiskImageFormat.Raw);
        ConvertOver("a.raw", "a.vhd", "b.vhd");
        File.Move(_folder["b.vhd"], _folder["a.vhd"], overwrite: true);
        StorageException error = Assert.ThrowsAny<StorageException>(() => TestDisks.ReadAll(_folder["a.vhd"]));
        Assert.Equal(ErrorIds.BackingChainInvalid, error.Id);
    }

    [Fact]
    public void A_child_of_another_size_or_of_no_VHD_is_refused()
    {
        VhdTestImage parent = VhdTestImage.Create();
        StorageException error = Assert.Throws<StorageException>(() => VhdTestImage.CreateChild(parent, new byte[VhdTestImage.DiskSize + 512]));
        Assert.Equal(ErrorIds.ParameterInvalid, error.Id);
        using RawImage raw = new(new MemoryBlockDevice("parent.raw", new byte[512]));
        ImageCreateOptions options = new() { VirtualSize = 512, BackingFile = "parent.raw", Backing = raw };
        error = Assert.Throws<StorageException>(() => VhdTestImage.Format().Create(new MemoryBlockDevice("a.vhd"), options));
        Assert.Contains("another VHD", error.Message, StringComparison.Ordinal);
    }

    private static VhdTestImage.Parents Gate(VhdTestImage parent) => new(("parent.vhd", parent.Bytes));

    private void ConvertOver(string raw, string parent, string name, int? blockSize = null)
    {
        using DiskImage source = TestDisks.Open(_folder[raw], DiskImageFormat.Raw);
        using DiskImage backing = TestDisks.Open(_folder[parent]);
        ConversionOptions options = new()
        {
            Format = DiskImageFormat.Vhd,
            Create = TestDisks.Options() with { BackingFile = parent, BackingFormat = DiskImageFormat.Vhd, Backing = backing, ClusterSize = blockSize },
            Verify = true,
            Gate = OpenGate.SameFolder,
        };
        ImageConverter.Convert(source, _folder[name], options, new WorkProgress(), CancellationToken.None);
    }
}
