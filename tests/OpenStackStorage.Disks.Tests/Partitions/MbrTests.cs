using System.Text;

namespace OpenStackStorage.Disks.Tests;

public class MbrTests
{
    [Fact]
    public void Primaries_and_logicals_are_numbered_as_Linux_does()
    {
        PartitionTable table = Read(TableDisks.Mbr());
        Assert.Equal(PartitionTableKind.Mbr, table.Kind);
        Assert.Equal("4d2ac1f0", table.DiskId);
        Assert.Empty(table.Warnings);
        Assert.Equal(
            [
                (1, 8L * 512, 32L * 512, "Linux", "4d2ac1f0-01", true),
                (2, 64L * 512, 192L * 512, "Extended", "4d2ac1f0-02", false),
                (3, 300L * 512, 212L * 512, "Linux swap / Solaris", "4d2ac1f0-03", false),
                (5, 72L * 512, 32L * 512, "Linux", "4d2ac1f0-05", false),
                (6, 136L * 512, 32L * 512, "Linux LVM", "4d2ac1f0-06", false),
            ],
            table.Partitions.Select(partition => (partition.Number, partition.Start.Value, partition.Length, partition.Type, partition.PartitionId, partition.Bootable)));
        Assert.Equal("0x8e", table.Partitions[^1].TypeId);
    }

