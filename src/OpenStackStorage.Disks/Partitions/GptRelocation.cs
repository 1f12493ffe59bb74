using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Fits a GUID partition table to a disk of another size: the backup copy belongs into the last sectors, and the last usable
/// sector is the one before it (UEFI 2.10 section 5.3.1). Partitions stay as they are.
/// </summary>
public static class GptRelocation
{
    private const int MbrSizeField = 12;

    /// <summary>Bytes of the smallest disk that holds the table and all its partitions; null when the disk has no GPT.</summary>
    /// <exception cref="ImageFormatException">The primary table is damaged.</exception>
    public static long? SmallestDisk(IGuestReader disk, int sectorSize, string path)
    {
        PartitionScan scan = new(disk, sectorSize, path);
        if (scan.SectorCount == 0 || !MasterBootRecord.Parse(scan.ReadSector(0)).IsProtective)
            return null;
        GptReader.Copy table = GptReader.ReadCopy(scan, GptReader.PrimaryLba);
        ulong last = table.Header.FirstUsableLba;
        for (int offset = 0; offset < table.Entries.Length; offset += (int)table.Header.SizeOfPartitionEntry)
        {
            GptEntry entry = GptEntry.Parse(table.Entries.AsSpan(offset));
            if (entry.IsUsed)
                last = Math.Max(last, entry.EndingLba);
        }

        return scan.ByteOf(last + ArraySectors(table.Header, sectorSize) + 2); // the entries' copy and the backup header follow
    }

    /// <summary>
    /// Writes the backup copy for a disk of <paramref name="size"/> bytes and points the primary one to it. The new backup is on
    /// the disk before the primary names it; a stop at any moment leaves a table that can be read.
    /// </summary>
    /// <param name="size">At least <see cref="SmallestDisk"/> and at most the length of the disk now.</param>
    public static void MoveBackup(ImageEditor disk, int sectorSize, long size, string path)
    {
        PartitionScan scan = new(disk, sectorSize, path);
        GptReader.Copy table = GptReader.ReadCopy(scan, GptReader.PrimaryLba);
        GptHeader old = table.Header;
        ulong last = (ulong)(size / sectorSize) - 1;
        ulong entries = last - ArraySectors(old, sectorSize);
        GptHeader primary = old with { AlternateLba = last, LastUsableLba = entries - 1 };
        GptHeader backup = primary with { MyLba = last, AlternateLba = GptReader.PrimaryLba, PartitionEntryLba = entries };

        byte[] sector = scan.ReadSector(GptReader.PrimaryLba);
        disk.Write(new GuestOffset(scan.ByteOf(entries)), table.Entries);
        Write(backup, last);
        disk.Flush();
        Write(primary, GptReader.PrimaryLba);
        WriteProtectiveSize(disk, scan, last);
        disk.Flush();
        if (old.AlternateLba <= primary.LastUsableLba && IsBackupHeader(scan, old.AlternateLba))
            disk.Zero(new GuestOffset(scan.ByteOf(old.AlternateLba)), sectorSize, free: false); // or a search for a lost table would find it

        void Write(in GptHeader header, ulong lba)
        {
            header.WriteTo(sector);
            disk.Write(new GuestOffset(scan.ByteOf(lba)), sector);
        }
    }

    private static bool IsBackupHeader(PartitionScan scan, ulong lba) => GptHeader.HasSignature(scan.ReadSector(lba));

    private static ulong ArraySectors(in GptHeader header, int sectorSize) => (ulong)((header.ArraySize + sectorSize - 1) / sectorSize);

    /// <summary>The protective record covers the whole disk, or all that 32 bits can say (section 5.2.3).</summary>
    private static void WriteProtectiveSize(ImageEditor disk, PartitionScan scan, ulong last)
    {
        byte[] sector = scan.ReadSector(0);
        MasterBootRecord mbr = MasterBootRecord.Parse(sector);
        for (int index = 0; index < MasterBootRecord.EntryCount; index++)
        {
            if (mbr[index] is { OsType: 0xEE, StartingLba: 1 })
                BinaryPrimitives.WriteUInt32LittleEndian(sector.AsSpan(MasterBootRecord.EntryOffset(index) + MbrSizeField), (uint)Math.Min(last, uint.MaxValue));
        }

        disk.Write(default, sector);
    }
}
