namespace OpenStackStorage.Services;

/// <summary>
/// Room for volumes in their project's quotas, one line per operation, inside the transaction that begins it. A new row holds its room
/// itself; where a row changes only at the end, a reservation under the operation's id holds the room until then.
/// </summary>
public static class VolumeRoom
{
    /// <summary><c>reservation_expire</c>: a day.</summary>
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(86400);

    /// <summary>Room for a new volume: before its row is put, in the same transaction. Cached images need none.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QuotaExceeded"/>, here as in all others.</exception>
    public static void RequireVolume(ICatalogReader catalog, Volume volume, DateTimeOffset now)
    {
        if (volume.Cached is not null)
            return;
        VolumeQuotas quotas = VolumeQuotas.Of(catalog, volume.Project, now);
        quotas.RequireSize(volume.SizeGiB);
        quotas.Require(new(Volumes: 1, Snapshots: 0, volume.SizeGiB), volume.VolumeType);
    }

    /// <summary>Room for a new snapshot: before its row is put, in the same transaction.</summary>
    public static void RequireSnapshot(ICatalogReader catalog, VolumeSnapshot snapshot, DateTimeOffset now)
    {
        VolumeQuotas quotas = VolumeQuotas.Of(catalog, snapshot.Project, now);
        quotas.Require(new(Volumes: 0, Snapshots: 1, quotas.CountsSnapshots ? snapshot.SizeGiB : 0), snapshot.VolumeType);
    }

    /// <summary>Room for a larger volume. <see cref="Release"/> it with the operation, when the row has the new size.</summary>
    /// <param name="sizeGiB">The whole new size.</param>
    public static void HoldExtension(ICatalogWriter catalog, CatalogOperation operation, Volume volume, int sizeGiB, DateTimeOffset now)
    {
        VolumeQuotas quotas = VolumeQuotas.Of(catalog, volume.Project, now);
        quotas.RequireSize(sizeGiB);
        VolumeCharge charge = new(Volumes: 0, Snapshots: 0, sizeGiB - volume.SizeGiB);
        quotas.Require(charge, volume.VolumeType);
        Hold(catalog, operation, volume.Project, charge, volume.VolumeType, typeOnly: false, now);
    }

    /// <summary>
    /// Room in another type for a volume and its snapshots, which go with it (<c>cinder/quota_utils.py</c>,
    /// <c>get_volume_type_reservation</c>). <see cref="Release"/> it with the operation, when the rows have the new type.
    /// </summary>
    /// <param name="type">The name of the new type.</param>
    public static void HoldRetype(ICatalogWriter catalog, CatalogOperation operation, Volume volume, string type, DateTimeOffset now)
    {
        VolumeQuotas quotas = VolumeQuotas.Of(catalog, volume.Project, now);
        CatalogTotal snapshots = catalog.Total(VolumeTables.Snapshots, "size", ("volume", volume.Id.ToString()));
        VolumeCharge charge = new(Volumes: 1, (int)snapshots.Count, volume.SizeGiB + (quotas.CountsSnapshots ? checked((int)snapshots.Sum) : 0));
        quotas.Require(charge, type, typeOnly: true);
        Hold(catalog, operation, volume.Project, charge, type, typeOnly: true, now);
    }

    /// <summary>Gives back what an operation holds; nothing where it holds nothing.</summary>
    public static void Release(ICatalogWriter catalog, CatalogOperation operation) =>
        catalog.Remove(VolumeTables.Reservations, operation.Id.ToString("D"));

    /// <summary>Drops a project's reservations that expired or whose operation is gone.</summary>
    public static void Recount(ICatalogWriter catalog, string project, DateTimeOffset now)
    {
        HashSet<Guid> running = [.. catalog.ListOperations().Select(operation => operation.Id)];
        foreach (VolumeReservation one in catalog.List(VolumeTables.Reservations, ("project", project)))
        {
            if (one.ExpiresAt <= now || !running.Contains(one.Id))
                catalog.Remove(VolumeTables.Reservations, one.Id.ToString("D"));
        }
    }

    private static void Hold(ICatalogWriter catalog, CatalogOperation operation, string project, VolumeCharge charge, string? type, bool typeOnly, DateTimeOffset now) =>
        catalog.Put(VolumeTables.Reservations, new VolumeReservation(operation.Id, project, charge.Volumes, charge.Gigabytes, typeOnly, now + Expiry)
        {
            VolumeType = type,
            Snapshots = charge.Snapshots,
        });
}
