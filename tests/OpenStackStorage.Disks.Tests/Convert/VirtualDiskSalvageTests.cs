using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

/// <summary>A bad entry of a VHD, VDI or VMDK costs the block that it maps, and no more; without salvage nothing is read.</summary>
public sealed class VirtualDiskSalvageTests
{
    [Fact]
    public void A_VHD_loses_the_blocks_of_bad_entries()
    {
        VhdTestImage outside = VhdTestImage.Create();
        outside.Set32(VhdTestImage.Table + 8, 1 << 24);
        AssertLost(outside.Bytes, outside.Disk, (4 << 20, 2 << 20));

        VhdTestImage shared = VhdTestImage.Create();
        shared.Set32(VhdTestImage.Table + 8, shared.Get32(VhdTestImage.Table));
        AssertLost(shared.Bytes, shared.Disk, (4 << 20, 2 << 20));

        VhdTestImage absent = VhdTestImage.Create(); // a run of free blocks ends before it
        absent.Set32(VhdTestImage.Table + 4, 1 << 24);
        AssertLost(absent.Bytes, absent.Disk, (2 << 20, 2 << 20));
    }

    [Fact]
    public void A_VHD_that_was_cut_short_loses_its_last_block()
    {
        VhdTestImage image = VhdTestImage.Create();
        image.Truncate((int)image.Block(2) + 512 + (1 << 20)); // the footer too: its copy is used

        AssertLost(image.Bytes, image.Disk, (4 << 20, 2 << 20));
    }

    [Fact]
    public void A_VDI_loses_the_blocks_of_bad_entries()
    {
        VdiTestImage image = VdiTestImage.Create();
        image.Set32(VdiTestImage.Map + 12, 1000);
        image.Set32(VdiTestImage.Map + 16, VdiBlockMap.Bad); // as the map has them in memory
        AssertLost(image.Bytes, image.Disk, (3 << 20, 2 << 20));

        image = VdiTestImage.Create();
        image.Truncate(image.Bytes.Length - 512);
        AssertLost(image.Bytes, image.Disk, (3 << 20, 1 << 20));
    }

    [Theory]
    [InlineData("monolithicSparse")]
    [InlineData("streamOptimized")]
    public void A_VMDK_loses_the_grain_of_a_bad_entry_and_not_the_one_before(string subFormat)
    {
        VmdkTestImage image = VmdkTestImage.Create(subFormat);
        BinaryPrimitives.WriteUInt32LittleEndian(image.Bytes.AsSpan((int)image.Table(0) + 4), 1 << 24);

        AssertLost(image.Bytes, image.Disk, (VmdkTestImage.Grain, VmdkTestImage.Grain));
    }

    /// <summary>The disk reads as before but for these ranges, which are zeroes and told of.</summary>
    private static void AssertLost(byte[] bytes, byte[] disk, params (long Start, long Length)[] ranges)
    {
        Assert.Equal(ErrorIds.ImageCorrupt, Assert.Throws<ImageFormatException>(() => Read(bytes, salvage: false)).Id);

        (byte[] read, LostRange[] lost) = Read(bytes, salvage: true);

        Assert.Equal(ranges, lost.Select(range => (range.Start.Value, range.Length)));
        Assert.All(lost, range => Assert.Equal(LossKind.Unmapped, range.Kind));
        byte[] expected = (byte[])disk.Clone();
        foreach ((long start, long length) in ranges)
            expected.AsSpan((int)start, (int)length).Clear();
        Assert.True(expected.AsSpan().SequenceEqual(read));
    }

    private static (byte[] Disk, LostRange[] Lost) Read(byte[] bytes, bool salvage)
    {
        SalvageLog losses = new();
        using DiskImage image = ImageFormats.Open(new MemoryBlockDevice("image", (byte[])bytes.Clone()), new ImageOpenOptions { Salvage = salvage });
        byte[] disk = new byte[image.VirtualSize];
        new ImageReader(image, losses: salvage ? losses : null).Read(default, disk);
        return (disk, [.. losses.Ranges()]);
    }
}
