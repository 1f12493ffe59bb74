using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>How an image's data goes out.</summary>
public sealed record ImageDownloadOptions
{
    /// <summary>Replace an existing file.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Go on from <c>&lt;name&gt;.partial</c> where an earlier download was interrupted, and keep it when this one is. It
    /// needs a recorded hash; without one it starts over.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>The format of the file; null for the data as it is stored.</summary>
    public DiskImageFormat? ConvertTo { get; init; }
}

/// <summary>Copies an image's data to a file and holds it against the recorded hash.</summary>
public static class ImageDownload
{
    /// <summary>The file has its name only when it is complete and right.</summary>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.ImageHashMismatch"/>, <see cref="ErrorIds.DestinationExists"/>, <see cref="ErrorIds.PathNotFound"/>,
    /// <see cref="ErrorIds.ImageInUse"/> when another process resumes the same file.
    /// </exception>
    public static void Save(ImageData image, string destination, ImageDownloadOptions options, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        destination = Path.GetFullPath(destination);
        PendingFile.ThrowIfExists(destination, options.Overwrite);
        progress.Total = image.Device.Length;
        if (options.ConvertTo is { } format)
            SaveAs(image, destination, format, options, progress, token);
        else if (options.Resume)
            SaveResumably(image, destination, options, progress, token);
        else
            SaveAtOnce(image, destination, options, progress, token);
    }

    /// <summary>Digests the stored data and holds it against the record.</summary>
    /// <returns>False where the record has no hash to hold it against.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageHashMismatch"/>.</exception>
    public static bool Verify(ImageData image, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!HasHash(image.Image))
            return false;
        progress.Total = Math.Max(progress.Total, progress.Done + image.Device.Length);
        Require(image.Image, Pump(null, DataSources.Device(image.Device, 0, image.Device.Length), progress, token));
        return true;
    }

    private static void SaveAtOnce(ImageData image, string destination, ImageDownloadOptions options, WorkProgress progress, CancellationToken token)
    {
        using PendingFile file = PendingFile.Create(destination, options.Overwrite);
        Require(image.Image, Pump(file.Device, DataSources.Device(image.Device, 0, image.Device.Length), progress, token));
        file.Commit(options.Overwrite, token);
    }

    /// <summary>What is there is digested from the file, so that it is verified with the rest. Where that fails it starts over, once.</summary>
    private static void SaveResumably(ImageData image, string destination, ImageDownloadOptions options, WorkProgress progress, CancellationToken token)
    {
        using PartialFile file = PartialFile.Open(destination);
        if (!HasHash(image.Image) || file.Device.Length > image.Device.Length)
            file.Device.SetLength(0);
        long kept = file.Device.Length;
        ImageDigests digests = Pump(file.Device,
            DataSources.Device(file.Device, 0, kept, isNew: false).Then(DataSources.Device(image.Device, kept, image.Device.Length)), progress, token);
        if (kept > 0 && !Matches(image.Image, digests))
        {
            file.Device.SetLength(0);
            progress.Total += image.Device.Length;
            digests = Pump(file.Device, DataSources.Device(image.Device, 0, image.Device.Length), progress, token);
        }

        if (!Matches(image.Image, digests))
            file.Delete();
        Require(image.Image, digests);
        file.Commit(options.Overwrite, token);
    }

    /// <summary>The stored data is verified before anything is made of it; that reads it twice.</summary>
    private static void SaveAs(ImageData image, string destination, DiskImageFormat format, ImageDownloadOptions options, WorkProgress progress, CancellationToken token)
    {
        Verify(image, progress, token);
        using DiskImage source = ImageFormats.Open(new PartOfDevice(image.Device, 0, image.Device.Length, ""), new ImageOpenOptions { Format = SourceFormat(image), Gate = OpenGate.Deny });
        WorkProgress conversion = new();
        ConversionOptions conversionOptions = new() { Format = format, Create = new ImageCreateOptions { VirtualSize = source.VirtualSize }, Overwrite = options.Overwrite };
        ImageConverter.Convert(source, destination, conversionOptions, conversion, token);
        progress.Add(progress.Total - progress.Done);
    }

    /// <summary>As it was recorded, never probed: a guest may have written another format's header into a raw disk (CVE-2026-24708).</summary>
    private static DiskImageFormat SourceFormat(ImageData image) => image.Image.DiskFormat switch
    {
        ImageDiskFormat.Qcow2 => DiskImageFormat.Qcow2,
        ImageDiskFormat.Vhd => DiskImageFormat.Vhd,
        ImageDiskFormat.Vhdx => DiskImageFormat.Vhdx,
        ImageDiskFormat.Vmdk => DiskImageFormat.Vmdk,
        ImageDiskFormat.Vdi => DiskImageFormat.Vdi,
        ImageDiskFormat.Raw or ImageDiskFormat.Iso or ImageDiskFormat.Ami => DiskImageFormat.Raw,
        var other => throw new ServiceException(ErrorIds.ImageFeatureNotSupported, $"An image of disk format {other} can't be converted.")
        {
            Target = image.Image.Id.ToString(),
            Remedy = "Save it as it is, without -As.",
        },
    };

    private static ImageDigests Pump(BlockDevice? target, Func<PumpChunk, CancellationToken, bool> data, WorkProgress progress, CancellationToken token) =>
        new DataPump(target, progress).Run(data, token);

    private static bool HasHash(Image image) => image.HashValue is not null && image.HashAlgorithm == "sha512" || image.Checksum is not null;

    private static bool Matches(Image image, ImageDigests digests) => Differing(image, digests) is null;

    private static void Require(Image image, ImageDigests digests)
    {
        if (Differing(image, digests) is not { } differing)
            return;
        throw new ServiceException(ErrorIds.ImageHashMismatch, $"The data of image {image.Id} has another {differing.Name} than was recorded.")
        {
            Target = image.Id.ToString(),
            Found = differing.Found,
            Expected = differing.Recorded,
        };
    }

    /// <summary>The first hash that differs; those that are not recorded, or of an algorithm not computed here, are passed over.</summary>
    private static (string Name, string Found, string Recorded)? Differing(Image image, ImageDigests digests)
    {
        if (image.HashAlgorithm == "sha512" && image.HashValue is { } sha512 && !sha512.Equals(digests.Sha512, StringComparison.OrdinalIgnoreCase))
            return ("sha512", digests.Sha512, sha512);
        if (image.Checksum is { } md5 && !md5.Equals(digests.Md5, StringComparison.OrdinalIgnoreCase))
            return ("md5", digests.Md5, md5);
        return null;
    }
}
