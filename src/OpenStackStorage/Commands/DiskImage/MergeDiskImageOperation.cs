using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Which image to merge into which of those behind it.</summary>
public sealed record MergeDiskImageRequest(string Path)
{
    /// <summary>As the user wrote it; null for the nearest.</summary>
    public string? Destination { get; init; }

    public int? ThrottleLimit { get; init; }

    public bool AllowBackingFile { get; init; }

    public bool Force { get; init; }
}

/// <summary>
/// Writes what an image holds into the image behind it, or further down its chain. The merged image stays and shows the
/// same; other images over the changed one would not, and are looked for.
/// </summary>
public static class MergeDiskImageOperation
{
    public static void Run(MergeDiskImageRequest request, ICmdletHost host)
    {
        ImageOpenOptions open = new() { Gate = Gates.For(request.AllowBackingFile) };
        (string target, int depth, DiskImageFormat format, string overlay, DiskImageFormat overlayFormat, string action) = Plan(request, open, host);
        if (!host.ShouldProcess(target, action))
            return;
        host.Execute(new WorkActivity("Merging", request.Path), work =>
        {
            using (ImageEditor editor = new(ImageFormats.OpenWritable(target, open with { Format = format })))
            {
                ImageMerge.Introduce(editor.Image, overlay, overlayFormat, isMerged: false);
                using (DiskImage top = ImageFormats.Open(request.Path, open))
                    ImageMerge.Merge(top, top.Chain().ElementAt(depth), editor, request.ThrottleLimit ?? Environment.ProcessorCount, work.Progress, work.Token);
                ImageMerge.Introduce(editor.Image, overlay, overlayFormat, isMerged: true);
            }

            work.WriteObject(DiskImageInfoReader.Read(target, format));
        });
    }

    private static (string Target, int Depth, DiskImageFormat Format, string Overlay, DiskImageFormat OverlayFormat, string Action) Plan(MergeDiskImageRequest request, ImageOpenOptions open, ICmdletHost host)
    {
        using DiskImage top = ImageFormats.Open(request.Path, open);
        DiskImage[] chain = [.. top.Chain()];
        if (chain.Length == 1)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{request.Path}' has no backing file that it could be merged into.")
            {
                Target = request.Path,
            };
        }

        int depth = request.Destination is null ? 1 : FindDepth(chain, host.ResolvePaths(request.Destination, literal: true)[0]);
        string target = chain[depth].File.Path;
        RefuseOverlays(request, target, chain[..depth], host);
        string names = string.Join(", ", chain[..depth].Select(image => Path.GetFileName(image.File.Path)));
        DiskImage overlay = chain[depth - 1];
        return (target, depth, chain[depth].Format, overlay.File.Path, overlay.Format, $"Merge {names} into this image");
    }

    private static int FindDepth(DiskImage[] chain, string destination)
    {
        using FileBlockDevice device = FileBlockDevice.OpenRead(destination);
        int depth = Array.FindIndex(chain, image => image.File.IsSameAs(device));
        return depth > 0 ? depth : throw new StorageException(ErrorIds.ParameterInvalid, $"'{destination}' is none of the images behind '{chain[0].File.Path}'.")
        {
            Target = destination,
            Found = destination,
            Expected = string.Join(", ", chain.Skip(1).Select(image => image.File.Path)),
        };
    }

    /// <summary>An image between, and any other overlay of the target, shows the merged data where it holds none of its own.</summary>
    private static void RefuseOverlays(MergeDiskImageRequest request, string target, DiskImage[] merged, ICmdletHost host)
    {
        // The nearest merged image hides all that is merged; with several, those between the first and the target do not.
        string[] broken = [.. merged.Skip(1).Select(image => image.File.Path).Concat(Overlays.Of(target, merged))];
        if (broken.Length == 0)
            return;
        if (!request.Force)
            throw Overlays.Refusal(target, broken);
        host.WriteWarning($"These images read through '{target}' and are not valid any more: {string.Join(", ", broken)}.");
    }
}
