using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which images to compare. Paths are as the user wrote them.</summary>
public sealed record CompareDiskImageRequest(string ReferencePath, string DifferencePath, bool All = false, bool Strict = false, bool AllowBackingFile = false);

/// <summary>Writes the ranges in which two disks differ; nothing when they are equal.</summary>
public static class CompareDiskImageOperation
{
    public static void Run(CompareDiskImageRequest request, ICmdletHost host)
    {
        string reference = host.ResolvePaths(request.ReferencePath, literal: true)[0];
        string difference = host.ResolvePaths(request.DifferencePath, literal: true)[0];
        host.Execute(new WorkActivity("Comparing disk images", difference), work =>
        {
            ImageOpenOptions options = new() { Gate = Gates.For(request.AllowBackingFile) };
            using DiskImage left = ImageFormats.Open(reference, options);
            using DiskImage right = ImageFormats.Open(difference, options);
            ImageComparison.Run(left, right, new ComparisonOptions { All = request.All, Strict = request.Strict },
                found => work.WriteObject(ToModel(found)), work.Progress, work.Token);
        });
    }

    private static DiskImageDifference ToModel(ImageDifference found) =>
        new() { Start = found.Start.Value, Length = found.Length, Kind = found.Kind.ToString() };
}
