namespace OpenStackStorage.Services.Tests;

/// <summary>What others begin, go on with and end between any two looks of a check is not found.</summary>
public sealed class StoreStateTests : IDisposable
{
    private const int Looks = 5;
    private const int Steps = 16; // of the longest work

    private readonly StoreLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Work_that_had_come_to_any_step_may_end_between_two_looks(int look)
    {
        for (int begun = 1; begun < Steps; begun++)
            FindsNothing(begun, at => at == look ? Steps : 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(Steps)]
    public void Work_may_begin_between_two_looks_and_go_on_between_the_next(int steps)
    {
        for (int first = 0; first < Looks; first++)
            FindsNothing(0, at => at >= first ? steps : 0);
    }

    [Fact]
    public void What_died_is_found()
    {
        using EmbeddedStore store = _lab.Open();
        Image image = NewImage(store);
        store.Catalog.Write(writer =>
        {
            writer.PutOperation(ImageOperations.NewUpload(Guid.NewGuid(), image.Id, new UploadDetail("file", "one", 10), image.CreatedAt));
            return true;
        });
        Assert.Equal(StoreFindingKind.OperationDead, Assert.Single(_lab.Check()).Kind);
    }

    /// <param name="begun">Steps that were done before the check.</param>
    /// <param name="stepsAt">Steps that are done after one of its looks.</param>
    private void FindsNothing(int begun, Func<int, int> stepsAt)
    {
        using EmbeddedStore store = _lab.Open();
        Image full = NewImage(store);
        Upload(store.Images(StoreLab.Admin), full);
        Image[] empty = [NewImage(store), NewImage(store), NewImage(store)];
        StepwiseWork[] works =
        [
            new(store, images => images.Delete(full.Id, delay: false)),
            new(store, images => Upload(images, empty[0])),
            new(store, images => Assert.Throws<ServiceException>(() => Upload(images, empty[1], expected: 4)).AssertId(ErrorIds.ImageSizeMismatch)),
            new(store, images =>
            {
                Upload(images, empty[2]);
                images.Delete(empty[2].Id, delay: false);
            }),
        ];
        try
        {
            StepAll(works, begun);
            int look = 0;
            StoreState state = StoreState.Read(_lab.Root, () => StepAll(works, stepsAt(look++)));
            Assert.Equal(Looks, look);
            Assert.Empty(StoreCheck.Find(state, CancellationToken.None));
            StepAll(works, Steps);
            Assert.DoesNotContain(works, work => work.Runs);
        }
        finally
        {
            foreach (StepwiseWork work in works)
                work.Dispose();
        }

        Assert.Empty(_lab.Check());
    }

    private static void StepAll(StepwiseWork[] works, int steps)
    {
        foreach (StepwiseWork work in works)
            work.Step(steps);
    }

    private static Image NewImage(EmbeddedStore store) =>
        store.Images(StoreLab.Admin).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });

    private static void Upload(ImageService images, Image image, long? expected = null) => images.Upload(
        image.Id, new ImageContent.FromStream(new MemoryStream([1, 2, 3]), null), new ImageUploadOptions { ExpectedSize = expected }, new WorkProgress(), CancellationToken.None);
}
