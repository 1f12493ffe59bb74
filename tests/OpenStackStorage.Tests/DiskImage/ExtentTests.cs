using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class ExtentTests : OperationTest
{
    [Fact]
    public void A_chain_is_seen_through()
    {
        Raw("base.img");
        New(new NewDiskImageRequest("top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img", Size = 2 << 20 });

        DiskImageExtent[] extents = Extents(new GetDiskImageExtentRequest(At("top.qcow2")));

        Assert.Equal(
            [(0L, 1L << 20, "Data", 1, (long?)0, At("base.img")), (1 << 20, 1 << 20, "Unallocated", 0, null, At("top.qcow2"))],
            extents.Select(extent => (extent.Start, extent.Length, extent.Kind, extent.Depth, extent.HostOffset, extent.File)));
        Assert.All(extents, extent => Assert.Equal(At("top.qcow2"), extent.Path));
    }

    [Fact]
    public void Compressed_clusters_have_no_one_place()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2", compress: true);

        DiskImageExtent[] extents = Extents(new GetDiskImageExtentRequest(At("a.qcow2")));

        Assert.Contains(extents, extent => extent.Kind == "Compressed" && extent.HostOffset is null && extent.File == At("a.qcow2"));
        Assert.Equal(1 << 20, extents.Sum(extent => extent.Length));
    }

    [Theory]
    [InlineData(1000UL, 500UL, 1000L, 500L)]
    [InlineData(1000UL, null, 1000L, (1 << 20) - 1000L)]
    [InlineData(1000UL, ulong.MaxValue, 1000L, (1 << 20) - 1000L)]
    [InlineData(null, 500UL, 0L, 500L)]
    public void A_part_is_cut_to_the_disk(ulong? offset, ulong? length, long start, long expected)
    {
        Raw("a.img");

        DiskImageExtent extent = Assert.Single(Extents(new GetDiskImageExtentRequest(At("a.img"), offset, length)));

        Assert.Equal((start, expected), (extent.Start, extent.Length));
    }

    [Fact]
    public void Behind_the_disk_is_nothing_and_further_is_refused()
    {
        Raw("a.img");

        Assert.Empty(Extents(new GetDiskImageExtentRequest(At("a.img"), Offset: 1 << 20)));
        StorageException error = Assert.Throws<StorageException>(() => Extents(new GetDiskImageExtentRequest(At("a.img"), Offset: (1 << 20) + 1)));
        Assert.Equal((ErrorIds.ParameterInvalid, At("a.img")), (error.Id, error.Target));
    }

    [Fact]
    public void A_file_elsewhere_needs_AllowBackingFile_and_a_format_can_be_named()
    {
        Directory.CreateDirectory(At("below"));
        Raw("base.img");
        NewDiskImageOperation.Run(new NewDiskImageRequest("below/top.qcow2", DiskImageFormat.Qcow2) { BackingFile = "base.img" }, Host());
        GetDiskImageExtentRequest request = new(At("below/top.qcow2"));

        Assert.Equal(ErrorIds.BackingFileNotAllowed, Assert.ThrowsAny<StorageException>(() => Extents(request)).Id);
        Assert.Equal(1, Assert.Single(Extents(request with { AllowBackingFile = true })).Depth);
        Assert.Equal(new FileInfo(At("below/top.qcow2")).Length, Extents(request with { SourceFormat = DiskImageFormat.Raw }).Sum(extent => extent.Length));
    }
}
