using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>The image to copy, and where to.</summary>
public sealed record AddCinderImageCacheRequest(GlanceImage Image, CinderBackend Backend);

/// <summary>Copies an image to a backend, and outputs the entry. One that is there already is left as it is.</summary>
public static class AddCinderImageCacheOperation
{
    public static void Run(AddCinderImageCacheRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        (GlanceImage image, CinderBackend backend) = (request.Image, request.Backend);
        int sizeGiB = backend.Connection.Backends.PlanPrefetch(image.Id, backend.Name);
        if (!host.ShouldProcess(backend.Name, $"Copy the image '{image}' of {sizeGiB} GiB to its cache"))
            return;
        host.Execute(new WorkActivity("Copying", $"{image} to {backend.Name}"), work => work.WriteObject(
            new CinderImageCache(backend.Connection.Backends.Prefetch(image.Id, backend.Name, work.Progress, work.Token), backend.Connection)));
    }
}
