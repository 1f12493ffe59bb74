namespace OpenStackStorage.Services;

/// <summary>What drivers say is true of volumes' data after a change that did not come to its end; the catalogue follows it.</summary>
internal static class VolumeTruth
{
    /// <summary>Lets the drivers put the volumes' data in order. A volume whose driver can't is left out.</summary>
    public static IReadOnlyDictionary<VolumeId, DriverTruth> Ask(VolumeServiceParts parts, IEnumerable<VolumeId> volumes)
    {
        Dictionary<VolumeId, DriverTruth> truths = [];
        foreach (VolumeId id in volumes)
        {
            try
            {
                if (AskOne(parts, id) is { } truth)
                    truths[id] = truth;
            }
            catch (StorageException)
            {
            }
        }

        return truths;
    }

    /// <summary>Null for a volume that is not there, or that no pool holds.</summary>
    /// <exception cref="StorageException">The driver can't.</exception>
    public static DriverTruth? AskOne(VolumeServiceParts parts, VolumeId id)
    {
        (Volume? volume, IReadOnlyList<VolumeSnapshot> snapshots, IVolumeDriver? driver) = parts.Catalog.Read(reader =>
        {
            Volume? found = reader.Find(VolumeTables.Volumes, id.ToString());
            return (found, VolumeService.SnapshotsOf(reader, id), found?.Host is { } host ? parts.DriverOf(reader, host) : null);
        });
        return volume is null ? null : driver?.Recover(volume, snapshots);
    }

    /// <summary>
    /// Puts what the drivers need to know of the volumes' data. Where that is gone the row keeps what it says: should the data come
    /// back, as a file from a backup may, it is not taken for unfinished.
    /// </summary>
    public static void Follow(ICatalogWriter writer, IReadOnlyDictionary<VolumeId, DriverTruth> truths)
    {
        foreach ((VolumeId id, DriverTruth truth) in truths.Where(pair => pair.Value.Exists))
        {
            if (writer.Find(VolumeTables.Volumes, id.ToString()) is { } volume)
                writer.Put(VolumeTables.Volumes, volume with { DriverState = truth.State });
        }
    }
}
