namespace OpenStackStorage.Model;

/// <summary>One thing that a check of a disk image found.</summary>
public sealed class DiskImageCheck
{
    /// <summary>Full path of the image file.</summary>
    public required string Path { get; init; }

    /// <summary>"Information", "Leak" (space is held for nothing) or "Corruption" (data is lost or in danger).</summary>
    public required string Severity { get; init; }

    /// <summary>Byte of the file.</summary>
    public long Offset { get; init; }

    /// <summary>The field's name in the format's specification.</summary>
    public required string Field { get; init; }

    public required string Message { get; init; }

    public override string ToString() => $"{Severity} at {Offset}: {Field}";
}
