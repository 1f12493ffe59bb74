using System.Globalization;

namespace OpenStackStorage.Disks;

/// <summary>
/// Reads a GUID partition table (UEFI 2.10 section 5.3). The primary copy rules, as in Linux; the backup at the end of the disk
/// is used where the primary is damaged (section 5.3.2), and compared with it otherwise.
/// </summary>
internal static class GptReader
{
    public const ulong PrimaryLba = 1;

    /// <summary>One of the two copies of a table.</summary>
    internal readonly record struct Copy(GptHeader Header, byte[] Entries);

    public static PartitionTable Read(PartitionScan scan, in MasterBootRecord mbr)
    {
        WarnOfHybrid(scan, mbr);
        Copy? primary = TryReadCopy(scan, PrimaryLba, out StorageException? primaryError);
        if (primary is { } good)
        {
            CompareBackup(scan, good);
            return ReadEntries(scan, good);
        }

        Copy? backup = TryReadCopy(scan, scan.SectorCount - 1, out StorageException? backupError);
        if (backup is not { } spare)
            throw BothDamaged(scan, primaryError!, backupError!);
        scan.Warn(CheckSeverity.Corruption, scan.ByteOf(PrimaryLba), "GPT primary header",
            $"The primary GPT is damaged, the backup at the end of the disk is used: {primaryError!.Message}");
        return ReadEntries(scan, spare);
    }

    /// <summary>A GPT that no record of type EE announces is left alone, as Linux does; it is worth a word.</summary>
    public static void WarnOfHeaderWithoutProtection(PartitionScan scan)
    {
        if (HasHeaderAt(scan, scan.SectorSize))
        {
            scan.Warn(CheckSeverity.Information, scan.ByteOf(PrimaryLba), "GPT Signature",
                "Sector 1 holds a GPT header, but sector 0 has no protective record of type EE: the GPT is not read.");
        }
    }

    private static void WarnOfHybrid(PartitionScan scan, in MasterBootRecord mbr)
    {
        for (int index = 0; index < MasterBootRecord.EntryCount; index++)
        {
            if (mbr[index] is { IsUsed: true, OsType: not 0xEE and var type })
            {
                scan.Warn(CheckSeverity.Information, MasterBootRecord.EntryOffset(index), $"MBR PartitionRecord[{index}]",
                    $"A hybrid MBR: record {index + 1} of type {PartitionTypes.IdOf(type)} stands beside the protective one. Only the GPT is read.");
            }
        }
    }

    private static Copy? TryReadCopy(PartitionScan scan, ulong lba, out StorageException? error)
    {
        error = null;
        try
        {
            return ReadCopy(scan, lba);
        }
        catch (StorageException bad)
        {
            error = bad;
            return null;
        }
    }

    /// <summary>Reads one copy and checks both of its checksums.</summary>
    public static Copy ReadCopy(PartitionScan scan, ulong lba)
    {
        if (lba >= scan.SectorCount)
            throw scan.Corrupt(scan.ByteOf(lba), "GPT header", $"a disk of {scan.SectorCount} sectors", $"a header at sector {lba}");
        byte[] sector = scan.ReadSector(lba);
        GptHeader header = GptHeader.Parse(sector);
        header.Validate(scan, sector, lba);
        byte[] entries = scan.Read(header.PartitionEntryLba, header.ArraySize);
        uint crc = Crc32.Compute(entries);
        if (header.PartitionEntryArrayCrc32 != crc)
        {
            throw scan.Corrupt(scan.ByteOf(lba) + GptHeader.EntryArrayCrc32Offset, "GPT PartitionEntryArrayCRC32",
                $"{header.PartitionEntryArrayCrc32:X8}", $"{crc:X8}, the checksum of the entries");
        }

        return new Copy(header, entries);
    }

