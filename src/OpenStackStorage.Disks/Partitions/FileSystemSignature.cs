using System.Buffers;

namespace OpenStackStorage.Disks;

/// <summary>
/// Recognises what lies in a partition or on a whole disk by its signature. Names are those that blkid gives.
/// A signature says what was once written there, not that it is whole; nothing else of the content is trusted.
/// </summary>
public static class FileSystemSignature
{
    /// <summary>Bytes at the start that hold every signature but those that lie at the end; what the disk lacks of them counts as zero.</summary>
    private const int HeadLength = 68 << 10;

    /// <summary>The shortest part of a disk that can carry a signature.</summary>
    private const int MinimumLength = 512;

    /// <summary>Looks at a range of the disk. It reads at most 68 KiB from its start and two sectors at its end.</summary>
    /// <param name="disk">The disk as the guest sees it.</param>
    /// <param name="start">Where the partition starts.</param>
    /// <param name="length">Bytes of the partition; what lies past the disk's end is not read.</param>
    /// <returns>
    /// ext2, ext3, ext4, jbd, xfs, btrfs, f2fs, vfat, exfat, ntfs, ReFS, BitLocker, apfs, hfsplus, iso9660, udf, squashfs, swap,
    /// swsuspend, LVM2_member, crypto_LUKS, linux_raid_member or zfs_member; null when nothing is recognised.
    /// </returns>
    public static string? Recognise(IGuestReader disk, GuestOffset start, long length)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentOutOfRangeException.ThrowIfNegative(start.Value);
        length = Math.Min(length, disk.Length - start.Value);
        if (length < MinimumLength)
            return null;

        byte[] rented = ArrayPool<byte>.Shared.Rent(HeadLength);
        try
        {
            Span<byte> head = rented.AsSpan(0, HeadLength);
            int read = (int)Math.Min(length, HeadLength);
            disk.Read(start, head[..read]);
            head[read..].Clear();
            return SignatureTable.MatchHead(head, SignatureTable.Containers)
                ?? MatchTail(disk, start, length)
                ?? SignatureTable.MatchHead(head, SignatureTable.FileSystems);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>True when a FAT, exFAT, NTFS, ReFS or BitLocker volume starts in this sector, whose end then looks like that of an MBR.</summary>
    internal static bool IsVolumeBootRecord(ReadOnlySpan<byte> sector) => SignatureTable.MatchHead(sector, SignatureTable.BootSectors) is not null;

    /// <summary>
    /// Linux RAID keeps its superblock at the end with version 0.90 (64 KiB aligned) and 1.0 (4 KiB aligned), so that a mirror's
    /// half looks like the file system in it. https://raid.wiki.kernel.org/index.php/RAID_superblock_formats
    /// </summary>
    private static string? MatchTail(IGuestReader disk, GuestOffset start, long length)
    {
        Span<byte> superblock = stackalloc byte[MinimumLength];
        long version1 = ((length >> 9) - 16 & ~7L) << 9;
        long version090 = (length & ~0xFFFFL) - 0x10000;
        foreach (long position in (ReadOnlySpan<long>)[version1, version090])
        {
            if (position < 0)
                continue;
            disk.Read(start + position, superblock);
            if (SignatureTable.IsLinuxRaid(superblock, position == version1 ? position : null))
                return SignatureTable.LinuxRaid;
        }

        return null;
    }
}
