using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

/// <summary>Conversions of damaged images, and conversions over a backing file.</summary>
public sealed class SalvageAndBackingTests : OperationTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_lost_is_zero_told_and_warned_of(bool verify)
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2", compress: true);
        Patch("a.qcow2", 128 << 10, [.. Enumerable.Repeat((byte)0xFF, 64)]); // the first cluster's stream
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("a.qcow2"), DiskImageFormat.Raw) { DestinationPath = "saved.img", Salvage = true, Verify = verify }, host);

        DiskImageInfo info = (DiskImageInfo)Assert.Single(host.Objects);
        DiskImageLostRange lost = Assert.Single(info.LostRanges);
        Assert.Equal((0L, 65536L), (lost.Start, lost.Length));
        Assert.Contains("compressed cluster at guest offset 0", lost.Reason, StringComparison.Ordinal);
        Assert.Contains($"'{At("a.qcow2")}' lost 64 KiB, ", Assert.Single(host.Warnings), StringComparison.Ordinal);
        byte[] expected = File.ReadAllBytes(At("a.img"));
        expected.AsSpan(0, 65536).Clear();
        Assert.Equal(expected, File.ReadAllBytes(At("saved.img")));
    }

    [Fact]
    public void A_sound_image_loses_nothing_and_warns_of_nothing()
    {
        Raw("a.img");
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { Salvage = true }, host);

        Assert.Empty(((DiskImageInfo)Assert.Single(host.Objects)).LostRanges);
        Assert.Empty(host.Warnings);
    }

    [Fact]
    public void A_broken_header_is_an_error_also_to_salvage()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2");
        Patch("a.qcow2", 20, 0, 0, 0, 99);
        MemoryHost host = Host();

        Refused(ErrorIds.ImageCorrupt, host, () => ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("a.qcow2"), DiskImageFormat.Raw) { DestinationPath = "b.img", Salvage = true }, host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Over_a_backing_file_only_what_differs_is_stored(bool verify)
    {
        Raw("base.img", length: 4 << 20);
        File.Copy(At("base.img"), At("a.img"));
        Patch("a.img", 1 << 20, 1, 2, 3);
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { BackingFile = "base.img", Verify = verify }, host);

        DiskImageInfo info = (DiskImageInfo)Assert.Single(host.Objects);
        Assert.Equal("base.img", info.BackingFile);
        Assert.Equal((At("a.qcow2"), "Convert raw of 4 MiB to qcow2 over base.img"), Assert.Single(host.Questions));
        DiskImageExtent own = Assert.Single(Extents(new GetDiskImageExtentRequest(At("a.qcow2"))), extent => extent.Depth == 0);
        Assert.Equal((1L << 20, 65536L), (own.Start, own.Length));
        Assert.Empty(Compare(new CompareDiskImageRequest("a.img", "a.qcow2", All: true)));
        Assert.Empty(host.Warnings);
    }

    [Fact]
    public void A_backing_file_elsewhere_is_named_by_its_path_and_warned_of()
    {
        Directory.CreateDirectory(At("below"));
        Raw("base.img");
        Raw("a.img", seed: 2);
        MemoryHost host = Host();

        ConvertDiskImageOperation.Run(
            new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = "below/a.qcow2", BackingFile = "base.img", Verify = true }, host);

        Assert.Equal(At("base.img"), ((DiskImageInfo)Assert.Single(host.Objects)).BackingFile);
        Assert.Contains("-AllowBackingFile", Assert.Single(host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_backing_file_is_refused_where_it_would_be_replaced_or_can_not_be_named()
    {
        Raw("a.img");
        Qcow2("a.img", "base.qcow2");
        ConvertDiskImageRequest request = new(At("a.img"), DiskImageFormat.Qcow2) { DestinationPath = "base.qcow2", BackingFile = "base.qcow2", Force = true };
        MemoryHost host = Host();

        Refused(ErrorIds.DestinationIsSource, host, () => ConvertDiskImageOperation.Run(request, host));
        Refused(ErrorIds.PathNotFound, host, () => ConvertDiskImageOperation.Run(request with { BackingFile = "none" }, host));
        Refused(ErrorIds.ParameterInvalid, host, () => ConvertDiskImageOperation.Run(request with { DestinationPath = "b.img", Format = DiskImageFormat.Raw }, host));
    }
}
