using static System.Buffers.Binary.BinaryPrimitives;

namespace OpenStackStorage.Disks;

/// <summary>A number at a fixed place by which a content is known.</summary>
/// <param name="Name">The name that blkid gives the content.</param>
/// <param name="Offset">Byte of the partition at which <paramref name="Magic"/> lies.</param>
/// <param name="Magic">The bytes there.</param>
/// <param name="Check">What else must hold of the start of the partition; null when the magic is enough.</param>
internal sealed record Signature(string Name, int Offset, byte[] Magic, Signature.Test? Check = null)
{
    public delegate bool Test(ReadOnlySpan<byte> head);

    public bool Matches(ReadOnlySpan<byte> head) =>
        head.Length >= Offset + Magic.Length
        && head.Slice(Offset, Magic.Length).SequenceEqual(Magic)
        && (Check is null || Check(head));
}

/// <summary>All signatures at the start of a partition. The first one that matches names the content.</summary>
internal static class SignatureTable
{
    public const string LinuxRaid = "linux_raid_member";

    private const uint RaidMagic = 0xA92B4EFC;

    /// <summary>Volumes whose first sector is a boot sector.</summary>
    public static Signature[] BootSectors { get; } =
    [
        // BitLocker from Windows 7, FVE_METADATA: https://github.com/libyal/libbde/blob/main/documentation, volume header bytes 3-10
        new("BitLocker", 3, [.. "-FVE-FS-"u8]),
        // BitLocker To Go: a FAT boot sector with the GUID 4967d63b-2e29-4ad8-8399-f6a339e3d001 at bytes 424-439
        new("BitLocker", 424, [.. new Guid("4967d63b-2e29-4ad8-8399-f6a339e3d001").ToByteArray()]),
        // NTFS has no public specification; OEM ID at bytes 3-10 of the boot sector, bytes per sector at 11-12 as in FAT
        new("ntfs", 3, [.. "NTFS    "u8], head => IsPowerOfTwo(ReadUInt16LittleEndian(head[11..]), 256, 4096)),
        // exFAT file system specification section 3.1.2, FileSystemName; 3.1.14 BytesPerSectorShift
        new("exfat", 3, [.. "EXFAT   "u8], head => head[108] is >= 9 and <= 12),
        // ReFS volume header: https://github.com/libyal/libfsrefs/blob/main/documentation, bytes 3-10 and "FSRS" at 16-19
        new("ReFS", 3, [.. "ReFS\0\0\0\0"u8]),
        // Microsoft FAT specification section 3.1: no magic of its own; boot signature at bytes 510-511
        new("vfat", 510, [0x55, 0xAA], IsFat),
    ];

    /// <summary>What holds other file systems: looked for first, since the content may show through.</summary>
    public static Signature[] Containers { get; } =
    [
        // LUKS1 on-disk format section 2.1 and LUKS2 section 2.1: magic at bytes 0-5, big-endian version at 6-7
        new("crypto_LUKS", 0, [.. "LUKS"u8, 0xBA, 0xBE], head => ReadUInt16BigEndian(head[6..]) is 1 or 2),
        // LVM2 label, lib/label/label.h: "LABELONE" in one of the first four sectors, its sector number at +8, type at +24
        Lvm2(0), Lvm2(1), Lvm2(2), Lvm2(3),
        // Linux include/uapi/linux/raid/md_p.h, mdp_superblock_1: version 1.1 at the start, 1.2 at 4 KiB
        new(LinuxRaid, 0, [0xFC, 0x4E, 0x2B, 0xA9], head => IsLinuxRaid(head, 0)),
        new(LinuxRaid, 4096, [0xFC, 0x4E, 0x2B, 0xA9], head => IsLinuxRaid(head[4096..], 4096)),
        // ZFS on-disk format section 1.3.3: XDR name-value list at 16 KiB of label 0, whose first pair is "version"
        new("zfs_member", 16384 + 4, [0, 0, 0, 0, 0, 0, 0, 1], head => head[16384] == 1 && head.Slice(16384 + 20, 11).SequenceEqual("\0\0\0\u0007version"u8)),
    ];

