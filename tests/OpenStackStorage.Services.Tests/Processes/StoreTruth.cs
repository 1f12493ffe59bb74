using OpenStackStorage.Disks;
using OpenStackStorage.Services.Worker;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>What must hold in a store in which nobody works, counted from nothing.</summary>
internal static class StoreTruth
{
    /// <summary>Nothing is left of work, every image has its data and nothing else has, the sums are right.</summary>
    /// <returns>Every image that is not deleted.</returns>
    public static IReadOnlyList<Image> Require(EmbeddedStore store)
    {
        Assert.All(store.Recovered, recovered => Assert.Null(recovered.Error));
        Assert.Empty(store.Catalog.Read(reader => reader.ListOperations()));
        Assert.Empty(Names(Path.Combine(store.Path, "locks")));
        Assert.Equal(["catalog.db", "images", "locks", "openstackstorage.json"],
            Names(store.Path).Where(name => !name.StartsWith("catalog.db-", StringComparison.Ordinal)));

        Image[] images = [.. store.Images(WorkImages.User).List(WorkImages.All)];
        Image[] stored = [.. images.Where(image => image.Locations.Count > 0)];
        Assert.Equal(stored.SelectMany(image => new[] { $"{image.Id}", $"{image.Id}.json" }).Order(StringComparer.Ordinal), Names(store.ImagesFolder));
        Assert.All(images, image => RequireWhole(store, image));

        Image[] counted = [.. images.Where(image => image.Status != ImageStatus.PendingDelete)];
        Assert.Equal(new ImageUsage(WorkImages.User.Project, counted.Length, counted.Sum(image => image.Size ?? 0), 0),
            store.Images(WorkImages.User).GetUsage(WorkImages.User.Project));
        return images;
    }

    private static void RequireWhole(EmbeddedStore store, Image image)
    {
        if (image.Status == ImageStatus.Queued)
        {
            Assert.Equal((null, 0), (image.Size, image.Locations.Count));
            return;
        }

        Assert.NotEqual(ImageStatus.Saving, image.Status);
        using BlockDevice data = store.ImageStores[0].Open(Assert.Single(image.Locations).Key);
        Assert.Equal(image.Size, data.Length);
        Assert.True(ImageDownload.Verify(new ImageData(image, data), new WorkProgress(), CancellationToken.None));
        if (image.Properties.ContainsKey(WorkImages.Content))
        {
            DiskImageFormat format = image.DiskFormat == ImageDiskFormat.Qcow2 ? DiskImageFormat.Qcow2 : DiskImageFormat.Raw;
            using DiskImage disk = ImageFormats.Open(data, new ImageOpenOptions { Format = format });
            byte[] bytes = new byte[disk.VirtualSize];
            new ImageReader(disk).Read(default, bytes);
            Assert.True(WorkImages.DiskOf(image).AsSpan().SequenceEqual(bytes), $"Image {image.Id} has other data than was uploaded.");
        }

        Image record = Assert.Single(store.ImageStores[0].List(), one => one.Key == $"{image.Id}").Record!;
        Assert.Equal((image.Id, image.Size, image.HashValue, image.DiskFormat), (record.Id, record.Size, record.HashValue, record.DiskFormat));
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
