using System.Text;
using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class InfoTests : OperationTest
{
    /// <summary>The shortest headers by which foreign formats are known; bytes as the formats' specifications place them.</summary>
    public static TheoryData<string, int, byte[]> ForeignHeaders { get; } = new()
    {
        { "qed", 0, "QED\0"u8.ToArray() },
        { "luks", 0, [.. "LUKS"u8, 0xBA, 0xBE, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(ForeignHeaders))]
    public void A_foreign_format_is_recognised_by_its_header(string format, int offset, byte[] header)
    {
        byte[] file = new byte[1 << 20];
        header.CopyTo(file, offset);
        File.WriteAllBytes(At("image"), file);

        DiskImageInfo info = Assert.Single(Info(new GetDiskImageInfoRequest(At("image"))));

        Assert.Equal((format, At("image")), (info.Format, info.Path));
    }

    [Fact]
    public void A_descriptor_that_names_other_files_is_a_finding()
    {
        string text = "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 2048 FLAT \"/etc/passwd\" 0\n";
        File.WriteAllBytes(At("a.vmdk"), Encoding.ASCII.GetBytes(text.PadRight(1024, '\n')));

        DiskImageInfo info = Assert.Single(Info(new GetDiskImageInfoRequest(At("a.vmdk"))));

        Assert.Contains(info.SafetyFindings, finding => finding.Check == "descriptor");
    }

    [Fact]
    public void A_polyglot_is_shown_with_both_names_and_a_finding()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2");
        Patch("a.qcow2", 0x8000, [1, .. "CD001"u8, 1]);

        DiskImageInfo info = Assert.Single(Info(new GetDiskImageInfoRequest(At("a.qcow2"))));

        Assert.Equal("qcow2+iso", info.Format);
        Assert.Contains(info.SafetyFindings, finding => finding.Check == "ambiguous");
        Assert.Equal("qcow2", Assert.Single(Info(new GetDiskImageInfoRequest(At("a.qcow2"), DiskImageFormat.Qcow2))).Format);
    }

    [Fact]
    public void A_chain_is_shown_nearest_first()
    {
        New(new NewDiskImageRequest("base.qcow2", DiskImageFormat.Qcow2) { Size = 1 << 20 });
        New(new NewDiskImageRequest("middle.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.qcow2" });
        New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "middle.qcow2", Size = 2 << 20 });

        DiskImageInfo[] chain = Info(new GetDiskImageInfoRequest(At("top.qcow2"), BackingChain: true));

        Assert.Equal(["top.qcow2", "middle.qcow2", "base.qcow2"], chain.Select(image => Path.GetFileName(image.Path)));
        Assert.Equal(["middle.qcow2", "base.qcow2", null], chain.Select(image => image.BackingFile));
        Assert.Equal([2 << 20, 1 << 20, 1 << 20], chain.Select(image => image.VirtualSize));
    }

    [Fact]
    public void Without_BackingChain_no_other_file_is_opened()
    {
        Raw("base.img");
        New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" });
        File.Delete(At("base.img"));

        Assert.Equal("base.img", Assert.Single(Info(new GetDiskImageInfoRequest(At("top.qcow2")))).BackingFile);
        MemoryHost host = Host();
        StorageException error = Assert.ThrowsAny<StorageException>(
            () => GetDiskImageInfoOperation.Run(new GetDiskImageInfoRequest(At("top.qcow2"), BackingChain: true), host));
        Assert.Equal(ErrorIds.BackingFileNotFound, error.Id);
        Assert.Single(host.Objects);
    }

    [Fact]
    public void A_chain_that_leaves_the_folder_needs_AllowBackingFile()
    {
        Directory.CreateDirectory(At("below"));
        Raw("base.img");
        NewDiskImageOperation.Run(new NewDiskImageRequest("below/top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" }, Host());
        GetDiskImageInfoRequest request = new(At("below/top.qcow2"), BackingChain: true);

        StorageException error = Assert.ThrowsAny<StorageException>(() => GetDiskImageInfoOperation.Run(request, Host()));

        Assert.Equal(ErrorIds.BackingFileNotAllowed, error.Id);
        Assert.Equal(2, Info(request with { AllowBackingFile = true }).Length);
    }

    [Fact]
    public void A_broken_header_is_named_with_byte_and_field()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2");
        Patch("a.qcow2", 20, 0, 0, 0, 99);

        ImageFormatException error = Assert.Throws<ImageFormatException>(() => GetDiskImageInfoOperation.Run(new GetDiskImageInfoRequest(At("a.qcow2")), Host()));

        Assert.Equal((ErrorIds.ImageCorrupt, 20L, "cluster_bits", "99"), (error.Id, error.Offset, error.Field, error.Found));
    }

    [Fact]
    public void An_empty_file_is_an_empty_raw_disk()
    {
        File.WriteAllBytes(At("empty"), []);

        DiskImageInfo info = Assert.Single(Info(new GetDiskImageInfoRequest(At("empty"))));

        Assert.Equal(("raw", 0L), (info.Format, info.VirtualSize));
    }
}
