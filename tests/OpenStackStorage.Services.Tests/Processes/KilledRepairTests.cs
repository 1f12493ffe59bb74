using System.Diagnostics;
using OpenStackStorage.Services.Worker;

namespace OpenStackStorage.Services.Tests.Processes;

/// <summary>A store is damaged, and the process that repairs it is killed. Another repair brings everything back.</summary>
public sealed class KilledRepairTests : IDisposable
{
    private static readonly IReadOnlyList<IOperationRecovery> Recoveries = ImageRecovery.Of(opened => opened.ImageStores);

    private readonly TemporaryFolder _folder = new();

    private string Store => _folder["store"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_repair_that_is_killed_15_times_loses_nothing() => KillAgainAndAgain(15, seed: 3);

    [Fact]
    [Trait("Category", "Long")]
    public void A_repair_that_is_killed_150_times_loses_nothing() => KillAgainAndAgain(150, seed: 4);

    private void KillAgainAndAgain(int kills, int seed)
    {
        Random random = new(seed);
        ImageId[] ids = [.. Enumerable.Range(0, 8).Select(_ => Upload(random))];
        int killed = 0;
        while (killed < kills)
        {
            Damage(ids, random);
            using (Process process = WorkerProcess.Start("repair", Store, $"{random.Next(1, 25)}"))
            {
                string errors = process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.True(errors.Length == 0, errors);
                killed += process.ExitCode == 0 ? 0 : 1; // it may have come to its end before
            }

            // Sometimes the next one is killed too.
            if (killed < kills && random.Next(4) == 0)
                continue;
            Assert.All(StoreRepair.Run(Store, Check(), Recoveries, CancellationToken.None), result => Assert.Null(result.Error));
            Assert.Empty(Check());
            using EmbeddedStore store = EmbeddedStore.Open(Store, Recoveries);
            IReadOnlyList<Image> images = StoreTruth.Require(store);
            Assert.Equal(ids.ToHashSet(), images.Select(image => image.Id).ToHashSet());
            Assert.All(images, image => Assert.Equal(ImageStatus.Active, image.Status));
        }
    }

    private StoreFinding[] Check() => [.. StoreCheck.Run(Store, deep: false, new WorkProgress(), CancellationToken.None)];

    /// <summary>The catalogue goes, or else some records do: what one of both lacks, the other has.</summary>
    private void Damage(ImageId[] ids, Random random)
    {
        File.WriteAllBytes(Path.Combine(Store, "locks", $"{Guid.NewGuid()}"), []);
        File.WriteAllBytes(Path.Combine(Store, "images", $"{ids[0]}.partial-00ff"), [1]);
        bool isWhole = ids.All(id => File.Exists(Path.Combine(Store, "images", $"{id}.json")));
        if (isWhole && random.Next(2) == 0)
        {
            foreach (string path in Directory.GetFiles(Store, "catalog.db*"))
                File.Delete(path);
        }
        else if (File.Exists(Path.Combine(Store, "catalog.db")))
        {
            foreach (ImageId id in ids.Where(_ => random.Next(2) == 0))
                File.Delete(Path.Combine(Store, "images", $"{id}.json"));
        }
    }

    private ImageId Upload(Random random)
    {
        using EmbeddedStore store = EmbeddedStore.Open(Store, Recoveries);
        ImageService images = store.Images(WorkImages.User);
        Image image = images.Create(WorkImages.NewSpec(random) with { DiskFormat = ImageDiskFormat.Raw });
        ImageContent content = new ImageContent.FromStream(new MemoryStream(WorkImages.DiskOf(image)), null);
        return images.Upload(image.Id, content, new ImageUploadOptions(), new WorkProgress(), CancellationToken.None).Id;
    }
}
