namespace OpenStackStorage.Model;

/// <summary>What is left when one tier of a ring fails.</summary>
public sealed class SwiftRingFailure
{
    /// <summary>Full path of the builder or ring file.</summary>
    public required string Path { get; init; }

    /// <summary>"Region", "Zone", "Server" or "Device".</summary>
    public required string Level { get; init; }

    /// <summary>The tier that fails, as Swift names it: "r1z2".</summary>
    public required string Tier { get; init; }

    /// <summary>Partitions with no replica left: their data is out of reach.</summary>
    public long None => PartitionsLeft[0];

    /// <summary>Partitions with one replica left.</summary>
    public long One => PartitionsLeft.Length > 1 ? PartitionsLeft[1] : 0;

    /// <summary>By replicas left: how many partitions have 0, 1, 2.. of them.</summary>
    public required long[] PartitionsLeft { get; init; }

    public override string ToString() => Tier;
}
