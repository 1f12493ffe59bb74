using System.Globalization;

namespace OpenStackStorage.Disks;

/// <summary>Reads the partitions of an MBR and of the chains of extended boot records (EBR) that it starts.</summary>
internal static class MbrReader
{
    /// <summary>The most links of all chains together. sfdisk stops at 60 partitions, Linux at 256.</summary>
    private const int MaximumLinks = 128;

    private const int FirstLogical = 5;

    public static PartitionTable Read(PartitionScan scan, in MasterBootRecord mbr)
    {
        uint signature = mbr.DiskSignature;
        for (int index = 0; index < MasterBootRecord.EntryCount; index++)
        {
            MbrEntry entry = mbr[index];
            if (!entry.IsUsed)
                continue;
            entry.Validate(scan, MasterBootRecord.EntryOffset(index), $"MBR PartitionRecord[{index}]", 0);
            scan.Add(Describe(scan, entry, 0, index + 1, signature));
        }

        HashSet<ulong> visited = [];
        int next = FirstLogical;
        for (int index = 0; index < MasterBootRecord.EntryCount; index++)
        {
            if (mbr[index] is not { IsUsed: true, IsExtended: true } container)
                continue;
            if (visited.Count > 0)
            {
                scan.Warn(CheckSeverity.Information, MasterBootRecord.EntryOffset(index), $"MBR PartitionRecord[{index}] OSType",
                    "A second extended partition: Linux numbers its logical partitions on; sfdisk shows only those of the first.");
            }

            next = ReadChain(scan, container, visited, next, signature);
        }

        return scan.ToTable(PartitionTableKind.Mbr, string.Create(CultureInfo.InvariantCulture, $"{signature:x8}"));
    }

    /// <summary>
    /// Follows one chain. In each link the first record is a logical partition, counted from the link's own sector;
    /// the second is the next link, counted from the start of the extended partition.
    /// </summary>
    /// <returns>The number that the next logical partition gets.</returns>
    private static int ReadChain(PartitionScan scan, in MbrEntry container, HashSet<ulong> visited, int next, uint signature)
    {
        ulong link = container.StartingLba;
        uint linkSize = container.SizeInLba;
        while (true)
        {
            long offset = scan.ByteOf(link);
            visited.Add(link);
            MasterBootRecord ebr = MasterBootRecord.Parse(scan.ReadSector(link));
            if (!ebr.HasSignature)
            {
                scan.Warn(CheckSeverity.Information, offset + 510, "EBR Signature",
                    $"The extended boot record at sector {link} has no signature 55 AA: the chain of logical partitions ends here, as in Linux.");
                return next;
            }

            int? following = null;
            for (int index = 0; index < MasterBootRecord.EntryCount; index++)
            {
                MbrEntry entry = ebr[index];
                if (!entry.IsUsed)
                    continue;
                long place = offset + MasterBootRecord.EntryOffset(index);
                if (index >= 2)
                {
                    scan.Warn(CheckSeverity.Information, place, $"EBR PartitionRecord[{index}]",
                        $"The extended boot record at sector {link} uses its record {index + 1}, which must be empty: Linux takes it if it lies inside, sfdisk does not.");
                }

                if (entry.IsExtended)
                {
                    following ??= index;
                }
                else if (index < 2 || LiesInside(entry, link, linkSize, container))
                {
                    entry.Validate(scan, place, $"EBR PartitionRecord[{index}]", link);
                    WarnIfOutside(scan, container, place, link + entry.StartingLba, entry.SizeInLba, next);
                    scan.Add(Describe(scan, entry, link, next++, signature));
                }
            }

            if (following is not { } record)
                return next;
            long field = offset + MasterBootRecord.EntryOffset(record) + 8;
            string name = $"EBR PartitionRecord[{record}] StartingLBA";
            ulong target = (ulong)container.StartingLba + ebr[record].StartingLba;
            if (target >= scan.SectorCount)
                throw scan.Corrupt(field, name, $"a next link at sector {target}", $"a sector of the disk, which has {scan.SectorCount}");
            if (visited.Contains(target))
                throw scan.Corrupt(field, name, $"a next link at sector {target}, which was read before", "a chain without a loop");
            if (visited.Count == MaximumLinks)
                throw scan.Corrupt(field, name, $"more than {MaximumLinks} extended boot records", $"at most {MaximumLinks}");
            link = target;
            linkSize = ebr[record].SizeInLba;
        }
    }

    /// <summary>What Linux asks of a third or fourth record: it lies in the part that the link describes and in the extended partition.</summary>
    private static bool LiesInside(in MbrEntry entry, ulong link, uint linkSize, in MbrEntry container)
    {
        ulong end = (ulong)entry.StartingLba + entry.SizeInLba;
        return end <= linkSize && link + end <= (ulong)container.StartingLba + container.SizeInLba;
    }

    private static void WarnIfOutside(PartitionScan scan, in MbrEntry container, long offset, ulong start, ulong size, int number)
    {
        ulong end = (ulong)container.StartingLba + container.SizeInLba;
        if (start < container.StartingLba || start + size > end)
        {
            scan.Warn(CheckSeverity.Corruption, offset, "EBR PartitionRecord",
                $"Logical partition {number} (sectors {start} to {start + size - 1}) lies outside its extended partition (sectors {container.StartingLba} to {end - 1}).");
        }
    }

    private static Partition Describe(PartitionScan scan, in MbrEntry entry, ulong baseLba, int number, uint signature) => new()
    {
        Number = number,
        Table = PartitionTableKind.Mbr,
        Type = PartitionTypes.NameOf(entry.OsType),
        TypeId = PartitionTypes.IdOf(entry.OsType),
        PartitionId = string.Create(CultureInfo.InvariantCulture, $"{signature:x8}-{number:x2}"),
        Start = new GuestOffset(scan.ByteOf(baseLba + entry.StartingLba)),
        Length = (long)entry.SizeInLba * scan.SectorSize,
        Bootable = entry.BootIndicator == 0x80,
        IsExtended = entry.IsExtended,
    };
}
