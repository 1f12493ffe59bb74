namespace OpenStackStorage.Model;

/// <summary>A partition of the disk in an image.</summary>
public sealed class DiskImagePartition
{
    /// <summary>Full path of the image file.</summary>
    public required string Path { get; init; }

    /// <summary>As Linux counts: MBR primaries 1 to 4, logicals from 5; GPT entries from 1.</summary>
    public int Number { get; init; }

    /// <summary>"Mbr" or "Gpt".</summary>
    public required string Table { get; init; }

    public required string Type { get; init; }

    /// <summary>The GPT partition's name.</summary>
    public string? Name { get; init; }

    /// <summary>The GPT partition's GUID, or the MBR disk's signature and the number, as Linux' PARTUUID.</summary>
    public string? PartitionId { get; init; }

    /// <summary>Byte of the guest's disk.</summary>
    public long Start { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    public bool Bootable { get; init; }

    /// <summary>Recognised by its signature: "ext4", "vfat", "LVM2_member"; null when it is not.</summary>
    public string? FileSystem { get; init; }

    public override string ToString() => $"{Path}:{Number}";
}
