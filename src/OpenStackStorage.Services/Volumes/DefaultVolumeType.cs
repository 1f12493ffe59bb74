namespace OpenStackStorage.Services;

/// <summary>The type of volumes that name none.</summary>
internal static class DefaultVolumeType
{
    public static VolumeType? Find(ICatalogReader catalog, string project) => null;
}
