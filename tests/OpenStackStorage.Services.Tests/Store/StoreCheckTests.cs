using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests;

/// <summary>A check and a repair of a store that others are using.</summary>
public sealed class StoreCheckTests : IDisposable
{
    private readonly StoreLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Nothing_that_others_are_at_work_on_is_found_or_repaired()
    {
        Image kept = _lab.Create("kept");
        List<StoreFinding> found = [];
        using EmbeddedStore store = _lab.Open();
        using CancellationTokenSource end = new();
        Task checks = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                found.AddRange(_lab.Check());
                Assert.Empty(_lab.Repair());
            }
        });
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, at =>
        {
            ImageService images = store.Images(StoreLab.Admin);
            Image image = images.Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });
            ImageServiceConformance.Upload(images, image.Id, TestImages.Mixed(200_000, at));
            if (at % 2 == 0)
                images.Delete(image.Id, delay: false);
        });
        await end.CancelAsync();
        await checks;
        Assert.Empty(found);
        Assert.Empty(_lab.Check(deep: true));
        Assert.Equal(ImageStatus.Active, _lab.Find(kept.Id).Status);
    }

    [Fact]
    public void A_stop_ends_a_deep_check()
    {
        _lab.Create("large", TestImages.Mixed(3_000_000));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => StoreCheck.Run(_lab.Root, deep: true, new WorkProgress(), stop.Token).ToArray());
    }

    [Fact]
    public void A_deep_check_counts_all_bytes()
    {
        _lab.Create("one", new byte[1000]);
        _lab.Create("two", new byte[2000]);
        WorkProgress progress = new();
        Assert.Empty(StoreCheck.Run(_lab.Root, deep: true, progress, CancellationToken.None));
        Assert.Equal((3000, 3000), (progress.Done, progress.Total));
    }
}
