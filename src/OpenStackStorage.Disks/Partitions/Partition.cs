namespace OpenStackStorage.Disks;

/// <summary>The kind of a partition table.</summary>
public enum PartitionTableKind
{
    None,
    Mbr,
    Gpt,
}

/// <summary>One partition of a disk.</summary>
public sealed record Partition
{
    /// <summary>As Linux numbers it: MBR primaries 1 to 4, MBR logicals from 5, GPT entries from 1 by their place.</summary>
    public required int Number { get; init; }

    public required PartitionTableKind Table { get; init; }

    /// <summary>The readable name of <see cref="TypeId"/>, or <see cref="TypeId"/> itself where it is not known.</summary>
    public required string Type { get; init; }

    /// <summary>The type as it is stored: "0x83" in an MBR, a lower-case GUID in a GPT.</summary>
    public required string TypeId { get; init; }

    /// <summary>The name that a GPT gives, at most 36 characters; null in an MBR. Control characters are shown as U+FFFD.</summary>
    public string? Name { get; init; }

    /// <summary>Linux' PARTUUID, lower case: the unique GUID in a GPT, disk signature and number ("4d2ac1f0-05") in an MBR.</summary>
    public required string PartitionId { get; init; }

    public required GuestOffset Start { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    public GuestOffset End => Start + Length;

    /// <summary>The active flag of an MBR, the legacy BIOS bootable attribute of a GPT.</summary>
    public required bool Bootable { get; init; }

    /// <summary>True for an MBR partition that only holds logical ones.</summary>
    public bool IsExtended { get; init; }

    /// <summary>What lies in it, as blkid names it (<see cref="FileSystemSignature"/>); null when nothing is recognised.</summary>
    public string? FileSystem { get; init; }
}