    private static void CompareBackup(PartitionScan scan, in Copy primary)
    {
        GptHeader header = primary.Header;
        ulong last = scan.SectorCount - 1;
        long field = scan.ByteOf(PrimaryLba) + GptHeader.AlternateLbaOffset;
        if (header.AlternateLba is <= PrimaryLba || header.AlternateLba > last)
        {
            scan.Warn(CheckSeverity.Corruption, field, "GPT AlternateLBA",
                $"The backup GPT is missing: its place is sector {header.AlternateLba}, the disk's last is {last}.");
            return;
        }

        if (header.AlternateLba != last)
        {
            scan.Warn(CheckSeverity.Information, field, "GPT AlternateLBA",
                $"The backup GPT lies at sector {header.AlternateLba}, {last - header.AlternateLba} sectors before the disk's end: the disk was grown.");
        }

        if (TryReadCopy(scan, header.AlternateLba, out StorageException? error) is not { } backup)
        {
            scan.Warn(CheckSeverity.Corruption, scan.ByteOf(header.AlternateLba), "GPT backup header", $"The backup GPT is missing or damaged: {error!.Message}");
            return;
        }

        // All but the fields that say where each copy lies must be equal.
        GptHeader expected = header with
        {
            HeaderCrc32 = backup.Header.HeaderCrc32,
            MyLba = header.AlternateLba,
            AlternateLba = PrimaryLba,
            PartitionEntryLba = backup.Header.PartitionEntryLba,
        };
        if (backup.Header != expected || !backup.Entries.AsSpan().SequenceEqual(primary.Entries))
        {
            scan.Warn(CheckSeverity.Corruption, scan.ByteOf(header.AlternateLba), "GPT backup header",
                $"The backup GPT at sector {header.AlternateLba} differs from the primary one, which is used.");
        }
    }

    private static PartitionTable ReadEntries(PartitionScan scan, in Copy copy)
    {
        GptHeader header = copy.Header;
        int size = (int)header.SizeOfPartitionEntry;
        Dictionary<Guid, int> seen = [];
        for (int index = 0; index < (int)header.NumberOfPartitionEntries; index++)
        {
            GptEntry entry = GptEntry.Parse(copy.Entries.AsSpan(index * size, size));
            if (!entry.IsUsed)
                continue;
            int number = index + 1;
            long offset = scan.ByteOf(header.PartitionEntryLba) + ((long)index * size);
            entry.Validate(scan, offset, index);
            if (entry.StartingLba < header.FirstUsableLba || entry.EndingLba > header.LastUsableLba)
            {
                scan.Warn(CheckSeverity.Corruption, offset + 32, $"GPT entry {index} StartingLBA",
                    $"Partition {number} (sectors {entry.StartingLba} to {entry.EndingLba}) lies outside the usable range, {header.FirstUsableLba} to {header.LastUsableLba}.");
            }

            if (!seen.TryAdd(entry.UniqueGuid, number))
            {
                scan.Warn(CheckSeverity.Corruption, offset + 16, $"GPT entry {index} UniquePartitionGUID",
                    $"Partitions {seen[entry.UniqueGuid]} and {number} have the same GUID {entry.UniqueGuid}.");
            }

            scan.Add(new Partition
            {
                Number = number,
                Table = PartitionTableKind.Gpt,
                Type = PartitionTypes.NameOf(entry.TypeGuid),
                TypeId = PartitionTypes.IdOf(entry.TypeGuid),
                Name = entry.Name,
                PartitionId = entry.UniqueGuid.ToString("D", CultureInfo.InvariantCulture),
                Start = new GuestOffset(scan.ByteOf(entry.StartingLba)),
                Length = scan.ByteOf(entry.EndingLba - entry.StartingLba + 1),
                Bootable = entry.IsBootable,
            });
        }

        return scan.ToTable(PartitionTableKind.Gpt, header.DiskGuid.ToString("D", CultureInfo.InvariantCulture));
    }

    private static StorageException BothDamaged(PartitionScan scan, StorageException primary, StorageException backup)
    {
        if (primary is not ImageFormatException error)
            return primary;
        int other = scan.SectorSize == 512 ? 4096 : 512;
        string hint = HasHeaderAt(scan, other) ? $" (a header lies at byte {other}: the disk's logical sectors have {other} bytes)" : "";
        return scan.Corrupt(error.Offset, error.Field, error.Found!, $"{error.Expected}{hint}; the backup GPT is no help: {backup.Message.TrimEnd('.')}");
    }

    private static bool HasHeaderAt(PartitionScan scan, int offset)
    {
        if (scan.Disk.Length < offset + 8)
            return false;
        Span<byte> signature = stackalloc byte[8];
        scan.Disk.Read(new GuestOffset(offset), signature);
        return GptHeader.HasSignature(signature);
    }
}
