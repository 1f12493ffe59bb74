using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class CompareTests : OperationTest
{
    public CompareTests()
    {
        Raw("a.img");
        Qcow2("a.img", "a.qcow2", compress: true);
        File.Copy(At("a.img"), At("b.img"));
    }

    [Fact]
    public void Equal_disks_give_nothing()
    {
        Assert.Empty(Compare(new CompareDiskImageRequest("a.img", "a.qcow2", All: true)));
        Assert.Empty(Compare(new CompareDiskImageRequest("a.img", "a.img", All: true, Strict: true)));
    }

    [Fact]
    public void The_first_difference_ends_the_comparison_unless_all_are_wanted()
    {
        Patch("b.img", 1000, 1, 2, 3);
        Patch("b.img", 1022, 1, 2, 3, 4);
        Patch("b.img", 700_000, 1);

        DiskImageDifference first = Assert.Single(Compare(new CompareDiskImageRequest("a.qcow2", "b.img")));
        DiskImageDifference[] all = Compare(new CompareDiskImageRequest("a.qcow2", "b.img", All: true));

        // Whole sectors: bytes 1000 to 1025 touch the second and third.
        Assert.Equal((512L, 1024L, "Content"), (first.Start, first.Length, first.Kind));
        Assert.Equal([(512L, 1024L), (699_904L, 512L)], all.Select(difference => (difference.Start, difference.Length)));
    }

    [Fact]
    public void A_longer_disk_is_equal_where_the_rest_is_zeroes_unless_strict()
    {
        New(new NewDiskImageRequest("short.img", DiskImageFormat.Raw) { Size = 1 << 20 });
        New(new NewDiskImageRequest("long.qcow2", DiskImageFormat.Qcow2) { Size = 3 << 20 });

        Assert.Empty(Compare(new CompareDiskImageRequest("short.img", "long.qcow2")));
        DiskImageDifference size = Assert.Single(Compare(new CompareDiskImageRequest("long.qcow2", "short.img", Strict: true)));
        Assert.Equal((1L << 20, 2L << 20, "Size"), (size.Start, size.Length, size.Kind));
    }

    [Fact]
    public void A_longer_disk_differs_where_the_rest_holds_data()
    {
        Raw("long.img", length: 2 << 20);

        DiskImageDifference[] found = Compare(new CompareDiskImageRequest("a.img", "long.img", All: true));

        Assert.NotEmpty(found);
        Assert.All(found, difference => Assert.Equal("Content", difference.Kind));
    }

    [Fact]
    public void Stored_zeroes_differ_from_none_only_when_strict()
    {
        New(new NewDiskImageRequest("hole.qcow2", DiskImageFormat.Qcow2) { Size = 1 << 20 });
        New(new NewDiskImageRequest("stored.qcow2", DiskImageFormat.Qcow2) { Size = 1 << 20, Preallocation = Preallocation.Full });

        Assert.Empty(Compare(new CompareDiskImageRequest("hole.qcow2", "stored.qcow2")));
        DiskImageDifference[] strict = Compare(new CompareDiskImageRequest("hole.qcow2", "stored.qcow2", All: true, Strict: true));
        Assert.Equal(1 << 20, strict.Sum(difference => difference.Length));
        Assert.All(strict, difference => Assert.Equal("Allocation", difference.Kind));
    }

    [Theory]
    [InlineData("none", "a.img")]
    [InlineData("a.img", "none")]
    public void A_missing_side_is_named(string reference, string difference)
    {
        StorageException error = Assert.Throws<StorageException>(() => Compare(new CompareDiskImageRequest(reference, difference)));

        Assert.Equal((ErrorIds.PathNotFound, "none"), (error.Id, error.Target));
    }

    [Fact]
    public void A_stop_ends_the_comparison()
    {
        Raw("large.img", length: 256 << 20);
        File.Copy(At("large.img"), At("copy.img"));

        StopAfter(1 << 20, host => CompareDiskImageOperation.Run(new CompareDiskImageRequest("large.img", "copy.img"), host));
    }
}
