namespace OpenStackStorage.Services;

// cinder/image/cache.py; docs/design/volumes.md, "The image cache".
public sealed partial class VolumeService
{
    /// <summary>Makes a volume from the pool's cached copy of an image.</summary>
    /// <returns>The volume's state; null where the pool holds no copy and makes none.</returns>
    private static IReadOnlyDictionary<string, string>? FromCache(Volume volume, IVolumeDriver driver, Image image, WorkProgress progress, CancellationToken token) => null;
}
