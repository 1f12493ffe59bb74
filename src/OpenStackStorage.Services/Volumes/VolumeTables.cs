namespace OpenStackStorage.Services;

/// <summary>Where the catalogue keeps what volumes are about.</summary>
public static class VolumeTables
{
    public static CatalogTable<Volume> Volumes { get; } = new("volumes", volume => volume.Id.ToString(), new Dictionary<string, Func<Volume, object?>>
    {
        ["project"] = volume => volume.Project,
        ["name"] = volume => volume.Name,
        ["status"] = volume => VolumeWords.Of(volume.Status),
        ["type"] = volume => volume.VolumeType,
        ["host"] = volume => volume.Host,
        ["image"] = volume => (volume.Cached?.Image ?? volume.SourceImage)?.ToString(),
        ["source"] = volume => volume.SourceVolume?.ToString(),
        ["size"] = volume => volume.SizeGiB,
        ["cached"] = volume => volume.Cached is null ? 0 : 1,
    });

    public static CatalogTable<VolumeSnapshot> Snapshots { get; } = new("volume_snapshots", snapshot => snapshot.Id.ToString(), new Dictionary<string, Func<VolumeSnapshot, object?>>
    {
        ["project"] = snapshot => snapshot.Project,
        ["name"] = snapshot => snapshot.Name,
        ["volume"] = snapshot => snapshot.Volume.ToString(),
        ["type"] = snapshot => snapshot.VolumeType,
        ["size"] = snapshot => snapshot.SizeGiB,
    });

    public static CatalogTable<VolumeAttachment> Attachments { get; } = new("volume_attachments", attachment => attachment.Id.ToString(), new Dictionary<string, Func<VolumeAttachment, object?>>
    {
        ["project"] = attachment => attachment.Project,
        ["volume"] = attachment => attachment.Volume.ToString(),
    });

    public static CatalogTable<VolumeType> Types { get; } = new("volume_types", type => type.Id.ToString("D"), new Dictionary<string, Func<VolumeType, object?>>
    {
        ["name"] = type => type.Name,
        ["qos"] = type => type.Qos?.ToString("D"),
    });

    public static CatalogTable<QosSpecs> Qos { get; } = new("volume_qos", qos => qos.Id.ToString("D"), new Dictionary<string, Func<QosSpecs, object?>>
    {
        ["name"] = qos => qos.Name,
    });

    public static CatalogTable<VolumeReservation> Reservations { get; } = new("volume_reservations", one => one.Id.ToString("D"), new Dictionary<string, Func<VolumeReservation, object?>>
    {
        ["project"] = one => one.Project,
    });

    public static CatalogTable<Backend> Backends { get; } = new("backends", backend => backend.Name, new Dictionary<string, Func<Backend, object?>>());
}
