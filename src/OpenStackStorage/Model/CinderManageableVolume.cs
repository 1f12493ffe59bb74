namespace OpenStackStorage.Model;

/// <summary>Data on a backend that no volume has: Register-CinderVolume takes it over, by Backend and Reference.</summary>
public sealed class CinderManageableVolume
{
    /// <summary>The backend or pool that holds it.</summary>
    public required string Backend { get; init; }

    /// <summary>What the data is called there: Cinder's <c>source-name</c>.</summary>
    public required string Reference { get; init; }

    /// <summary>Size in GiB, rounded up.</summary>
    public required int SizeGiB { get; init; }

    /// <summary>Why it can't be taken over; null where it can.</summary>
    public string? Obstacle { get; init; }

    /// <summary>The id of the volume that it was until now; null where that is not known. Not named VolumeId: that volume is gone.</summary>
    public Guid? FormerVolumeId { get; init; }

    /// <summary>The name of the volume that it was until now; null where it had none.</summary>
    public string? FormerName { get; init; }

    public override string ToString() => Reference;
}
