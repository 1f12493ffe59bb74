namespace OpenStackStorage.Model;

/// <summary>A range of the disk in an image that is of one kind, seen through the whole chain of backing files.</summary>
public sealed class DiskImageExtent
{
    /// <summary>Full path of the image file.</summary>
    public required string Path { get; init; }

    /// <summary>Byte of the guest's disk.</summary>
    public long Start { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    /// <summary>"Data", "Compressed", "Zero" (zeroes that an image records) or "Unallocated" (no image holds anything: zeroes).</summary>
    public required string Kind { get; init; }

    /// <summary>The image of the chain that decides: 0 is the image itself, 1 its backing file.</summary>
    public int Depth { get; init; }

    /// <summary>Byte of <see cref="File"/> at which data starts; null for other kinds. Each compressed cluster has its own.</summary>
    public long? HostOffset { get; init; }

    /// <summary>Full path of the file that holds the bytes; without any, of the image that decides.</summary>
    public required string File { get; init; }

    public override string ToString() => $"{Kind} at {Start} for {Length} bytes";
}
