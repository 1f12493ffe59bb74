namespace OpenStackStorage.Services;

/// <summary>A limit of volumes: Cinder's resources, <c>cinder/quota.py</c>. The first three also count per type: <c>volumes_fast</c>.</summary>
public enum VolumeQuota
{
    /// <summary><c>volumes</c>: 10 by default.</summary>
    Volumes,

    /// <summary><c>snapshots</c>: 10 by default.</summary>
    Snapshots,

    /// <summary><c>gigabytes</c>: GiB of volumes and snapshots; 1000 by default.</summary>
    Gigabytes,

    /// <summary><c>per_volume_gigabytes</c>: GiB of one volume; -1, no limit, by default.</summary>
    PerVolumeGigabytes,
}

/// <summary>
/// Room that an operation holds while it runs: Cinder's <c>reservations</c>. It ends with the operation; what a process
/// that died left, expires (<c>reservation_expire</c>, a day), or goes when its operation is recovered.
/// </summary>
/// <param name="Id">The operation's id.</param>
/// <param name="Volumes">Volumes more; 0 for a resize.</param>
/// <param name="Gigabytes">GiB more.</param>
/// <param name="TypeOnly">The totals are not charged: a retype moves a volume from one type to another.</param>
public sealed record VolumeReservation(Guid Id, string Project, int Volumes, int Gigabytes, bool TypeOnly, DateTimeOffset ExpiresAt)
{
    /// <summary>The name of the type that is charged beside the totals; null for none.</summary>
    public string? VolumeType { get; init; }

    /// <summary>Snapshots more: those that a retype takes along.</summary>
    public int Snapshots { get; init; }
}

/// <summary>One resource of a project: what there is, what is held by running operations, and what may be.</summary>
/// <param name="Resource">Cinder's name: <c>gigabytes</c>, <c>volumes_fast</c>.</param>
/// <param name="Limit">-1 for none.</param>
public sealed record VolumeUsage(string Project, string Resource, long InUse, long Reserved, long Limit);
