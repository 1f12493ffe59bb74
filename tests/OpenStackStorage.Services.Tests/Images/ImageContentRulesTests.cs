using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Images;

public class ImageContentRulesTests
{
    private const ImageContainerFormat Bare = ImageContainerFormat.Bare;

    public static TheoryData<ImageDiskFormat, DiskImageFormat> Formats() => new()
    {
        { ImageDiskFormat.Qcow2, DiskImageFormat.Qcow2 },
        { ImageDiskFormat.Vhd, DiskImageFormat.Vhd },
        { ImageDiskFormat.Vhdx, DiskImageFormat.Vhdx },
        { ImageDiskFormat.Vmdk, DiskImageFormat.Vmdk },
        { ImageDiskFormat.Vdi, DiskImageFormat.Vdi },
    };

    public static TheoryData<ImageContainerFormat> Containers() => [.. Enum.GetValues<ImageContainerFormat>().Where(container => container != ImageContainerFormat.Ova)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_disk_that_is_what_it_is_declared_passes_in_every_container(ImageDiskFormat declared, DiskImageFormat format)
    {
        byte[] data = Samples.Empty(format);
        foreach (ImageContainerFormat container in Enum.GetValues<ImageContainerFormat>())
            Assert.Equal(Samples.VirtualSize, Check(container == ImageContainerFormat.Ova ? Samples.Ova(("disk", data)) : data, declared, container).VirtualSize);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_disk_that_is_declared_raw_passes_with_the_size_of_its_bytes(ImageDiskFormat declared, DiskImageFormat format)
    {
        byte[] data = Samples.Empty(format);
        ImageContentFacts facts = Check(data, ImageDiskFormat.Raw);
        Assert.Equal((declared.ToString().ToLowerInvariant(), (long?)data.Length), (facts.Content, facts.VirtualSize));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_disk_of_another_format_is_refused_in_every_container(ImageDiskFormat declared, DiskImageFormat format)
    {
        foreach (ImageDiskFormat other in Enum.GetValues<ImageDiskFormat>().Where(other => other != declared && other != ImageDiskFormat.Raw))
        {
            byte[] data = Samples.Empty(format);
            foreach (ImageContainerFormat container in Enum.GetValues<ImageContainerFormat>())
                Refuses(ErrorIds.ImageFormatMismatch, container == ImageContainerFormat.Ova ? Samples.Ova(("disk", data)) : data, other, container);
        }
    }

    [Theory]
    [InlineData(ImageDiskFormat.Qcow2)]
    [InlineData(ImageDiskFormat.Vmdk)]
    [InlineData(ImageDiskFormat.Vhd)]
    [InlineData(ImageDiskFormat.Vhdx)]
    [InlineData(ImageDiskFormat.Vdi)]
    [InlineData(ImageDiskFormat.Iso)]
    public void Random_bytes_are_no_image_of_a_format_with_a_signature(ImageDiskFormat declared) =>
        Refuses(ErrorIds.ImageFormatMismatch, Samples.Noise(1 << 20), declared, Bare);

    [Theory]
    [InlineData(ImageDiskFormat.Ami)]
    [InlineData(ImageDiskFormat.Ari)]
    [InlineData(ImageDiskFormat.Aki)]
    [InlineData(ImageDiskFormat.Ploop)]
    public void Unknown_content_passes_for_formats_that_nobody_can_inspect_and_has_no_virtual_size(ImageDiskFormat declared)
    {
        Assert.Null(Check(Samples.Noise(4096), declared).VirtualSize);
        Assert.Null(Check(Samples.Kernel(), declared).VirtualSize);
    }

    [Fact]
    public void An_iso_that_boots_from_a_stick_is_an_iso_whatever_its_partition_table_says()
    {
        byte[] iso = Samples.Iso();
        iso[510] = 0x55;
        iso[511] = 0xAA; // a table without a partition: as a disk it would fail the check "mbr"
        Assert.Equal("iso", Check(iso, ImageDiskFormat.Iso).Content);
        Refuses(ErrorIds.ImageFormatMismatch, iso, ImageDiskFormat.Qcow2, Bare);
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_file_of_two_formats_is_refused_whatever_it_is_declared(ImageContainerFormat container)
    {
        byte[] polyglot = Samples.Iso();
        Samples.Empty(DiskImageFormat.Qcow2).AsSpan(0, 512).CopyTo(polyglot);
        foreach (ImageDiskFormat declared in Enum.GetValues<ImageDiskFormat>())
            Refuses(ErrorIds.ImageFormatMismatch, polyglot, declared, container);
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_backing_file_is_refused_with_its_place_even_where_the_image_is_declared_raw(ImageContainerFormat container)
    {
        ServiceException error = RefusesQcow2(Samples.BackedBy("/etc/passwd"), container);
        Assert.Contains("byte 8", error.Message, StringComparison.Ordinal);
    }

    // CVE-2024-32498, and its form that Nova's first fix let through.
    [Theory]
    [MemberData(nameof(Containers))]
    public void A_qcow2_data_file_is_refused_with_its_place_even_where_the_image_is_declared_raw(ImageContainerFormat container)
    {
        ServiceException error = RefusesQcow2(Samples.DataFile(), container);
        Assert.Contains("data_file", error.Found, StringComparison.Ordinal);
        Assert.Contains("byte 7", error.Message, StringComparison.Ordinal);
    }

    // CVE-2022-47951.
    [Theory]
    [InlineData("monolithicFlat", "FLAT \"/etc/passwd\" 0")]
    [InlineData("monolithicSparse", "FLAT \"/etc/passwd\" 0")]
    [InlineData("monolithicSparse", "SPARSE \"/etc/passwd\"")]
    [InlineData("monolithicSparse", "SPARSE \"../../x.vmdk\"")]
    public void A_vmdk_that_names_another_file_is_refused_even_where_it_is_declared_raw(string type, string extent)
    {
        foreach (byte[] data in new[] { Samples.VmdkText(type, extent), Samples.VmdkSparse(type, extent) })
        {
            foreach (ImageContainerFormat container in Enum.GetValues<ImageContainerFormat>())
            {
                byte[] content = container == ImageContainerFormat.Ova ? Samples.Ova(("disk.vmdk", data)) : data;
                Refuses(ErrorIds.ImageUnsafe, content, ImageDiskFormat.Vmdk, container);
                Refuses(ErrorIds.ImageUnsafe, content, ImageDiskFormat.Raw, container);
            }
        }
    }

    [Fact]
    public void An_ova_is_looked_into()
    {
        byte[] ova = Samples.Ova(("box.ovf", "<Envelope/>"u8.ToArray()), ("disk.vmdk", Samples.Empty(DiskImageFormat.Vmdk)));
        Assert.Equal(new ImageContentFacts("ova", Samples.VirtualSize, null), Check(ova, ImageDiskFormat.Vmdk, ImageContainerFormat.Ova));
        Refuses(ErrorIds.ImageFormatMismatch, Samples.Ova(("box.ovf", "<Envelope/>"u8.ToArray())), ImageDiskFormat.Vmdk, ImageContainerFormat.Ova);
        Refuses(ErrorIds.ImageUnsafe, Samples.Ova(("a.vmdk", Samples.Empty(DiskImageFormat.Vmdk)), ("b", Samples.BackedBy("x"))), ImageDiskFormat.Raw, ImageContainerFormat.Ova);
        Refuses(ErrorIds.ImageFormatMismatch, Samples.Noise(4096), ImageDiskFormat.Vmdk, ImageContainerFormat.Ova);
        Refuses(ErrorIds.ImageFormatMismatch, [], ImageDiskFormat.Vmdk, ImageContainerFormat.Ova);
    }

    [Fact]
    public void An_ova_with_a_link_or_with_a_damaged_header_is_refused()
    {
        MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Ustar, leaveOpen: true))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "disk.vmdk") { LinkName = "/etc/passwd" });
        Refuses(ErrorIds.ImageUnsafe, stream.ToArray(), ImageDiskFormat.Vmdk, ImageContainerFormat.Ova);
        byte[] ova = Samples.Ova(("disk.vmdk", Samples.Empty(DiskImageFormat.Vmdk)));
        Refuses(ErrorIds.ImageFormatMismatch, ova[..2000], ImageDiskFormat.Vmdk, ImageContainerFormat.Ova);
        ova[0] ^= 1;
        Refuses(ErrorIds.ImageFormatMismatch, ova, ImageDiskFormat.Vmdk, ImageContainerFormat.Ova);
    }

    [Theory]
    [InlineData(ImageContainerFormat.Ovf)]
    [InlineData(ImageContainerFormat.Docker)]
    [InlineData(ImageContainerFormat.Compressed)]
    public void What_an_envelope_hides_is_said_not_to_be_checked(ImageContainerFormat container) =>
        Assert.NotNull(Check(Samples.Noise(4096), ImageDiskFormat.Qcow2, container).NotChecked);

    private static ServiceException RefusesQcow2(byte[] data, ImageContainerFormat container)
    {
        Refuses(ErrorIds.ImageUnsafe, data, ImageDiskFormat.Raw, container);
        return Refuses(ErrorIds.ImageUnsafe, data, ImageDiskFormat.Qcow2, container);
    }

    private static ServiceException Refuses(ErrorId id, byte[] data, ImageDiskFormat declared, ImageContainerFormat container)
    {
        ServiceException error = Assert.Throws<ServiceException>(() => Check(data, declared, container));
        error.AssertId(id);
        return error;
    }

    private static ImageContentFacts Check(byte[] data, ImageDiskFormat declared, ImageContainerFormat container = Bare) =>
        ImageContentRules.Check(new MemoryBlockDevice("data", data), declared, container);
}
