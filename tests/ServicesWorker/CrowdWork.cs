using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Worker;

/// <summary>
/// One of several processes that upload, list, change and delete images of one project at once. What the others do may make
/// an image vanish or change its state, and a quota may be full; every other refusal ends the process.
/// </summary>
/// <param name="number">Which of them it is.</param>
public sealed class CrowdWork(EmbeddedStore store, int number)
{
    /// <summary>The tag of images that all change and nobody deletes.</summary>
    public const string Kept = "kept";

    /// <summary>The property in which one of them counts its changes.</summary>
    public static string CounterOf(int number) => $"count-{number}";

    private static readonly ErrorId[] OfTheUser = [ErrorIds.ImageNotFound, ErrorIds.ImageConflict, ErrorIds.QuotaExceeded];

    private readonly Random _random = new(number);
    private readonly ImageService _images = store.Images(WorkImages.User);

    /// <summary>Prints how often it changed each of the images that are kept.</summary>
    public void Run(int rounds)
    {
        ImageId[] kept = [.. _images.List(new ImageQuery { Tags = [Kept] }).Select(image => image.Id)];
        int[] counts = new int[kept.Length];
        for (int round = 0; round < rounds; round++)
        {
            int at = _random.Next(kept.Length);
            _images.Update(kept[at], new ImageChange { SetProperties = new Dictionary<string, string> { [CounterOf(number)] = $"{++counts[at]}" } });
            Attempt(Upload);
            List<Image> listed = [.. _images.List(WorkImages.All)];
            if (listed.DistinctBy(image => image.Id).Count() != listed.Count || kept.Except(listed.Select(image => image.Id)).Any())
                throw new InvalidOperationException($"The list of {listed.Count} images holds one twice, or lacks one that is kept.");
            Attempt(() => Meddle(listed[_random.Next(listed.Count)]));
        }

        foreach ((ImageId id, int count) in kept.Zip(counts))
            Console.WriteLine($"{id} {count}");
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (StorageException error) when (OfTheUser.Contains(error.Id))
        {
        }
    }

    private void Upload()
    {
        Image image = _images.Create(WorkImages.NewSpec(_random) with { DiskFormat = ImageDiskFormat.Raw });
        MemoryStream disk = new(WorkImages.DiskOf(image));
        try
        {
            _images.Upload(image.Id, new ImageContent.FromStream(disk, _random.Next(2) == 0 ? disk.Length : null), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);
        }
        catch (StorageException error) when (error.Id == ErrorIds.QuotaExceeded)
        {
            _images.Delete(image.Id, delay: false);
        }
    }

    private void Meddle(Image image)
    {
        if (image.Tags.Contains(Kept))
            return;
        switch (_random.Next(8))
        {
            case 0:
                _images.Update(image.Id, WorkImages.ChangeTo(1));
                break;
            case 1:
                _images.Delete(image.Id, delay: true);
                break;
            case 2:
                _images.Restore(image.Id);
                break;
            case 3:
                using (ImageData data = _images.Open(image.Id))
                    ImageDownload.Verify(data, new WorkProgress(), CancellationToken.None);
                break;
            default:
                _images.Delete(image.Id, delay: false);
                break;
        }
    }
}
