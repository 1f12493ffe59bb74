using System.Globalization;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

public sealed partial class ImageService
{
    /// <summary>
    /// Holds an image's data, in every store that has it, against its record: there, of the length, with the hashes, of the
    /// format and as safe as when it came. Who may not read the data may not check it.
    /// </summary>
    /// <param name="progress">Counts bytes.</param>
    /// <returns>What does not agree, as it is found.</returns>
    public IEnumerable<ImageFinding> Check(ImageId id, WorkProgress progress, CancellationToken token)
    {
        Image image = Get(id);
        RequireReadable(image);
        return CheckLocations(image, progress, token);
    }

    private IEnumerable<ImageFinding> CheckLocations(Image image, WorkProgress progress, CancellationToken token)
    {
        if (image.Locations.Count == 0)
        {
            string reason = image.LastError is { } error ? $": {error}" : ".";
            yield return new ImageFinding(ImageCheckKind.Data, true, null, $"The image is {ImageWords.Of(image.Status)} and has no data{reason}");
        }

        foreach (ImageLocation location in image.Locations)
        {
            (BlockDevice? device, string? missing) = TryOpen(location);
            using (device)
            {
                if (device is null)
                    yield return new ImageFinding(ImageCheckKind.Data, true, location.Store, missing!);
                else
                    foreach (ImageFinding finding in CheckData(image with { Locations = [location] }, device, progress, token))
                        yield return finding;
            }
        }
    }

    private static IEnumerable<ImageFinding> CheckData(Image image, BlockDevice device, WorkProgress progress, CancellationToken token)
    {
        string store = image.Locations[0].Store;
        token.ThrowIfCancellationRequested();
        if (device.Length != image.Size)
            yield return new ImageFinding(ImageCheckKind.Length, true, store,
                string.Create(CultureInfo.InvariantCulture, $"The data has {device.Length} bytes, and the record says {image.Size}."));
        else if (CheckHash(image, device, progress, token) is { } hash)
            yield return hash;
        if (CheckContent(image, device) is { } content)
            yield return content;
    }

    private static ImageFinding? CheckHash(Image image, BlockDevice device, WorkProgress progress, CancellationToken token)
    {
        string store = image.Locations[0].Store;
        try
        {
            return ImageDownload.Verify(new ImageData(image, device), progress, token)
                ? null
                : new ImageFinding(ImageCheckKind.Hash, false, store, "The record has no hash to hold the data against.");
        }
        catch (StorageException error)
        {
            return new ImageFinding(ImageCheckKind.Hash, true, store, error.Message);
        }
    }

    private static ImageFinding? CheckContent(Image image, BlockDevice device)
    {
        string store = image.Locations[0].Store;
        try
        {
            ImageContentFacts facts = ImageContentRules.Check(device, image.DiskFormat!.Value, image.ContainerFormat!.Value);
            return image.VirtualSize is null || image.VirtualSize == facts.VirtualSize
                ? null
                : new ImageFinding(ImageCheckKind.Format, true, store,
                    string.Create(CultureInfo.InvariantCulture, $"The disk has {facts.VirtualSize?.ToString(CultureInfo.InvariantCulture) ?? "no"} bytes, and the record says {image.VirtualSize}."));
        }
        catch (StorageException error)
        {
            return new ImageFinding(error.Id == ErrorIds.ImageUnsafe ? ImageCheckKind.Content : ImageCheckKind.Format, true, store, error.Message);
        }
    }

    private (BlockDevice? Device, string? Missing) TryOpen(ImageLocation location)
    {
        try
        {
            return (_parts.Stores.Find(location.Store).Open(location.Key), null);
        }
        catch (StorageException error)
        {
            return (null, error.Message);
        }
    }
}
