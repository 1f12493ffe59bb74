using System.Buffers.Binary;

namespace OpenStackStorage.Disks.Tests;

public sealed class FileSystemSignatureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Makers => new()
    {
        { "ext2", "mkfs.ext2 -q -F" },
        { "ext3", "mkfs.ext3 -q -F" },
        { "ext4", "mkfs.ext4 -q -F" },
        { "ext4", "mkfs.ext4 -q -F -O ^has_journal" },
        { "ext4", "mkfs.ext4 -q -F -b 1024" },
        { "ext4", "mkfs.ext2 -q -F -O extents" },
        { "jbd", "mke2fs -q -F -O journal_dev" },
        { "xfs", "mkfs.xfs -q -f" },
        { "btrfs", "mkfs.btrfs -q -f" },
        { "vfat", "mkfs.vfat -F 12 -S 4096 -s 32" },
        { "vfat", "mkfs.vfat -F 16" },
        { "vfat", "mkfs.vfat -F 32" },
        { "vfat", "mkfs.vfat -F 32 -S 4096" },
        { "ntfs", "mkfs.ntfs -Q -F -q" },
        { "ntfs", "mkfs.ntfs -Q -F -q -s 4096" },
        { "swap", "mkswap" },
        { "swap", "mkswap -p 65536" },
        { "crypto_LUKS", "cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 --key-file KEY" },
        { "crypto_LUKS", "cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file KEY" },
    };

    [NeedsToolTheory("blkid", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "mkfs.vfat", "mkfs.ntfs", "mkswap", "cryptsetup")]
    [MemberData(nameof(Makers))]
    public void What_a_tool_made_is_named_as_blkid_names_it(string expected, string command)
    {
        string path = _folder["fs.img"];
        using (FileStream file = new(path, FileMode.CreateNew))
            file.SetLength(320 << 20);
        File.WriteAllText(_folder["key"], "passphrase");
        string[] words = command.Replace("KEY", _folder["key"], StringComparison.Ordinal).Split(' ');
        Tool.Run(words[0], [.. words[1..], path]);
        Assert.Equal(expected, Tool.Run("blkid", "-p", "-o", "value", "-s", "TYPE", path).Trim());

        using FileReader disk = new(path);
        Assert.Equal(expected, FileSystemSignature.Recognise(disk, default, disk.Length));
        PartitionTable table = PartitionTable.Read(disk);
        Assert.Equal((PartitionTableKind.None, expected), (table.Kind, table.FileSystem));
    }

    /// <summary>Offset and bytes of the signatures whose tools are rarely installed.</summary>
    public static TheoryData<string, int, byte[]> HandMade => new()
    {
        { "exfat", 0, [0xEB, 0x76, 0x90, .. "EXFAT   "u8, .. new byte[97], 9] }, // BytesPerSectorShift at 108
        { "ReFS", 3, [.. "ReFS\0\0\0\0FSRS"u8] },
        { "BitLocker", 0, [0xEB, 0x58, 0x90, .. "-FVE-FS-"u8] },
        { "BitLocker", 424, [0x3B, 0xD6, 0x67, 0x49, 0x29, 0x2E, 0xD8, 0x4A, 0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01] },
        { "apfs", 32, [.. "NXSB"u8, 0, 0x10, 0, 0] },
        { "hfsplus", 1024, [.. "H+"u8, 0, 4] },
        { "hfsplus", 1024, [.. "HX"u8, 0, 5] },
        { "f2fs", 1024, [0x10, 0x20, 0xF5, 0xF2] },
        { "squashfs", 0, [.. "hsqs"u8, .. new byte[24], 4, 0] },
        { "iso9660", 32768, [1, .. "CD001"u8, 1] },
        { "udf", 32768, [0, .. "BEA01"u8, 1, .. new byte[2041], 0, .. "NSR02"u8] },
        { "udf", 32768, [1, .. "CD001"u8, 1, .. new byte[2041], 0, .. "BEA01"u8, 1, .. new byte[2041], 0, .. "NSR03"u8] },
        { "swap", 4086, [.. "SWAP-SPACE"u8] },
        { "swap", 16374, [.. "SWAPSPACE2"u8] },
        { "swsuspend", 4086, [.. "S1SUSPEND"u8] },
        { "LVM2_member", 512, [.. "LABELONE"u8, 1, .. new byte[15], .. "LVM2 001"u8] },
        { "LVM2_member", 1536, [.. "LABELONE"u8, 3, .. new byte[15], .. "LVM2 001"u8] },
        { "linux_raid_member", 0, Raid1(0) },          // version 1.1
        { "linux_raid_member", 4096, Raid1(8) },       // version 1.2
        { "linux_raid_member", (1 << 20) - 8192, Raid1(2048 - 16) }, // version 1.0 at the end of 1 MiB
        { "linux_raid_member", (1 << 20) - 65536, [0xFC, 0x4E, 0x2B, 0xA9] }, // version 0.90, little-endian host
        { "linux_raid_member", (1 << 20) - 65536, [0xA9, 0x2B, 0x4E, 0xFC] }, // version 0.90, big-endian host
        { "zfs_member", 16384, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x24, 0, 0, 0, 0x20, 0, 0, 0, 7, .. "version\0"u8] },
    };

    [Theory]
    [MemberData(nameof(HandMade))]
    public void A_signature_names_its_content_wherever_the_partition_lies(string expected, int offset, byte[] bytes)
    {
        byte[] disk = new byte[3 << 20];
        bytes.CopyTo(disk, offset);
        Assert.Equal(expected, FileSystemSignature.Recognise(new ArrayReader(disk), default, 1 << 20));

        disk.AsSpan().Clear();
        bytes.CopyTo(disk, (1 << 20) + offset);
        Assert.Equal(expected, FileSystemSignature.Recognise(new ArrayReader(disk), new GuestOffset(1 << 20), 1 << 20));
        Assert.Null(FileSystemSignature.Recognise(new ArrayReader(disk), default, 1 << 20));
        Assert.Null(FileSystemSignature.Recognise(new ArrayReader(disk), new GuestOffset(2 << 20), 1 << 20));
    }

    [Theory]
    [InlineData("crypto_LUKS", 0, "4C554B53BABE0003")]  // version 3
    [InlineData("LVM2_member", 512, "4C4142454C4F4E450200000000000000")] // the label says sector 2
    [InlineData("linux_raid_member", 4096, "FC4E2BA901000000")]          // the superblock says sector 0
    [InlineData("ntfs", 3, "4E5446532020202001")]       // 1 byte per sector
    [InlineData("xfs", 0, "5846534200000003")]          // blocks of 3 bytes
    [InlineData("iso9660", 32769, "43443030")]          // cut
    [InlineData("vfat", 510, "55AA")]                   // an MBR's end
    public void A_signature_with_impossible_fields_is_none(string name, int offset, string hex)
    {
        byte[] disk = new byte[1 << 20];
        Convert.FromHexString(hex).CopyTo(disk, offset);
        string? found = FileSystemSignature.Recognise(new ArrayReader(disk), default, disk.Length);
        Assert.True(found is null, $"{name} was taken for {found}");
    }

    [Fact]
    public void A_mirrors_half_is_not_named_by_what_it_holds()
    {
        byte[] disk = new byte[1 << 20];
        "XFSB\0\0\x10\0"u8.CopyTo(disk);
        Assert.Equal("xfs", FileSystemSignature.Recognise(new ArrayReader(disk), default, disk.Length));
        Raid1(2048 - 16).CopyTo(disk, (1 << 20) - 8192);
        Assert.Equal("linux_raid_member", FileSystemSignature.Recognise(new ArrayReader(disk), default, disk.Length));
    }

    [Fact]
    public void A_partition_longer_than_the_disk_is_read_to_the_disks_end()
    {
        byte[] disk = new byte[2048];
        new byte[] { 0x10, 0x20, 0xF5, 0xF2 }.CopyTo(disk, 1024);
        Assert.Equal("f2fs", FileSystemSignature.Recognise(new ArrayReader(disk), default, long.MaxValue));
        Assert.Null(FileSystemSignature.Recognise(new ArrayReader(disk), new GuestOffset(long.MaxValue), long.MaxValue));
        Assert.Null(FileSystemSignature.Recognise(new ArrayReader(disk), default, 0));
        Assert.Null(FileSystemSignature.Recognise(new ArrayReader(disk), default, -1));
    }

    [Fact]
    public void Partitions_show_what_lies_in_them()
    {
        byte[] disk = TableDisks.Mbr();
        "SWAPSPACE2"u8.CopyTo(disk.AsSpan((300 * 512) + 4086));
        "LABELONE\u0001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0LVM2 001"u8.CopyTo(disk.AsSpan((136 * 512) + 512));
        PartitionTable table = PartitionTable.Read(new ArrayReader(disk));
        Assert.Equal([null, null, "swap", null, "LVM2_member"], table.Partitions.Select(partition => partition.FileSystem));
        Assert.Null(table.FileSystem);
    }

    /// <summary>mdp_superblock_1: magic, major version 1, and the sector that it lies at (byte 144).</summary>
    private static byte[] Raid1(ulong sector)
    {
        byte[] superblock = new byte[256];
        BinaryPrimitives.WriteUInt32LittleEndian(superblock, 0xA92B4EFC);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(superblock.AsSpan(144), sector);
        return superblock;
    }
}
