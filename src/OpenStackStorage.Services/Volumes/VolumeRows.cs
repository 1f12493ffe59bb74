namespace OpenStackStorage.Services;

/// <summary>What a catalogue knows of volumes' data.</summary>
internal static class VolumeRows
{
    /// <summary>
    /// Forgets volumes, all that belongs to them, and backends: in a copy of a catalogue they would claim data that is another
    /// store's. Types, QoS specs and quotas stay.
    /// </summary>
    /// <returns>How many volumes there were.</returns>
    public static int Forget(ICatalogWriter writer)
    {
        foreach (VolumeReservation one in writer.List(VolumeTables.Reservations))
            writer.Remove(VolumeTables.Reservations, one.Id.ToString("D"));
        foreach (VolumeAttachment one in writer.List(VolumeTables.Attachments))
            writer.Remove(VolumeTables.Attachments, one.Id.ToString());
        foreach (VolumeSnapshot one in writer.List(VolumeTables.Snapshots))
            writer.Remove(VolumeTables.Snapshots, one.Id.ToString());
        IReadOnlyList<Volume> volumes = writer.List(VolumeTables.Volumes);
        foreach (Volume one in volumes)
            writer.Remove(VolumeTables.Volumes, one.Id.ToString());
        BackendService.Forget(writer);
        return volumes.Count;
    }
}
