using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which image to save where. <see cref="Path"/> is as the user wrote it: a file, or a folder that exists.</summary>
public sealed record SaveGlanceImageRequest(GlanceImage Image, string Path)
{
    public ImageDownloadOptions Options { get; init; } = new();

    /// <summary>What the same pipeline writes from earlier images: -Force never replaces those.</summary>
    public ISet<string> Destinations { get; init; } = new HashSet<string>();
}

/// <summary>Copies an image's data to a file, checked against the recorded hash.</summary>
public static class SaveGlanceImageOperation
{
    // Bytes of UTF-8; file systems take 255, and an ending and ".partial" are to fit.
    private const int LongestName = 200;

    public static void Run(SaveGlanceImageRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        GlanceImage image = request.Image;
        ImageService images = image.Connection.Images;
        string destination = host.ResolveNewPath(request.Path);
        if (Directory.Exists(destination))
            destination = Path.Combine(destination, FileName(image, request.Options.ConvertTo));
        if (!request.Destinations.Add(destination))
        {
            throw new StorageException(ErrorIds.DestinationExists, $"'{destination}' is taken by an earlier image of this pipeline.")
            {
                Target = destination,
                Remedy = "Save the images into different folders, or under names of their own.",
            };
        }

        PendingFile.ThrowIfExists(destination, request.Options.Overwrite);
        images.Open(image.Id).Dispose();
        string format = request.Options.ConvertTo is { } target ? $" as {ImageFormats.Get(target).Name}" : "";
        if (!host.ShouldProcess(destination, $"Save the image {image.ImageId}, '{image}'{format}"))
            return;
        host.Execute(new WorkActivity("Saving", image.ToString()), work =>
        {
            using (ImageData data = images.Open(image.Id))
                ImageDownload.Save(data, destination, request.Options, work.Progress, work.Token);
            work.WriteObject(new FileInfo(destination));
        });
    }

    /// <summary>The name that an image's file gets in a folder. An image's name is anybody's text: no path, no device, no hidden file comes of it.</summary>
    internal static string FileName(GlanceImage image, DiskImageFormat? format)
    {
        string name = string.Concat((image.Name ?? "").Select(letter => char.IsControl(letter) || "<>:\"/\\|?*".Contains(letter, StringComparison.Ordinal) ? '_' : letter)).Trim(' ', '.');
        bool isDevice = name.Split('.')[0].TrimEnd().ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL" or ['C', 'O', 'M', _] or ['L', 'P', 'T', _];
        if (name.Length == 0 || isDevice || System.Text.Encoding.UTF8.GetByteCount(name) > LongestName)
            name = image.ImageId.ToString();
        IReadOnlyList<string> extensions = Extensions(image, format);
        return extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) ? name : name + extensions[0];
    }

    /// <summary>The endings of what the file holds, the usual one first.</summary>
    private static IReadOnlyList<string> Extensions(GlanceImage image, DiskImageFormat? format)
    {
        if (format is { } target)
            return ImageFormats.Get(target).Extensions;
        if (image.ContainerFormat is not "bare")
            return image.ContainerFormat is "ova" ? [".ova"] : [""];
        return Enum.TryParse(image.DiskFormat, ignoreCase: true, out DiskImageFormat stored) ? ImageFormats.Get(stored).Extensions : [$".{image.DiskFormat}"];
    }
}
