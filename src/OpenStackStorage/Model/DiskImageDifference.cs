namespace OpenStackStorage.Model;

/// <summary>A range in which the disks of two images differ.</summary>
public sealed class DiskImageDifference
{
    /// <summary>Byte of the guest's disk.</summary>
    public long Start { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    /// <summary>"Content"; with -Strict also "Size" and "Allocation".</summary>
    public required string Kind { get; init; }

    public override string ToString() => $"{Kind} at {Start} for {Length} bytes";
}
