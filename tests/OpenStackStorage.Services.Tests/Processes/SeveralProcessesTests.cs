using System.Diagnostics;
using OpenStackStorage.Services.Worker;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>Processes that upload, list, change and delete on one store at once, while this one looks on.</summary>
public sealed class SeveralProcessesTests : IDisposable
{
    private const int Rounds = 50;
    private const long SizeTotal = 8 << 20; // bytes: some uploads fit and some don't
    private const long CountTotal = 25;
    private const long CountUploading = 2; // less than there are processes

    private readonly TemporaryFolder _folder = new();

    private string Store => _folder["store"];

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A change keeps what it does not name, whoever wrote that; of two changes of one property the later one holds. So each
    /// process counts in a property of its own, and every counter stands at what its process wrote last.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Several_processes_lose_nothing_of_each_other_and_meet_no_error_that_is_not_the_users(int processes)
    {
        using EmbeddedStore store = EmbeddedStore.Open(Store);
        Image[] kept = [.. Enumerable.Range(0, 7).Select(_ => Keep(store))];
        SetQuotas(store);

        Process[] workers = [.. Enumerable.Range(0, processes).Select(number => WorkerProcess.Start("crowd", Store, $"{number}", $"{Rounds}"))];
        string[] outputs;
        try
        {
            Task<string[]> reading = Task.WhenAll(workers.Select(worker => worker.StandardOutput.ReadToEndAsync()));
            while (await Task.WhenAny(reading, Task.Delay(5)) != reading)
            {
                RequireQuotas(store);
                RequireList(store, kept);
            }

            outputs = await reading;
            Array.ForEach(workers, WorkerProcess.Finish);
        }
        finally
        {
            foreach (Process worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }

        for (int number = 0; number < processes; number++)
        {
            string[][] counts = [.. outputs[number].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
            Assert.Equal(kept.Length, counts.Length);
            Assert.Equal(Rounds, counts.Sum(count => int.Parse(count[1])));
            Assert.All(counts, count => Assert.Equal(count[1], CounterOf(store, kept.Single(image => $"{image.Id}" == count[0]), number)));
        }

        StoreTruth.Require(store);
    }

    private static string CounterOf(EmbeddedStore store, Image image, int number) =>
        store.Images(WorkImages.User).Get(image.Id).Properties.GetValueOrDefault(CrowdWork.CounterOf(number), "0");

    private static Image Keep(EmbeddedStore store)
    {
        ImageService images = store.Images(WorkImages.User);
        Image image = images.Create(WorkImages.NewSpec(new Random(1)) with { DiskFormat = ImageDiskFormat.Raw, Tags = [CrowdWork.Kept] });
        return images.Upload(image.Id, new ImageContent.FromStream(new MemoryStream(WorkImages.DiskOf(image)), null), new ImageUploadOptions(), new WorkProgress(), CancellationToken.None);
    }

    private static void SetQuotas(EmbeddedStore store)
    {
        ImageService images = store.Images(WorkImages.User);
        images.SetQuota(ImageQuota.SizeTotal, WorkImages.User.Project, SizeTotal);
        images.SetQuota(ImageQuota.CountTotal, WorkImages.User.Project, CountTotal);
        images.SetQuota(ImageQuota.CountUploading, WorkImages.User.Project, CountUploading);
    }

    private static void RequireQuotas(EmbeddedStore store)
    {
        (ImageUsage usage, long reserved) = store.Catalog.Read(reader =>
            (reader.GetImageUsage(WorkImages.User.Project), ImageOperations.ReservedBy(reader, WorkImages.User.Project, Guid.Empty)));
        Assert.InRange(usage.Size + reserved, 0, SizeTotal);
        Assert.InRange(usage.Count, 0, CountTotal);
        Assert.InRange(usage.Uploading, 0, CountUploading);
    }

    /// <summary>Pages of five: most images come and go between two of them.</summary>
    private static void RequireList(EmbeddedStore store, Image[] kept)
    {
        ImageService images = new(new ImageServiceParts(store.Catalog, store.ImageStores, store.Policy, store.Locks) { PageSize = 5 }, WorkImages.User);
        foreach (ImageQuery query in new[] { new ImageQuery(), new ImageQuery { Sort = [new ImageSort(ImageSortKey.Id)] } })
        {
            ImageId[] listed = [.. images.List(query).Select(image => image.Id)];
            Assert.Equal(listed.Length, listed.Distinct().Count());
            Assert.Empty(kept.Select(image => image.Id).Except(listed));
        }
    }
}
