namespace OpenStackStorage.Disks;

/// <summary>The partition table of a disk and what lies in its partitions. Table and entries are only read, never repaired.</summary>
public sealed record PartitionTable
{
    public required PartitionTableKind Kind { get; init; }

    /// <summary>The MBR's disk signature as 8 hex digits, or the GPT's disk GUID; lower case. Null without a table.</summary>
    public string? DiskId { get; init; }

    /// <summary>The used entries, in the order of their numbers.</summary>
    public required IReadOnlyList<Partition> Partitions { get; init; }

    /// <summary>What lies on a disk without a table (<see cref="FileSystemSignature"/>); null with a table or when nothing is recognised.</summary>
    public string? FileSystem { get; init; }

    /// <summary>What is wrong with a table that can still be read. Offsets are bytes of the guest's disk.</summary>
    public required IReadOnlyList<CheckFinding> Warnings { get; init; }

    /// <summary>Reads the table of a disk.</summary>
    /// <param name="disk">The disk as the guest sees it.</param>
    /// <param name="sectorSize">Bytes of the disk's logical sector: 512, 1024, 2048 or 4096. No table states it.</param>
    /// <param name="path">The name of the disk in errors.</param>
    /// <exception cref="ImageFormatException">The table can't be used; the offset is a byte of the guest's disk.</exception>
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/> for a sector size, and what reading the disk throws.</exception>
    public static PartitionTable Read(IGuestReader disk, int sectorSize = 512, string path = "disk")
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (sectorSize is not (512 or 1024 or 2048 or 4096))
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"A logical sector of {sectorSize} bytes is not known: expected 512, 1024, 2048 or 4096.")
            {
                Target = path,
            };
        }

        PartitionScan scan = new(disk, sectorSize, path);
        if (scan.SectorCount == 0)
            return scan.ToTable(PartitionTableKind.None, null);
        MasterBootRecord mbr = MasterBootRecord.Parse(scan.ReadSector(0));
        if (mbr.IsProtective)
            return GptReader.Read(scan, mbr);

        GptReader.WarnOfHeaderWithoutProtection(scan);
        return mbr.IsPartitionTable(scan) ? MbrReader.Read(scan, mbr) : scan.ToTable(PartitionTableKind.None, null);
    }
}
