namespace OpenStackStorage.Model;

/// <summary>Data on a backend that no volume has: Register-CinderVolume takes it over, by Backend and Reference.</summary>
public sealed class CinderManageableVolume
{
    /// <summary>The pool that holds it: <c>host@backend#pool</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>What the data is called there: Cinder's <c>source-name</c>.</summary>
    public required string Reference { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The id of the volume that it was. Not named VolumeId: that volume is gone.</summary>
    public required Guid FormerVolumeId { get; init; }

    /// <summary>The name of the volume that it was; null where it had none.</summary>
    public string? FormerName { get; init; }

    public override string ToString() => Reference;
}