    public static Signature[] FileSystems { get; } =
    [
        .. BootSectors,
        // Linux include/linux/swap.h, union swap_header: the last 10 bytes of the first page, of 4 to 64 KiB
        Swap(4096), Swap(8192), Swap(16384), Swap(32768), Swap(65536),
        new("swap", 4086, [.. "SWAP-SPACE"u8]),
        new("swsuspend", 4086, [.. "S1SUSPEND"u8]),
        // XFS Algorithms and Data Structures section 12.1: sb_magicnum at bytes 0-3, sb_blocksize at 4-7
        new("xfs", 0, [.. "XFSB"u8], head => IsPowerOfTwo(ReadUInt32BigEndian(head[4..]), 512, 65536)),
        // Linux Documentation/filesystems/ext4/super.rst: s_magic at 0x38 of the superblock at 1024
        new("jbd", 1080, [0x53, 0xEF], head => IsExt("jbd", head)),
        new("ext4", 1080, [0x53, 0xEF], head => IsExt("ext4", head)),
        new("ext3", 1080, [0x53, 0xEF], head => IsExt("ext3", head)),
        new("ext2", 1080, [0x53, 0xEF], head => IsExt("ext2", head)),
        // btrfs on-disk format: superblock at 64 KiB, magic at 0x40 of it
        new("btrfs", 65536 + 64, [.. "_BHRfS_M"u8]),
        // Linux include/linux/f2fs_fs.h: f2fs_super_block at 1024, magic F2F52010
        new("f2fs", 1024, [0x10, 0x20, 0xF5, 0xF2]),
        // Apple File System Reference, nx_superblock_t: nx_magic at byte 32, nx_block_size at 36-39
        new("apfs", 32, [.. "NXSB"u8], head => IsPowerOfTwo(ReadUInt32LittleEndian(head[36..]), 4096, 65536)),
        // Apple Technical Note 1150: volume header at 1024, signature H+ (version 4) or HX (version 5)
        new("hfsplus", 1024, [.. "H+"u8, 0, 4]),
        new("hfsplus", 1024, [.. "HX"u8, 0, 5]),
        // Linux fs/squashfs/squashfs_fs.h: s_magic at bytes 0-3, s_major at 28-29
        new("squashfs", 0, [.. "hsqs"u8], head => ReadUInt16LittleEndian(head[28..]) == 4),
        // ECMA-167 2/9 and 3/9.1: volume recognition sequence from 32 KiB; before ISO 9660, which bridge disks carry too
        new("udf", 32769, [.. "BEA01"u8], head => HasNsr(head)),
        new("udf", 32769, [.. "CD001"u8], head => HasNsr(head)),
        // ECMA-119 section 8.1: volume descriptors from sector 16 of 2048 bytes
        new("iso9660", 32769, [.. "CD001"u8]),
    ];

    public static string? MatchHead(ReadOnlySpan<byte> head, Signature[] signatures)
    {
        foreach (Signature signature in signatures)
        {
            if (signature.Matches(head))
                return signature.Name;
        }

        return null;
    }

    /// <summary>A superblock of Linux RAID: version 1 states where it lies itself, version 0.90 is in the byte order of its host.</summary>
    /// <param name="superblock">At least 256 bytes.</param>
    /// <param name="position">Where it lies for version 1; null for version 0.90.</param>
    public static bool IsLinuxRaid(ReadOnlySpan<byte> superblock, long? position) => position is { } place
        ? ReadUInt32LittleEndian(superblock) == RaidMagic
            && ReadUInt32LittleEndian(superblock[4..]) == 1                        // major_version
            && ReadUInt64LittleEndian(superblock[144..]) == (ulong)place >> 9      // super_offset, in sectors
        : (ReadUInt32LittleEndian(superblock) == RaidMagic && ReadUInt32LittleEndian(superblock[4..]) == 0)
            || (ReadUInt32BigEndian(superblock) == RaidMagic && ReadUInt32BigEndian(superblock[4..]) == 0);

