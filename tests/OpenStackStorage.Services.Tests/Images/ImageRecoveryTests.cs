namespace OpenStackStorage.Services.Tests.Images;

/// <summary>What a process leaves that died in an upload or a deletion, and what the next opening makes of it.</summary>
public sealed class ImageRecoveryTests : IDisposable
{
    private static readonly Identity Owner = new("olga", "one", ["member"]);

    private readonly EmbeddedLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_upload_whose_process_died_is_undone(bool isCommitted)
    {
        Image other = Active();
        Image image = _lab.As(Owner).Create(Raw);
        BeginUpload(image, Guid.NewGuid());
        using IPendingImageData pending = _lab.ImageStores[0].Begin(image.Id, null);
        pending.Device.Write(default, new byte[10]);
        if (isCommitted)
            pending.Commit(image with { Status = ImageStatus.Active, Size = 10 }, CancellationToken.None);
        Assert.Contains(_lab.Files("images"), name => name.StartsWith(image.Id.ToString(), StringComparison.Ordinal));

        _lab.Reopen();

        Assert.Null(Assert.Single(_lab.Store.Recovered).Error);
        Image queued = _lab.As(Owner).Get(image.Id);
        Assert.Equal((ImageStatus.Queued, null), (queued.Status, queued.Size));
        Assert.Contains("interrupted", queued.LastError, StringComparison.Ordinal);
        Assert.Equal([other.Id.ToString(), other.Id + ".json"], _lab.Files("images"));
        Assert.Empty(_lab.Operations());
        Assert.Empty(_lab.Files("locks"));
        Assert.Equal(ImageStatus.Active, ImageServiceConformance.Upload(_lab.As(Owner), image.Id, [1]).Status);
    }

    [Fact]
    public void An_upload_whose_process_lives_is_left_alone()
    {
        Image image = _lab.As(Owner).Create(Raw);
        Guid operation = Guid.NewGuid();
        using OperationLock held = _lab.Store.Locks.Take(operation);
        BeginUpload(image, operation);

        using (EmbeddedStore second = EmbeddedStore.Open(_lab.Store.Path, ImageRecovery.Of(_ => _lab.ImageStores)))
            Assert.Empty(second.Recovered);

        Assert.Equal(ImageStatus.Saving, _lab.As(Owner).Get(image.Id).Status);
        Assert.Single(_lab.Operations());
    }

    [Fact]
    public void An_image_that_was_deleted_in_an_upload_that_died_stays_deleted()
    {
        Image image = _lab.As(Owner).Create(Raw);
        BeginUpload(image, Guid.NewGuid());
        _lab.As(Owner).Delete(image.Id, delay: false);

        _lab.Reopen();

        Assert.Equal(ErrorIds.ImageNotFound, Assert.Throws<ServiceException>(() => _lab.As(Owner).Get(image.Id)).Id);
        Assert.Empty(_lab.Operations());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_deletion_whose_process_died_is_ended(bool isDataGone)
    {
        Image other = Active(), image = Active();
        _lab.Write(writer =>
        {
            writer.PutImage(image with { Status = ImageStatus.Deleted, Locations = [] });
            writer.PutOperation(ImageOperations.NewDelete(Guid.NewGuid(), image, image.UpdatedAt));
        });
        if (isDataGone)
            _lab.ImageStores[0].Delete(image.Id.ToString());

        _lab.Reopen();

        Assert.Null(Assert.Single(_lab.Store.Recovered).Error);
        Assert.Equal([other.Id.ToString(), other.Id + ".json"], _lab.Files("images"));
        Assert.Empty(_lab.Operations());
    }

    private static ImageSpec Raw => new() { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare };

    private Image Active() => ImageServiceConformance.Upload(_lab.As(Owner), _lab.As(Owner).Create(Raw).Id, [1, 2, 3]);

    private void BeginUpload(Image image, Guid operation) => _lab.Write(writer =>
    {
        writer.PutImage(image with { Status = ImageStatus.Saving });
        writer.PutOperation(ImageOperations.NewUpload(operation, image.Id, new UploadDetail("file", image.Owner, 10), image.UpdatedAt));
    });
}
