using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Worker;

/// <summary>
/// Volumes that say themselves what they hold: pages at fixed places, each made of a number that stands at its start. Whoever finds
/// one knows whether it is whole and what was written last.
/// </summary>
public static class WorkVolumes
{
    /// <summary>Of an image: places within it have the numbers of its seed.</summary>
    public const int ImageSize = 512 << 10;

    private const int PageSize = 4096;
    private const long GiB = 1L << 30;

    /// <summary>Within the first GiB: near its start, in it and at its end.</summary>
    public static IReadOnlyList<long> Places { get; } =
        [0, 4096, 64 << 10, 300 << 10, (512 << 10) - PageSize, 512 << 10, 2 << 20, (3 << 20) + 4096, 500 << 20, (900 << 20) + (60 << 10), GiB - (2 * PageSize), GiB - PageSize];

    public static EmbeddedStore Open(string path) =>
        EmbeddedStore.Open(path, [.. ImageRecovery.Of(opened => opened.ImageStores), .. VolumeRecovery.Of(VolumeParts.Of)]);

    /// <summary>Two backends in folders beside the store, and an image in a qcow2 and in a raw file.</summary>
    public static void SetUp(EmbeddedStore store, string folder)
    {
        foreach (string format in new[] { "qcow2", "raw" })
        {
            store.Backends(WorkImages.User).Add(new Backend
            {
                Name = format,
                Driver = "File",
                Host = "node",
                Options = new Dictionary<string, string> { ["path"] = Path.Combine(folder, format), ["format"] = format },
                ImageCacheMaxCount = 1,
                CreatedAt = DateTimeOffset.UnixEpoch,
            });
        }

        ImageService images = store.Images(WorkImages.User);
        for (int number = 1; number <= 2; number++)
        {
            byte[] data = new byte[ImageSize];
            foreach (long place in Places.Where(place => place < ImageSize))
                PageOf(number).CopyTo(data, place);
            Image image = images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare, Name = $"{number}" });
            images.Upload(image.Id, new ImageContent.FromStream(new MemoryStream(data), data.Length), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);
        }
    }

    /// <summary>What a volume holds that is made of an image.</summary>
    public static int[] NumbersOf(Image image) =>
        [.. Places.Select(place => place < ImageSize ? int.Parse(image.Name!, System.Globalization.CultureInfo.InvariantCulture) : 0)];

    public static IVolumeDriver DriverOf(EmbeddedStore store, Volume volume)
    {
        string backend = BackendOf(volume);
        return VolumeParts.Of(store).Drivers(store.Catalog.Read(reader => reader.Find(VolumeTables.Backends, backend))!);
    }

    public static string BackendOf(Volume volume) => volume.Host!.Split('@', '#')[1];

    /// <summary>The number at each place.</summary>
    /// <exception cref="InvalidDataException">A page is not what its number makes of it.</exception>
    public static int[] Read(EmbeddedStore store, Volume volume, VolumeSnapshot? snapshot)
    {
        using DiskImage image = DriverOf(store, volume).Open(volume, snapshot);
        ImageReader reader = new(image);
        byte[] page = new byte[PageSize];
        return [.. Places.Select(place =>
        {
            reader.Read(new GuestOffset(place), page);
            int number = BitConverter.ToInt32(page);
            return page.AsSpan().SequenceEqual(PageOf(number)) ? number : throw new InvalidDataException($"The page at {place} of volume {volume.Name} is half of {number}.");
        })];
    }

    /// <summary>Writes numbers to some places, as a consumer does; what is written stays when it returns.</summary>
    public static void Write(EmbeddedStore store, Volume volume, IReadOnlyDictionary<int, int> numbers)
    {
        using ImageEditor editor = new(DriverOf(store, volume).OpenWritable(volume));
        foreach ((int place, int number) in numbers)
            editor.Write(new GuestOffset(Places[place]), PageOf(number));
        editor.Close();
    }

    private static byte[] PageOf(int number)
    {
        byte[] page = new byte[PageSize];
        if (number == 0)
            return page;
        new Random(number).NextBytes(page);
        BitConverter.TryWriteBytes(page, number);
        return page;
    }
}
