namespace OpenStackStorage.Model;

/// <summary>A copy that a change of a ring left beside it.</summary>
public sealed class SwiftRingBackup
{
    /// <summary>Full path of the copy.</summary>
    public required string Path { get; init; }

    /// <summary>Full path of the builder that it is a copy of, or whose ring it is.</summary>
    public required string BuilderPath { get; init; }

    /// <summary>"Builder" or "Ring".</summary>
    public required string Kind { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>The builder's version at that time; null when the copy can't be read or does not say.</summary>
    public int? Version { get; init; }

    /// <summary>How many devices the ring had; null when the copy can't be read.</summary>
    public int? Devices { get; init; }

    public override string ToString() => Path;
}
