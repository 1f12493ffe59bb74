using System.Buffers.Binary;
using System.Diagnostics;

namespace OpenStackStorage.Disks.Tests;

public class GptTests
{
    private const int LastSector = 1023;

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void Entries_are_read(int sector)
    {
        PartitionTable table = PartitionTable.Read(new ArrayReader(TableDisks.Gpt(sector)), sector);
        long first = (2 + (16384 / sector)) * (long)sector;
        Assert.Equal((PartitionTableKind.Gpt, "11111111-2222-3333-4444-555555555555"), (table.Kind, table.DiskId));
        Assert.Empty(table.Warnings);
        Assert.Equal(
            [
                (1, first + (4L * sector), 100L * sector, "Linux filesystem", "root", "00000001-0000-0000-0000-000000000000", false),
                (3, first + (200L * sector), 100L * sector, "EFI System", "ünï", "00000003-0000-0000-0000-000000000000", true),
            ],
            table.Partitions.Select(partition =>
                (partition.Number, partition.Start.Value, partition.Length, partition.Type, partition.Name!, partition.PartitionId, partition.Bootable)));
        Assert.Equal("0fc63daf-8483-4772-8e79-3d69d8477de4", table.Partitions[0].TypeId);
    }

    /// <summary>Each row damages one field of a header at an offset with a value of 1, 4 or 8 bytes.</summary>
    public static TheoryData<int, int, ulong, bool, string> BadFields => new()
    {
        { 0, 1, 0x20, false, "GPT Signature" },
        { 8, 4, 0x00020000, true, "GPT Revision" },
        { 12, 4, 91, true, "GPT HeaderSize" },
        { 12, 4, 513, true, "GPT HeaderSize" },
        { 12, 4, uint.MaxValue, true, "GPT HeaderSize" },
        { 16, 4, 1, false, "GPT HeaderCRC32" },
        { 56, 1, 1, false, "GPT HeaderCRC32" },
        { 24, 8, 2, true, "GPT MyLBA" },
        { 40, 8, 1000, true, "GPT FirstUsableLBA" },
        { 48, 8, 1024, true, "GPT LastUsableLBA" },
        { 48, 8, ulong.MaxValue, true, "GPT LastUsableLBA" },
        { 72, 8, 1, true, "GPT PartitionEntryLBA" },
        { 72, 8, 1000, true, "GPT PartitionEntryLBA" },
        { 72, 8, ulong.MaxValue, true, "GPT PartitionEntryLBA" },
        { 80, 4, 0, true, "GPT NumberOfPartitionEntries" },
        { 80, 4, 8193, true, "GPT NumberOfPartitionEntries" },
        { 80, 4, 0x02000000, true, "GPT NumberOfPartitionEntries" }, // times 128 is 2^32
        { 80, 4, uint.MaxValue, true, "GPT NumberOfPartitionEntries" },
        { 84, 4, 0, true, "GPT SizeOfPartitionEntry" },
        { 84, 4, 64, true, "GPT SizeOfPartitionEntry" },
        { 84, 4, 136, true, "GPT SizeOfPartitionEntry" },
        { 84, 4, 384, true, "GPT SizeOfPartitionEntry" },
        { 84, 4, 8192, true, "GPT SizeOfPartitionEntry" },
        { 84, 4, 0x80000000, true, "GPT SizeOfPartitionEntry" },
        { 88, 4, 1, true, "GPT PartitionEntryArrayCRC32" },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public void A_bad_field_in_both_headers_is_refused_by_name(int offset, int width, ulong value, bool seal, string field)
    {
        byte[] disk = TableDisks.Gpt();
        Damage(disk, 1, offset, width, value, seal);
        Damage(disk, LastSector, offset, width, value, seal);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch watch = Stopwatch.StartNew();
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => Read(disk));
        Assert.True(watch.ElapsedMilliseconds < 1000);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 22);
        Assert.Equal(field, error.Field);
        Assert.InRange(error.Offset, 512, 512 + 92);
        Assert.Contains("the backup GPT is no help", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadFields))]
    public void The_backup_stands_in_for_a_bad_primary(int offset, int width, ulong value, bool seal, string field)
    {
        byte[] disk = TableDisks.Gpt();
        Damage(disk, 1, offset, width, value, seal);
        PartitionTable table = Read(disk);
        Assert.Equal([1, 3], table.Partitions.Select(partition => partition.Number));
        CheckFinding warning = Assert.Single(table.Warnings);
        Assert.Equal("GPT primary header", warning.Field);
        Assert.Contains(field, warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadFields))]
    public void A_bad_backup_is_a_warning(int offset, int width, ulong value, bool seal, string field)
    {
        byte[] disk = TableDisks.Gpt();
        Damage(disk, LastSector, offset, width, value, seal);
        PartitionTable table = Read(disk);
        Assert.Equal([1, 3], table.Partitions.Select(partition => partition.Number));
        CheckFinding warning = Assert.Single(table.Warnings);
        Assert.Equal(("GPT backup header", LastSector * 512L), (warning.Field, warning.Offset));
        Assert.Contains(field, warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_entries_are_read_from_the_backup()
    {
        byte[] disk = TableDisks.Gpt();
        disk[1024 + 56] ^= 1; // the name of partition 1
        PartitionTable table = Read(disk);
        Assert.Equal("root", table.Partitions[0].Name);
        Assert.Contains("PartitionEntryArrayCRC32", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_with_other_content_is_a_warning()
    {
        byte[] disk = TableDisks.Gpt();
        Damage(disk, LastSector, 56, 1, 0x77, seal: true); // the disk's GUID
        PartitionTable table = Read(disk);
        Assert.Equal(TableDisks.DiskGuid.ToString(), table.DiskId);
        Assert.Contains("differs", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_grown_disk_is_a_warning()
    {
        byte[] disk = TableDisks.Gpt();
        Array.Resize(ref disk, disk.Length + (100 * 512));
        CheckFinding warning = Assert.Single(Read(disk).Warnings);
        Assert.Equal(("GPT AlternateLBA", 512L + 32, CheckSeverity.Information), (warning.Field, warning.Offset, warning.Severity));
        Assert.Contains("100 sectors", warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(1024ul)]
    [InlineData(ulong.MaxValue)]
    public void A_backup_without_a_place_is_a_warning(ulong lba)
    {
        byte[] disk = TableDisks.Gpt();
        Damage(disk, 1, 32, 8, lba, seal: true);
        Assert.Contains("missing", Assert.Single(Read(disk).Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_was_cut_is_refused()
    {
        byte[] disk = TableDisks.Gpt()[..(500 * 512)];
        Assert.Equal("GPT LastUsableLBA", Assert.Throws<ImageFormatException>(() => Read(disk)).Field);
    }

    [Fact]
    public void A_protective_record_without_a_header_is_refused()
    {
        byte[] disk = new byte[1 << 20];
        TableDisks.PutRecord(disk, 0, 0, 0xEE, 1, 2047);
        Assert.Equal("GPT Signature", Assert.Throws<ImageFormatException>(() => Read(disk)).Field);
        Assert.Equal("GPT header", Assert.Throws<ImageFormatException>(() => Read(disk[..512])).Field);
    }

    [Theory]
    [InlineData(4096, 512)]
    [InlineData(512, 4096)]
    public void The_wrong_sector_size_is_told(int actual, int given)
    {
        byte[] disk = TableDisks.Gpt(actual);
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => PartitionTable.Read(new ArrayReader(disk), given));
        Assert.Contains($"logical sectors have {actual} bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_without_a_protective_record_is_not_read()
    {
        byte[] disk = TableDisks.Gpt();
        disk.AsSpan(0, 512).Clear();
        PartitionTable table = Read(disk);
        Assert.Equal(PartitionTableKind.None, table.Kind);
        Assert.Contains("no protective record", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hybrid_record_is_a_warning()
    {
        byte[] disk = TableDisks.Gpt();
        TableDisks.PutRecord(disk, 0, 1, 0x83, 38, 100);
        PartitionTable table = Read(disk);
        Assert.Equal(2, table.Partitions.Count);
        CheckFinding warning = Assert.Single(table.Warnings);
        Assert.Equal(("MBR PartitionRecord[1]", 446L + 16), (warning.Field, warning.Offset));
    }

    [Theory]
    [InlineData(200ul, 199ul, 1024 + 32, "GPT entry 0 StartingLBA")]
    [InlineData(200ul, 1024ul, 1024 + 40, "GPT entry 0 EndingLBA")]
    [InlineData(0ul, ulong.MaxValue, 1024 + 40, "GPT entry 0 EndingLBA")]
    public void An_entry_that_is_no_range_of_the_disk_is_refused(ulong start, ulong end, long offset, string field)
    {
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => Read(WithEntries((start, end, 1))));
        Assert.Equal((offset, field), (error.Offset, error.Field));
    }

    [Theory]
    [InlineData(33ul, 100ul)]   // the last sector of the primary entries
    [InlineData(900ul, 991ul)]  // the first sector of the backup entries
    [InlineData(0ul, 1023ul)]
    public void An_entry_outside_the_usable_range_is_a_warning(ulong start, ulong end)
    {
        PartitionTable table = Read(WithEntries((start, end, 1)));
        Assert.Single(table.Partitions);
        Assert.Contains("outside the usable range, 34 to 990", Assert.Single(table.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_overlap_are_shown_with_a_warning()
    {
        PartitionTable table = Read(WithEntries((100, 200, 1), (50, 300, 2), (300, 310, 3)));
        Assert.Equal(3, table.Partitions.Count);
        Assert.Equal([100L * 512, 300L * 512], table.Warnings.Select(warning => warning.Offset));
    }

    [Fact]
    public void Entries_of_one_GUID_are_shown_with_a_warning()
    {
        PartitionTable table = Read(WithEntries((100, 200, 7), (201, 300, 7)));
        Assert.Equal(2, table.Partitions.Count);
        Assert.Equal("GPT entry 1 UniquePartitionGUID", Assert.Single(table.Warnings).Field);
    }

    [Fact]
    public void A_name_can_not_carry_control_characters_or_half_pairs()
    {
        byte[] entries = new byte[16384];
        TableDisks.PutEntry(entries, 0, TableDisks.LinuxType, 1, 100, 200, name: "a\u001b[2J\U0001F4BE");
        BinaryPrimitives.WriteUInt16LittleEndian(entries.AsSpan(56 + 14), 0xD800);
        byte[] disk = TableDisks.Gpt();
        TableDisks.PutEntries(disk, entries);
        Assert.Equal("a\uFFFD[2J\U0001F4BE\uFFFD", Assert.Single(Read(disk).Partitions).Name);
    }

    [Fact]
    public void Eight_thousand_entries_over_one_range_are_read_in_a_second()
    {
        byte[] disk = new byte[4 << 20];
        TableDisks.PutRecord(disk, 0, 0, 0xEE, 1, 8191);
        byte[] entries = new byte[1 << 20];
        for (int index = 0; index < 8192; index++)
            TableDisks.PutEntry(entries, index, TableDisks.LinuxType, 1, 4000, 6000);
        TableDisks.PutEntries(disk, entries);
        Stopwatch watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        PartitionTable table = Read(disk);
        Assert.Equal(8192, table.Partitions.Count);
        Assert.True(watch.ElapsedMilliseconds < 1000, $"{watch.ElapsedMilliseconds} ms");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
    }

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF43926u)] // the check value that every CRC catalogue gives
    public void The_checksum_is_that_of_the_catalogues(string text, uint expected) =>
        Assert.Equal(expected, Crc32.Compute(System.Text.Encoding.ASCII.GetBytes(text)));

    private static PartitionTable Read(byte[] disk) => PartitionTable.Read(new ArrayReader(disk));

    private static byte[] WithEntries(params (ulong Start, ulong End, byte Id)[] ranges)
    {
        byte[] entries = new byte[16384];
        for (int index = 0; index < ranges.Length; index++)
            TableDisks.PutEntry(entries, index, TableDisks.LinuxType, ranges[index].Id, ranges[index].Start, ranges[index].End);
        byte[] disk = TableDisks.Gpt();
        TableDisks.PutEntries(disk, entries);
        return disk;
    }

    private static void Damage(byte[] disk, int lba, int offset, int width, ulong value, bool seal)
    {
        Span<byte> header = disk.AsSpan(lba * 512, 512);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..width].CopyTo(header[offset..]);
        if (seal)
            TableDisks.Seal(header);
    }
}
