using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class MeasureTests : OperationTest
{
    [Fact]
    public void What_is_required_is_what_a_conversion_writes()
    {
        Raw("a.img", length: (1 << 20) + 512);

        DiskImageMeasure measure = Measure(new MeasureDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { ClusterSize = 4096 });

        Convert(new ConvertDiskImageRequest(At("a.img"), DiskImageFormat.Qcow2) { ClusterSize = 4096 });
        Assert.InRange(new FileInfo(At("a.qcow2")).Length, 1, measure.Required); // zeroes that are stored are seen only when they are read
        Assert.Equal((At("a.img"), "qcow2", (1L << 20) + 512), (measure.Path, measure.Format, measure.VirtualSize));
        Assert.Equal(measure.FullyAllocated, measure.Required);
    }

    [Theory]
    [InlineData(Preallocation.Off)]
    [InlineData(Preallocation.Metadata)]
    [InlineData(Preallocation.Falloc)]
    public void An_empty_image_is_measured_by_its_size(Preallocation preallocation)
    {
        MeasureDiskImageRequest request = new(null, DiskImageFormat.Qcow2)
        {
            Size = 10 << 20,
            Preallocation = preallocation,
            SubFormat = "v3",
            Options = new Dictionary<string, string> { ["refcount_bits"] = "64" },
        };

        DiskImageMeasure measure = Measure(request);

        New(new NewDiskImageRequest("a.qcow2", DiskImageFormat.Qcow2) { Size = request.Size, Preallocation = preallocation, Options = request.Options });
        Assert.Equal(new FileInfo(At("a.qcow2")).Length, measure.Required);
        Assert.Equal((null, 10L << 20), (measure.Path, measure.VirtualSize));
    }

    [Fact]
    public void A_huge_size_takes_no_time()
    {
        DiskImageMeasure measure = Measure(new MeasureDiskImageRequest(null, DiskImageFormat.Qcow2) { Size = 1UL << 50 });

        Assert.InRange(measure.FullyAllocated, 1L << 50, (1L << 50) + (1L << 40));
        Assert.InRange(measure.Required, 1, 64 << 20);
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        foreach (MeasureDiskImageRequest request in (MeasureDiskImageRequest[])[
            new(null, DiskImageFormat.Qcow2) { Size = ulong.MaxValue },
            new(null, DiskImageFormat.Qcow2) { Size = 1 << 20, ClusterSize = 1000 },
            new(null, DiskImageFormat.Raw) { Size = 1 << 20, ClusterSize = 4096 },
        ])
        {
            Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => Measure(request)).Id);
        }
    }
}
