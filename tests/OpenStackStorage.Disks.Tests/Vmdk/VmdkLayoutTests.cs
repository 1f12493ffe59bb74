namespace OpenStackStorage.Disks.Tests;

/// <summary>What options make, and which are refused before anything is written.</summary>
public class VmdkLayoutTests
{
    [Theory]
    [InlineData("", "ddb.adapterType = \"ide\"", "ddb.virtualHWVersion = \"4\"", "ddb.geometry.heads = \"16\"")]
    [InlineData("adapter_type=lsilogic,hwversion=19,toolsversion=12352", "ddb.adapterType = \"lsilogic\"", "ddb.virtualHWVersion = \"19\"", "ddb.toolsVersion = \"12352\"")]
    [InlineData("compat6=on", "ddb.virtualHWVersion = \"6\"", "createType=\"monolithicSparse\"", "parentCID=ffffffff")]
    public void Options_reach_the_descriptor(string options, params string[] lines)
    {
        VmdkTestImage image = VmdkTestImage.Create(new byte[1 << 20], Options(options));
        Assert.All(lines, line => Assert.Contains($"{line}\n", image.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("zeroed_grain=on", 2)]
    public void Zeroed_grains_need_version_2(string options, uint version) =>
        Assert.Equal(version, VmdkTestImage.Create(new byte[1 << 20], Options(options)).Header.Version);

    [Theory]
    [InlineData("adapter_type=nvme")]
    [InlineData("hwversion=x")]
    [InlineData("hwversion=4,compat6=on")]
    [InlineData("toolsversion=-1")]
    [InlineData("subformat=x")]
    public void Bad_options_are_refused(string options) => AssertRefused(Options(options));

    [Fact]
    public void Contradictions_are_refused()
    {
        ImageCreateOptions options = Options("");
        AssertRefused(options with { VirtualSize = 0 });
        AssertRefused(options with { VirtualSize = (2L << 40) + 512 });
        AssertRefused(options with { VirtualSize = 1001 * (2047L << 20), SubFormat = "twoGbMaxExtentFlat" });
        AssertRefused(options with { SubFormat = "vmfsSparse" });
        AssertRefused(options with { SubFormat = "monolithicFlat", Compress = true });
        AssertRefused(options with { Compress = true, CompressionType = CompressionType.Zstd });
        AssertRefused(options with { Compress = true, CompressionLevel = 10 });
        AssertRefused(options with { ClusterSize = 4096 });
        AssertRefused(options with { Preallocation = Preallocation.Full });
        AssertRefused(options with { SubFormat = "monolithicFlat", Preallocation = Preallocation.Metadata });
        AssertRefused(options with { SubFormat = "monolithicFlat", BackingFile = "a.vmdk" });
        AssertRefused(options with { SubFormat = "streamOptimized", BackingFile = "a.vmdk" });
        AssertRefused(options with { BackingFile = "a.qcow2", BackingFormat = DiskImageFormat.Qcow2 });
        AssertRefused(options with { BackingFile = "a\".vmdk" });
    }

    [Theory]
    [InlineData("monolithicSparse", 5L << 30, "d.vmdk")]
    [InlineData("monolithicFlat", 5L << 30, "d.vmdk d-flat.vmdk")]
    [InlineData("twoGbMaxExtentSparse", 2047L << 20, "d.vmdk d-s001.vmdk")]
    [InlineData("TwoGbMaxExtentFlat", 5L << 30, "d.vmdk d-f001.vmdk d-f002.vmdk d-f003.vmdk")]
    public void The_files_of_a_disk_are_named_as_VMware_names_them(string subFormat, long size, string names)
    {
        IReadOnlyList<string> files = new VmdkFormat().FilesOf(Path.Combine("folder", "d.vmdk"), Options("") with { SubFormat = subFormat, VirtualSize = size });
        Assert.Equal(names.Split(' ').Select(name => Path.Combine("folder", name)), files);
    }

    [Fact]
    public void A_disk_in_several_files_appears_whole_or_not_at_all()
    {
        using TemporaryFolder folder = new();
        string raw = folder.Write("a.raw", TestDisks.Mixed(1 << 20));
        folder.Write("b-flat.vmdk", [1]);
        using DiskImage source = TestDisks.Open(raw);
        ConversionOptions options = new() { Format = DiskImageFormat.Vmdk, Create = VmdkQemuTests.Options("monolithicFlat") };
        StorageException error = Assert.Throws<StorageException>(() => ImageConverter.Convert(source, folder["b.vmdk"], options, new WorkProgress(), CancellationToken.None));
        Assert.Equal((ErrorIds.DestinationExists, folder["b-flat.vmdk"]), (error.Id, error.Target));
        Assert.False(File.Exists(folder["b.vmdk"]));
        Assert.Equal([1], File.ReadAllBytes(folder["b-flat.vmdk"]));
    }

    [Fact]
    public void A_flat_disk_can_have_its_space_reserved()
    {
        using TemporaryFolder folder = new();
        folder.Write("a.raw", new byte[4 << 20]);
        TestDisks.Convert(folder["a.raw"], folder["b.vmdk"], DiskImageFormat.Vmdk, VmdkQemuTests.Options("monolithicFlat") with { Preallocation = Preallocation.Full });
        using FileBlockDevice flat = FileBlockDevice.OpenRead(folder["b-flat.vmdk"]);
        Assert.InRange(flat.AllocatedLength, 4 << 20, 5 << 20);
    }

    private static ImageCreateOptions Options(string options) =>
        TestDisks.Options([.. options.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(option => (option.Split('=')[0], option.Split('=')[1]))]) with { VirtualSize = 1 << 20 };

    private static void AssertRefused(ImageCreateOptions options) =>
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => new VmdkFormat().Validate(options)).Id);
}
