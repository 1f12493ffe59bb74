using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>One 16-byte partition record of a boot record (UEFI 2.10 section 5.2.1, table 5.2). The CHS fields are not read: LBA rules.</summary>
internal readonly record struct MbrEntry(byte BootIndicator, byte OsType, uint StartingLba, uint SizeInLba)
{
    public const int Size = 16;

    /// <summary>Linux takes a record with a length for a partition, whatever its type: hybrid CD images have type 0.</summary>
    public bool IsUsed => SizeInLba != 0;

    /// <summary>05 by CHS, 0F by LBA, 85 of Linux: all three hold a chain of logical partitions.</summary>
    public bool IsExtended => OsType is 0x05 or 0x0F or 0x85;

    public static MbrEntry Parse(ReadOnlySpan<byte> bytes) => new(
        bytes[0],                                           // byte 0: BootIndicator
        bytes[4],                                           // byte 4: OSType
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),   // bytes 8-11: StartingLBA
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..])); // bytes 12-15: SizeInLBA

    /// <summary>Checks that the partition lies on the disk.</summary>
    /// <param name="scan">The disk.</param>
    /// <param name="offset">Byte of the disk at which the record lies.</param>
    /// <param name="record">The record's name in errors.</param>
    /// <param name="baseLba">The sector that <see cref="StartingLba"/> counts from.</param>
    public void Validate(PartitionScan scan, long offset, string record, ulong baseLba)
    {
        ulong start = baseLba + StartingLba;
        if (start >= scan.SectorCount)
            throw scan.Corrupt(offset + 8, $"{record} StartingLBA", $"sector {start}", $"a sector of the disk, which has {scan.SectorCount}");
        if (SizeInLba > scan.SectorCount - start)
            throw scan.Corrupt(offset + 12, $"{record} SizeInLBA", $"{SizeInLba} sectors from sector {start}", $"at most {scan.SectorCount - start}, to the end of the disk");
    }
}

/// <summary>The first 512 bytes of a disk, or of a link in a chain of extended boot records (UEFI 2.10 section 5.2.1, table 5.1).</summary>
internal readonly record struct MasterBootRecord(
    uint DiskSignature, MbrEntry Entry1, MbrEntry Entry2, MbrEntry Entry3, MbrEntry Entry4, bool HasSignature, bool IsFileSystem)
{
    public const int EntryCount = 4;

    /// <summary>Offset of a record in the sector; records count from 0.</summary>
    public static int EntryOffset(int index) => 446 + (index * MbrEntry.Size);

    public MbrEntry this[int index] => index switch
    {
        0 => Entry1,
        1 => Entry2,
        2 => Entry3,
        _ => Entry4,
    };

    /// <summary>
    /// True when a record has type EE, which says that a GPT describes the disk (section 5.2.3). In the boot sector
    /// of a volume such bytes may be code, so there the record must also start at sector 1.
    /// </summary>
    public bool IsProtective
    {
        get
        {
            for (int index = 0; HasSignature && index < EntryCount; index++)
            {
                if (this[index] is { OsType: 0xEE, IsUsed: true } entry && (entry.StartingLba == 1 || !IsFileSystem))
                    return true;
            }

            return false;
        }
    }

    public static MasterBootRecord Parse(ReadOnlySpan<byte> sector) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(sector[440..]), // bytes 440-443: UniqueMBRDiskSignature
        MbrEntry.Parse(sector[EntryOffset(0)..]),               // bytes 446-509: PartitionRecord
        MbrEntry.Parse(sector[EntryOffset(1)..]),
        MbrEntry.Parse(sector[EntryOffset(2)..]),
        MbrEntry.Parse(sector[EntryOffset(3)..]),
        BinaryPrimitives.ReadUInt16LittleEndian(sector[510..]) == 0xAA55, // bytes 510-511: Signature
        FileSystemSignature.IsVolumeBootRecord(sector));

    /// <summary>
    /// True when the sector is a partition table and not only a boot sector, which ends in 55 AA just as well.
    /// Linux asks for a boot indicator of 00 or 80 in every record. Where a FAT or NTFS volume starts in the same sector,
    /// the records count only if they all lie on the disk and behind that sector.
    /// </summary>
    public bool IsPartitionTable(PartitionScan scan)
    {
        if (!HasSignature)
            return false;
        bool any = false;
        bool plausible = true;
        for (int index = 0; index < EntryCount; index++)
        {
            MbrEntry entry = this[index];
            if (entry.BootIndicator is not (0x00 or 0x80))
                return false;
            any |= entry.IsUsed;
            plausible &= !entry.IsUsed || (entry.StartingLba > 0 && (ulong)entry.StartingLba + entry.SizeInLba <= scan.SectorCount);
        }

        return !IsFileSystem || (any && plausible);
    }
}
