using System.Globalization;

namespace OpenStackStorage.Disks;

/// <summary>One reading of a partition table: the disk by sectors, and what was found so far.</summary>
internal sealed class PartitionScan(IGuestReader disk, int sectorSize, string path)
{
    private readonly List<Partition> _partitions = [];
    private readonly List<CheckFinding> _warnings = [];

    public IGuestReader Disk => disk;

    public int SectorSize => sectorSize;

    /// <summary>Whole sectors of the disk; a part of one at the end is not counted.</summary>
    public ulong SectorCount { get; } = (ulong)(disk.Length / sectorSize);

    public int PartitionCount => _partitions.Count;

    /// <summary>Reads <paramref name="count"/> bytes from the start of a sector. The caller has checked that they are on the disk.</summary>
    public byte[] Read(ulong lba, int count)
    {
        byte[] bytes = new byte[count];
        disk.Read(new GuestOffset(ByteOf(lba)), bytes);
        return bytes;
    }

    public byte[] ReadSector(ulong lba) => Read(lba, sectorSize);

    /// <summary>The byte at which a sector of this disk starts.</summary>
    public long ByteOf(ulong lba) => (long)lba * sectorSize;

    public void Warn(CheckSeverity severity, long offset, string field, string message) =>
        _warnings.Add(new CheckFinding(severity, offset, field, message));

    public ImageFormatException Corrupt(long offset, string field, string found, string expected) =>
        new(path, offset, field, found, expected);

    /// <summary>Adds a partition and recognises what lies in it.</summary>
    public void Add(Partition partition) => _partitions.Add(partition.IsExtended
        ? partition
        : partition with { FileSystem = FileSystemSignature.Recognise(disk, partition.Start, partition.Length) });

    public PartitionTable ToTable(PartitionTableKind kind, string? diskId)
    {
        WarnOfOverlaps();
        return new PartitionTable
        {
            Kind = kind,
            DiskId = diskId,
            Partitions = _partitions,
            FileSystem = kind == PartitionTableKind.None ? FileSystemSignature.Recognise(disk, default, disk.Length) : null,
            Warnings = _warnings,
        };
    }

    /// <summary>Names each partition that starts before an earlier one ends. Tools show such disks; hybrid CD images are made so.</summary>
    private void WarnOfOverlaps()
    {
        Partition? last = null;
        foreach (Partition partition in _partitions.Where(partition => !partition.IsExtended).OrderBy(partition => partition.Start))
        {
            if (last is not null && partition.Start < last.End)
            {
                Warn(CheckSeverity.Corruption, partition.Start.Value, "StartingLBA", string.Create(CultureInfo.InvariantCulture,
                    $"Partition {partition.Number} starts at byte {partition.Start.Value}, inside partition {last.Number}, which ends at {last.End.Value}."));
            }

            if (last is null || partition.End > last.End)
                last = partition;
        }
    }
}
