using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which image to check.</summary>
public sealed record CheckGlanceImageRequest(GlanceImage Image);

/// <summary>Holds an image's data against its record: all findings, or the verdict alone.</summary>
public static class CheckGlanceImageOperation
{
    /// <summary>Writes a <see cref="GlanceImageCheck"/> for every finding, as it is found.</summary>
    public static void List(CheckGlanceImageRequest request, ICmdletHost host) =>
        host.Execute(Activity(request), work =>
        {
            foreach (ImageFinding finding in Findings(request, work))
                work.WriteObject(ToModel(request.Image, finding));
        });

    /// <summary>Writes true when nothing found is an error.</summary>
    public static void Test(CheckGlanceImageRequest request, ICmdletHost host) =>
        host.Execute(Activity(request), work =>
        {
            bool good = true;
            foreach (ImageFinding finding in Findings(request, work))
            {
                good &= !finding.IsError;
                work.WriteVerbose(finding.Message);
            }

            work.WriteObject(good);
        });

    private static WorkActivity Activity(CheckGlanceImageRequest request) => new("Checking image", request.Image.ToString());

    private static IEnumerable<ImageFinding> Findings(CheckGlanceImageRequest request, IWork work) =>
        request.Image.Connection.Images.Check(request.Image.Id, work.Progress, work.Token);

    private static GlanceImageCheck ToModel(GlanceImage image, ImageFinding finding) => new()
    {
        ImageId = image.ImageId,
        ImageName = image.Name,
        Severity = finding.IsError ? "Error" : "Warning",
        Check = finding.Check.ToString(),
        Store = finding.Store,
        Message = finding.Message,
    };
}