    private static Signature Swap(int pageSize) => new("swap", pageSize - 10, [.. "SWAPSPACE2"u8]);

    private static Signature Lvm2(int sector) => new("LVM2_member", sector * 512, [.. "LABELONE"u8], head =>
        ReadUInt64LittleEndian(head[((sector * 512) + 8)..]) == (ulong)sector
        && head.Slice((sector * 512) + 24, 8).SequenceEqual("LVM2 001"u8));

    /// <summary>The fields of the BIOS parameter block that every FAT has, in the ranges of the specification's section 3.1.</summary>
    private static bool IsFat(ReadOnlySpan<byte> head)
    {
        uint fatSectors = ReadUInt16LittleEndian(head[22..]) is var small and not 0 ? small : ReadUInt32LittleEndian(head[36..]); // BPB_FATSz16, BPB_FATSz32
        uint sectors = ReadUInt16LittleEndian(head[19..]) is var few and not 0 ? few : ReadUInt32LittleEndian(head[32..]);        // BPB_TotSec16, BPB_TotSec32
        return head[0] is 0xEB or 0xE9                                       // BS_jmpBoot
            && IsPowerOfTwo(ReadUInt16LittleEndian(head[11..]), 512, 4096)   // BPB_BytsPerSec
            && IsPowerOfTwo(head[13], 1, 128)                                // BPB_SecPerClus
            && ReadUInt16LittleEndian(head[14..]) != 0                       // BPB_RsvdSecCnt
            && head[16] is 1 or 2                                            // BPB_NumFATs
            && head[21] is 0xF0 or >= 0xF8                                   // BPB_Media
            && fatSectors != 0
            && sectors > fatSectors;
    }

    /// <summary>Tells the four apart by features, as blkid does: ext4 is what uses a feature that ext3 does not know.</summary>
    private static bool IsExt(string name, ReadOnlySpan<byte> head)
    {
        const uint hasJournal = 0x4;     // s_feature_compat
        const uint journalDevice = 0x8;  // s_feature_incompat
        const uint ext3Incompat = 0x16;  // filetype, recover, meta_bg
        const uint ext3ReadOnly = 0x7;   // sparse_super, large_file, btree_dir
        uint compat = ReadUInt32LittleEndian(head[(1024 + 0x5C)..]);
        uint incompat = ReadUInt32LittleEndian(head[(1024 + 0x60)..]);
        uint readOnly = ReadUInt32LittleEndian(head[(1024 + 0x64)..]);
        string found = (incompat & journalDevice) != 0 ? "jbd"
            : (incompat & ~ext3Incompat) != 0 || (readOnly & ~ext3ReadOnly) != 0 ? "ext4"
            : (compat & hasJournal) != 0 ? "ext3"
            : "ext2";
        return found == name && ReadUInt32LittleEndian(head[(1024 + 0x18)..]) <= 6; // s_log_block_size: 64 KiB at most
    }

    /// <summary>True when the volume recognition sequence names ECMA-167. Its descriptors take 2048 bytes, or a sector of 4096.</summary>
    private static bool HasNsr(ReadOnlySpan<byte> head)
    {
        for (int position = 32768; position + 6 <= head.Length; position += 2048)
        {
            ReadOnlySpan<byte> identifier = head.Slice(position + 1, 5);
            if (identifier.SequenceEqual("NSR02"u8) || identifier.SequenceEqual("NSR03"u8))
                return true;
        }

        return false;
    }

    private static bool IsPowerOfTwo(uint value, uint smallest, uint largest) =>
        uint.IsPow2(value) && value >= smallest && value <= largest;
}
