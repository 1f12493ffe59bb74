namespace OpenStackStorage.Model;

/// <summary>How large a new image is going to be.</summary>
public sealed class DiskImageMeasure
{
    /// <summary>Full path of the image whose disk the new one is to hold; null for an empty one.</summary>
    public string? Path { get; init; }

    /// <summary>The new image's format, lower case.</summary>
    public required string Format { get; init; }

    /// <summary>Bytes of the disk.</summary>
    public long VirtualSize { get; init; }

    /// <summary>Bytes of the new image's files with the disk as it is.</summary>
    public long Required { get; init; }

    /// <summary>Bytes of the new image's files once every byte of the disk holds data.</summary>
    public long FullyAllocated { get; init; }

    public override string ToString() => $"{Required} bytes of {Format}, at most {FullyAllocated}";
}
