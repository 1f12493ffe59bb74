namespace OpenStackStorage.Services;

/// <summary>The backends' cached images, as one identity may use them. Who may is the backend service's business.</summary>
public interface IImageCache
{
    /// <param name="backend">A backend's name; null for all.</param>
    IReadOnlyList<Volume> List(string? backend);

    /// <summary>What <see cref="Prefetch"/> would copy. It refuses what that refuses.</summary>
    /// <returns>The entry's size in GiB.</returns>
    int PlanPrefetch(ImageId image, string backend);

    /// <summary>Copies an image to a backend. An entry of the image as it is now is returned as it is.</summary>
    /// <param name="backend">The name of a backend that there is.</param>
    Volume Prefetch(ImageId image, string backend, WorkProgress progress, CancellationToken token);

    /// <summary>Refuses what <see cref="Remove"/> refuses, and removes nothing.</summary>
    void PlanRemoval(VolumeId entry);

    /// <summary>Removes an entry and its data.</summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.VolumeNotFound"/>: it is no entry; <see cref="ErrorIds.VolumeConflict"/>: volumes share its data.
    /// </exception>
    void Remove(VolumeId entry);
}
