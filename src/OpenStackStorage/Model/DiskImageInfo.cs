namespace OpenStackStorage.Model;

/// <summary>What is known of a disk image without reading its data.</summary>
public sealed class DiskImageInfo
{
    /// <summary>Full path of the image file.</summary>
    public required string Path { get; init; }

    /// <summary>Lower case: "raw", "qcow2". Also formats that are only recognised, such as "vmdk".</summary>
    public required string Format { get; init; }

    /// <summary>The variety within the format: "v3".</summary>
    public string? SubFormat { get; init; }

    /// <summary>Bytes of the disk that a guest sees; null when the format is only recognised and does not tell.</summary>
    public long? VirtualSize { get; init; }

    /// <summary>Bytes that the file takes on its disk.</summary>
    public long AllocatedSize { get; init; }

    /// <summary>Bytes of the unit of allocation; 0 where there is none.</summary>
    public int ClusterSize { get; init; }

    /// <summary>The backing file's name as it stands in the image.</summary>
    public string? BackingFile { get; init; }

    public bool Encrypted { get; init; }

    /// <summary>True when the first table of the image holds compressed clusters.</summary>
    public bool Compressed { get; init; }

    /// <summary>True when the image was not closed properly or is marked corrupt.</summary>
    public bool Dirty { get; init; }

    public DiskImageSnapshot[] Snapshots { get; init; } = [];

    /// <summary>Names of persistent dirty bitmaps.</summary>
    public string[] Bitmaps { get; init; } = [];

    /// <summary>Safety checks that failed, by the names that oslo.utils' format_inspector gives them; empty is safe.</summary>
    public DiskImageSafetyFinding[] SafetyFindings { get; init; } = [];

    /// <summary>What a conversion with -Salvage could not read of its source; these ranges are zeroes.</summary>
    public DiskImageLostRange[] LostRanges { get; internal set; } = [];

    /// <summary>The format's own facts by the names of its specification.</summary>
    public IReadOnlyDictionary<string, object> FormatDetails { get; init; } = new Dictionary<string, object>();

    public override string ToString() => Path;
}

/// <summary>A range of a disk whose bytes are lost; zeroes are in their place.</summary>
public sealed class DiskImageLostRange
{
    /// <summary>Byte of the guest's disk.</summary>
    public long Start { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    /// <summary>The first failure in the range.</summary>
    public required string Reason { get; init; }

    public override string ToString() => $"{Length} bytes at {Start}: {Reason}";
}

/// <summary>A safety check that an image failed.</summary>
public sealed class DiskImageSafetyFinding
{
    /// <summary>The format whose rule it is.</summary>
    public required string Format { get; init; }

    /// <summary>The check's name: "backing_file", "data_file", "unknown_features", "descriptor", "mbr".</summary>
    public required string Check { get; init; }

    public required string Message { get; init; }

    /// <summary>Byte of the file; null where no single place is meant.</summary>
    public long? Offset { get; init; }

    public override string ToString() => $"{Format}: {Check}";
}
