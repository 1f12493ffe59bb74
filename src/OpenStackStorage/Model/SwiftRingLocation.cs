namespace OpenStackStorage.Model;

/// <summary>A place where a name's data is, or where it goes when that place fails.</summary>
public sealed class SwiftRingLocation
{
    /// <summary>Full path of the ring or builder file.</summary>
    public required string Path { get; init; }

    public required int Partition { get; init; }

    /// <summary>The MD5 that names the data on disk; null when only a partition was asked for.</summary>
    public string? Hash { get; init; }

    /// <summary>"Primary" or "Handoff".</summary>
    public required string Kind { get; init; }

    /// <summary>Its place among its kind, from 0.</summary>
    public required int Index { get; init; }

    public required int DeviceId { get; init; }

    public required int Region { get; init; }

    public required int Zone { get; init; }

    public required string Ip { get; init; }

    public required int Port { get; init; }

    public required string Device { get; init; }

    /// <summary>The folder on that server: "/srv/node/sda/objects/123/abc/...".</summary>
    public required string DiskPath { get; init; }

    /// <summary>The address for a direct request to that server; null when only a partition was asked for.</summary>
    public string? Url { get; init; }

    public override string ToString() => DiskPath;
}
