namespace OpenStackStorage.Services;

/// <summary>What volumes are made of.</summary>
internal static class VolumeLayers
{
    /// <summary>A volume's layers, topmost first; none where its driver can't tell.</summary>
    public static IReadOnlyList<DriverLayer> Of(IVolumeDriver driver, Volume volume)
    {
        try
        {
            return driver.GetLayers(volume);
        }
        catch (StorageException)
        {
            return [];
        }
    }
}
