using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds entries of the image cache for the cmdlets, and removes them.</summary>
internal static class CinderImageCaches
{
    /// <param name="image">Null for those of all images.</param>
    /// <param name="backend">Null for those of all backends.</param>
    public static IReadOnlyList<CinderImageCache> List(OpenStackStorageConnection connection, NameOr<GlanceImage>? image, string? backend)
    {
        IEnumerable<CinderImageCache> entries = connection.Backends.ListCache(backend).Select(entry => new CinderImageCache(entry, connection));
        return image is null ? [.. entries] : [.. entries.Where(entry => Means(image, entry))];
    }

    /// <summary>Removes an entry. What would be refused is refused before anybody is asked.</summary>
    public static void Remove(CinderImageCache entry, ICmdletHost host)
    {
        IBackendService backends = entry.Connection.Backends;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IBackendService, bool>(backends, backends.DryRun(), entry.ToString(), $"Remove the cached image of {entry.SizeGiB} GiB", Change), host);

        bool Change(IBackendService service)
        {
            service.RemoveCache(entry.Id);
            return true;
        }
    }

    // The image may be gone while its entry is there: its name stands in the entry too.
    private static bool Means(NameOr<GlanceImage> image, CinderImageCache entry) => image.Thing is { } thing
        ? entry.CachedImageId == thing.ImageId
        : string.Equals(entry.ImageName, image.Text, StringComparison.OrdinalIgnoreCase) || entry.CachedImageId.ToString() == image.Text;
}
