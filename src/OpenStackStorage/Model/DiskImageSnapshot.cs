namespace OpenStackStorage.Model;

/// <summary>An internal snapshot of a disk image.</summary>
public sealed class DiskImageSnapshot
{
    /// <summary>Full path of the image file.</summary>
    public required string Path { get; init; }

    /// <summary>What tells it from the image's other snapshots, which may have the same name.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Bytes of the disk at that time.</summary>
    public long VirtualSize { get; init; }

    /// <summary>Bytes of saved memory; 0 for a snapshot of the disk alone.</summary>
    public long VmStateSize { get; init; }

    public override string ToString() => Name;
}