    [Theory]
    [InlineData(0x05)]
    [InlineData(0x0F)]
    [InlineData(0x85)]
    public void Every_type_of_extended_partition_is_followed(byte type)
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 0, 1, type, 64, 192);
        TableDisks.PutRecord(disk, 64, 1, type, 64, 64);
        Assert.Equal([1, 2, 3, 5, 6], Read(disk).Partitions.Select(partition => partition.Number));
    }

    [Fact]
    public void A_type_without_a_name_is_shown_in_hex()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 0, 2, 0x7D, 300, 1);
        Assert.Equal("0x7d", Read(disk).Partitions[2].Type);
    }

    [Fact]
    public void Sectors_of_4096_bytes_are_counted_so()
    {
        byte[] disk = new byte[4096 * 64];
        TableDisks.PutRecord(disk, 0, 0, 0x83, 8, 16);
        Partition partition = Assert.Single(Read(disk, 4096).Partitions);
        Assert.Equal((8L * 4096, 16L * 4096), (partition.Start.Value, partition.Length));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(513)]
    [InlineData(8192)]
    public void An_unknown_sector_size_is_refused(int size) =>
        Assert.Equal(ErrorIds.ParameterInvalid, Assert.Throws<StorageException>(() => Read(TableDisks.Mbr(), size)).Id);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(65536)]
    public void A_disk_of_zeroes_has_no_table(int length)
    {
        PartitionTable table = Read(new byte[length]);
        Assert.Equal(PartitionTableKind.None, table.Kind);
        Assert.Null(table.DiskId);
        Assert.Null(table.FileSystem);
        Assert.Empty(table.Partitions);
    }

    [Fact]
    public void A_boot_sector_of_code_is_no_table()
    {
        byte[] disk = TableDisks.Mbr();
        disk[446 + 16] = 0x33; // a boot indicator is 00 or 80
        Assert.Equal(PartitionTableKind.None, Read(disk).Kind);
    }

    [Fact]
    public void A_volume_without_a_table_is_no_table()
    {
        byte[] disk = new byte[1 << 20];
        PutFat(disk);
        PartitionTable table = Read(disk);
        Assert.Equal((PartitionTableKind.None, "vfat"), (table.Kind, table.FileSystem));

        // code where the records would be, whose numbers lead past the disk
        TableDisks.PutRecord(disk, 0, 0, 0x20, 0x6F6F6F6F, 0x6E6E6E6E);
        Assert.Equal(PartitionTableKind.None, Read(disk).Kind);

        // a volume and a partition that starts in the same sector
        TableDisks.PutRecord(disk, 0, 0, 0x0C, 0, 2048);
        Assert.Equal(PartitionTableKind.None, Read(disk).Kind);
    }

    [Fact]
    public void A_stale_volume_header_does_not_hide_a_table()
    {
        byte[] disk = TableDisks.Mbr();
        PutFat(disk);
        Assert.Equal(5, Read(disk).Partitions.Count);
    }

    [Fact]
    public void A_partition_past_the_end_of_the_disk_is_refused()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 0, 2, 0x83, 300, 213);
        Refused(disk, 446 + 32 + 12, "MBR PartitionRecord[2] SizeInLBA");
        TableDisks.PutRecord(disk, 0, 2, 0x83, 512, 1);
        Refused(disk, 446 + 32 + 8, "MBR PartitionRecord[2] StartingLBA");
        TableDisks.PutRecord(disk, 0, 2, 0x83, uint.MaxValue, uint.MaxValue);
        Refused(disk, 446 + 32 + 8, "MBR PartitionRecord[2] StartingLBA");
    }

    [Fact]
    public void A_logical_partition_past_the_end_of_the_disk_is_refused()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 128, 0, 0x83, 8, 512);
        Refused(disk, (128 * 512) + 446 + 12, "EBR PartitionRecord[0] SizeInLBA");
    }

    [Theory]
    [InlineData(0u)]  // to the first link
    [InlineData(64u)] // to itself
    public void A_loop_of_links_is_refused(uint target)
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 128, 1, 0x05, target, 64);
        ImageFormatException error = Refused(disk, (128 * 512) + 446 + 16 + 8, "EBR PartitionRecord[1] StartingLBA");
        Assert.Contains("without a loop", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_past_the_end_of_the_disk_is_refused()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 128, 1, 0x05, uint.MaxValue, 64);
        Refused(disk, (128 * 512) + 446 + 16 + 8, "EBR PartitionRecord[1] StartingLBA");
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_chain_has_at_most_128_links(int links, bool accepted)
    {
        byte[] disk = new byte[512 * 512];
        TableDisks.PutRecord(disk, 0, 0, 0x05, 1, 511);
        for (int link = 0; link < links; link++)
        {
            TableDisks.PutRecord(disk, 1 + (link * 2), 0, 0x83, 1, 1);
            if (link + 1 < links)
                TableDisks.PutRecord(disk, 1 + (link * 2), 1, 0x05, (uint)(link + 1) * 2, 2);
        }

        if (accepted)
            Assert.Equal(4 + links, Read(disk).Partitions[^1].Number);
        else
            Refused(disk, ((1 + (127 * 2)) * 512) + 446 + 16 + 8, "EBR PartitionRecord[1] StartingLBA");
    }

    [Fact]
    public void A_link_without_a_signature_ends_the_chain()
    {
        byte[] disk = TableDisks.Mbr();
        disk[(128 * 512) + 511] = 0;
        PartitionTable table = Read(disk);
        Assert.Equal([1, 2, 3, 5], table.Partitions.Select(partition => partition.Number));
        Assert.Equal(("EBR Signature", (128L * 512) + 510), (Assert.Single(table.Warnings).Field, table.Warnings[0].Offset));
    }

    [Fact]
    public void A_link_without_a_partition_is_not_numbered()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 64, 0, 0, 0, 0);
        PartitionTable table = Read(disk);
        Assert.Equal([1, 2, 3, 5], table.Partitions.Select(partition => partition.Number));
        Assert.Equal("Linux LVM", table.Partitions[^1].Type);
    }

    [Fact]
    public void Partitions_that_overlap_are_shown_with_a_warning()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 0, 2, 0x83, 30, 20);
        PartitionTable table = Read(disk);
        Assert.Equal(5, table.Partitions.Count);
        Assert.Contains("inside partition 1", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_logical_partition_outside_its_extended_one_is_shown_with_a_warning()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 128, 0, 0x83, 132, 10);
        PartitionTable table = Read(disk);
        Assert.Equal(6, table.Partitions[^1].Number);
        Assert.Contains("outside its extended partition", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_extended_partition_is_numbered_on()
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 0, 2, 0x0F, 300, 100);
        TableDisks.PutRecord(disk, 300, 0, 0x83, 8, 8);
        PartitionTable table = Read(disk);
        Assert.Equal([1, 2, 3, 5, 6, 7], table.Partitions.Select(partition => partition.Number));
        Assert.Contains("second extended", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50u, 14u, 6)]  // inside the link, sectors 64 to 255
    [InlineData(50u, 143u, 5)] // one sector too long
    [InlineData(uint.MaxValue, uint.MaxValue, 5)]
    public void A_third_record_of_a_link_is_taken_as_Linux_does(uint start, uint size, int partitions)
    {
        byte[] disk = TableDisks.Mbr();
        TableDisks.PutRecord(disk, 64, 2, 0x83, start, size);
        PartitionTable table = Read(disk);
        Assert.Equal(partitions, table.Partitions.Count);
        Assert.Equal("EBR PartitionRecord[2]", Assert.Single(table.Warnings).Field);
    }

    private static PartitionTable Read(byte[] disk, int sectorSize = 512) => PartitionTable.Read(new ArrayReader(disk), sectorSize);

    private static ImageFormatException Refused(byte[] disk, long offset, string field)
    {
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => PartitionTable.Read(new ArrayReader(disk), path: "d.img"));
        Assert.Equal((offset, field, "d.img"), (error.Offset, error.Field, error.Target));
        return error;
    }

    /// <summary>A FAT16 boot sector: 512-byte sectors, 4 per cluster, 1 reserved, 2 FATs of 8 sectors, 2048 sectors.</summary>
    private static void PutFat(byte[] disk)
    {
        byte[] start = [0xEB, 0x3C, 0x90, .. Encoding.ASCII.GetBytes("mkfs.fat"), 0x00, 0x02, 4, 1, 0, 2, 0x00, 0x02, 0x00, 0x08, 0xF8, 8, 0];
        start.CopyTo(disk, 0);
        disk[510] = 0x55;
        disk[511] = 0xAA;
    }
}
