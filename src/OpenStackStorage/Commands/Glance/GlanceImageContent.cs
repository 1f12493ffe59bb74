using OpenStackStorage.Disks;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>What a new image is by its data and by what was said of it.</summary>
internal static class GlanceImageContent
{
    /// <summary>Endings that are no format's own.</summary>
    private static readonly string[] OtherExtensions = [".aki", ".ami", ".ari", ".bin", ".dd", ".gz", ".img", ".iso", ".ova", ".xz", ".zst"];

    /// <summary>A file's name without the ending of an image: "ubuntu-24.04" keeps all of it.</summary>
    public static string NameOf(string path) =>
        ImageFormats.All.SelectMany(format => format.Extensions).Concat(OtherExtensions).Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? Path.GetFileNameWithoutExtension(path)
            : Path.GetFileName(path);

    /// <summary>Settles both formats, and holds a file's content against them. It is looked at here for the first time, and recorded.</summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.ParameterInvalid"/>, <see cref="ErrorIds.ImageFormatMismatch"/>, <see cref="ErrorIds.ImageUnsafe"/>.
    /// </exception>
    public static ImageSpec Settle(NewGlanceImageRequest request)
    {
        ImageContainerFormat container = request.Spec.ContainerFormat ?? ContainerOf(request.Spec.DiskFormat);
        if (request.Upload.ConvertTo is not null && container != ImageContainerFormat.Bare)
            throw Invalid("container format", ImageWords.Of(container), "bare: only disks themselves are converted");
        ImageDiskFormat? disk = request.Upload.ConvertTo is { } target ? Converted(target, request.Spec.DiskFormat) : request.Spec.DiskFormat;
        if (request.Path is null)
        {
            if (disk is null && request.Stream is not null)
                throw Invalid("disk format", "none", "-DiskFormat or -ConvertTo, because a stream is not looked at before it is read");
            return request.Spec with { DiskFormat = disk, ContainerFormat = container };
        }

        using FileBlockDevice data = FileBlockDevice.OpenRead(request.Path);
        disk ??= DiskFormatIn(container) ?? Detect(data, container);
        if (request.Upload.ConvertTo is not null)
            ImageContentRules.RequireSafe(data);
        else
            ImageContentRules.Check(data, disk.Value, container);
        return request.Spec with { DiskFormat = disk, ContainerFormat = container };
    }

    private static ImageDiskFormat Converted(DiskImageFormat target, ImageDiskFormat? said)
    {
        ImageDiskFormat disk = Enum.Parse<ImageDiskFormat>(target.ToString());
        return said is null || said == disk ? disk : throw Invalid("disk format", ImageWords.Of(said.Value), $"{ImageWords.Of(disk)}, which -ConvertTo makes, or none");
    }

    private static ImageContainerFormat ContainerOf(ImageDiskFormat? disk) => disk switch
    {
        ImageDiskFormat.Ami => ImageContainerFormat.Ami,
        ImageDiskFormat.Ari => ImageContainerFormat.Ari,
        ImageDiskFormat.Aki => ImageContainerFormat.Aki,
        _ => ImageContainerFormat.Bare,
    };

    private static ImageDiskFormat? DiskFormatIn(ImageContainerFormat container) => container switch
    {
        ImageContainerFormat.Ami => ImageDiskFormat.Ami,
        ImageContainerFormat.Ari => ImageDiskFormat.Ari,
        ImageContainerFormat.Aki => ImageDiskFormat.Aki,
        _ => null,
    };

    private static ImageDiskFormat Detect(BlockDevice data, ImageContainerFormat container)
    {
        if (container != ImageContainerFormat.Bare)
            throw Invalid("disk format", "none", $"-DiskFormat, which says what the {ImageWords.Of(container)} container packs");
        string found = ImageContentRules.RequireSafe(data).Format;
        return found switch
        {
            "gpt" => ImageDiskFormat.Raw,
            "parallels" => ImageDiskFormat.Ploop,
            _ => ImageWords.Find<ImageDiskFormat>(found) ?? throw new ServiceException(ErrorIds.ImageFormatMismatch, $"The data is {found}, which is no disk format of Glance.")
            {
                Target = data.Path,
                Found = found,
                Expected = string.Join(", ", Enum.GetValues<ImageDiskFormat>().Select(ImageWords.Of)),
                Remedy = "Convert the data first, or declare it raw with -DiskFormat if it is a disk for a guest as it is.",
            },
        };
    }

    private static ServiceException Invalid(string what, string found, string expected) =>
        new(ErrorIds.ParameterInvalid, $"The {what} is not valid: found {found}; expected {expected}.") { Target = found, Found = found, Expected = expected };
}
