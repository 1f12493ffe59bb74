using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>One change of an image that is done at once.</summary>
/// <param name="Action">What is about to happen: "Deactivate the image".</param>
/// <param name="Change">Makes the change, and returns the image as it is then.</param>
public sealed record ChangeGlanceImageRequest(GlanceImage Image, string Action, Func<IImageService, ImageId, Image> Change)
{
    /// <summary>Outputs the image as it is then.</summary>
    public bool PassThru { get; init; }
}

/// <summary>Changes an image. What would be refused is refused before anybody is asked.</summary>
public static class ChangeGlanceImageOperation
{
    public static void Run(ChangeGlanceImageRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        GlanceImage image = request.Image;
        ImageService images = image.Connection.Images;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IImageService, Image>(images, images.DryRun(), image.ToString(), request.Action, service => request.Change(service, image.Id))
            {
                Output = request.PassThru ? changed => new GlanceImage(changed, image.Connection) : null,
            },
            host);
    }
}
