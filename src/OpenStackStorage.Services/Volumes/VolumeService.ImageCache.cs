namespace OpenStackStorage.Services;

public sealed partial class VolumeService
{
    /// <inheritdoc cref="ImageCache.Clone(Volume, IVolumeDriver, ImageId, WorkProgress, CancellationToken)"/>
    private IReadOnlyDictionary<string, string>? FromCache(Volume volume, IVolumeDriver driver, Image image, WorkProgress progress, CancellationToken token) =>
        new ImageCache(_parts, Identity).Clone(volume, driver, image.Id, progress, token);
}
