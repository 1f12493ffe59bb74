using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Tests.DiskImage;

public sealed class PartitionTests : OperationTest
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_table_is_that_of_the_disk_whatever_the_format(bool packed)
    {
        Raw("a.img", length: 2 << 20);
        // Entry 1 of an MBR: bootable, type 0x83, from sector 2048, 1024 sectors.
        Patch("a.img", 446, 0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 4, 0, 0);
        Patch("a.img", 462, new byte[48]);
        Patch("a.img", 510, 0x55, 0xAA);
        if (packed)
            Qcow2("a.img", "a.qcow2", compress: true);
        string path = At(packed ? "a.qcow2" : "a.img");
        MemoryHost host = Host();

        GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(path), host);

        DiskImagePartition partition = (DiskImagePartition)Assert.Single(host.Objects);
        Assert.Equal((path, 1, "Mbr", 1L << 20, 512L << 10, true),
            (partition.Path, partition.Number, partition.Table, partition.Start, partition.Length, partition.Bootable));
        Assert.Empty(host.Warnings);
    }

    [Fact]
    public void A_disk_without_a_table_gives_nothing_but_a_word()
    {
        New(new NewDiskImageRequest("a.img", DiskImageFormat.Raw) { Size = 1 << 20 });
        MemoryHost host = Host();

        GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(At("a.img")), host);

        Assert.Empty(host.Objects);
        Assert.Contains("no partition table", Assert.Single(host.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void A_partition_that_leaves_the_disk_is_a_corruption_at_its_byte()
    {
        Raw("a.img");
        Patch("a.img", 446, 0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0xFF, 0xFF, 0xFF, 0);
        Patch("a.img", 462, new byte[48]);
        Patch("a.img", 510, 0x55, 0xAA);

        ImageFormatException error = Assert.Throws<ImageFormatException>(
            () => GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(At("a.img")), Host()));

        Assert.Equal((At("a.img"), ErrorIds.ImageCorrupt), (error.Target, error.Id));
    }
}
