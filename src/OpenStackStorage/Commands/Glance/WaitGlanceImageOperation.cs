using System.Diagnostics;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The image to wait for, and the states that end the wait.</summary>
/// <param name="Timeout">Null to wait for ever.</param>
public sealed record WaitGlanceImageRequest(GlanceImage Image, IReadOnlyList<ImageStatus> Statuses, TimeSpan? Timeout = null)
{
    /// <summary>How often the catalogue is asked.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>Waits until an image is in a state, and outputs it.</summary>
public static class WaitGlanceImageOperation
{
    public static void Run(WaitGlanceImageRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        ImageService images = request.Image.Connection.Images;
        host.Execute(new WorkActivity("Waiting", request.Image.ToString()), work =>
        {
            long start = Stopwatch.GetTimestamp();
            while (!IsDone(images, request, work))
            {
                if (Stopwatch.GetElapsedTime(start) >= request.Timeout)
                    throw Failed(request, $"it is {ImageWords.Of(images.Get(request.Image.Id).Status)} after {request.Timeout.Value.TotalSeconds:0} s");
                work.Token.WaitHandle.WaitOne(request.Interval);
                work.Token.ThrowIfCancellationRequested();
            }
        });
    }

    private static bool IsDone(ImageService images, WaitGlanceImageRequest request, IWork work)
    {
        Image image;
        try
        {
            image = images.Get(request.Image.Id);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.ImageNotFound && request.Statuses.Contains(ImageStatus.Deleted))
        {
            return true;
        }

        if (request.Statuses.Contains(image.Status))
        {
            work.WriteObject(new GlanceImage(image, request.Image.Connection));
            return true;
        }

        // A failed upload is queued again, and nothing happens by itself any more.
        return image is { Status: ImageStatus.Queued, LastError: { } reason } ? throw Failed(request, $"its upload failed: {reason}") : false;
    }

    private static ServiceException Failed(WaitGlanceImageRequest request, string why) =>
        new(ErrorIds.ImageWaitFailed, $"The image {request.Image.ImageId} did not become {string.Join(" or ", request.Statuses.Select(ImageWords.Of))}: {why}.")
        {
            Target = request.Image.ImageId.ToString(),
            Expected = string.Join(", ", request.Statuses.Select(ImageWords.Of)),
        };
}
