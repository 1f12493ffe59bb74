using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.ImageStores;

public sealed class FileImageStoreConformanceTests : ImageStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override IImageStore Store => TestImages.FileStore(_folder.Path);

    public void Dispose() => _folder.Dispose();
}

public sealed class SeveralFoldersConformanceTests : ImageStoreConformance, IDisposable
{
    private readonly TemporaryFolder _first = new();
    private readonly TemporaryFolder _second = new();

    protected override IImageStore Store => TestImages.FileStore(_first.Path, _second.Path);

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}

public sealed class FileImageStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ImageId _id = ImageId.New();

    private FileImageStore Store => TestImages.FileStore(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Data_lies_where_glance_has_it_and_its_record_beside_it()
    {
        Store.Put(_id, [1, 2, 3]);
        Assert.Equal([_id.ToString(), _id + ".json"], _folder.Names());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_folder[_id.ToString()]));
    }

    [Theory]
    [InlineData(FlushPolicy.Full)]
    [InlineData(FlushPolicy.None)]
    public void Either_flush_policy_stores_the_same(FlushPolicy policy)
    {
        FileImageStore store = new(new FileImageStoreOptions { Folders = [new FileStoreFolder(_folder.Path)], Flush = policy });
        store.Put(_id, [1]);
        Assert.Equal([1], store.ReadAll(_id.ToString()));
        Assert.True(store.Delete(_id.ToString()));
    }

    [Fact]
    public void The_folder_of_the_highest_priority_takes_the_data()
    {
        using TemporaryFolder preferred = new();
        FileImageStore store = new(new FileImageStoreOptions { Folders = [new(_folder.Path, 1), new(preferred.Path, 2)] });
        store.Put(_id, [1]);
        Assert.Empty(_folder.Names());
        Assert.Equal([1], store.ReadAll(_id.ToString()));
    }

    [Fact]
    public void A_folder_that_is_gone_is_passed_over_but_never_taken_for_empty()
    {
        FileImageStore store = new(new FileImageStoreOptions { Folders = [new(_folder["gone"], 9), new(_folder.Path)] });
        store.Put(_id, [1]);
        Assert.Equal([1], store.ReadAll(_id.ToString()));
        string other = ImageId.New().ToString();
        Assert.Throws<ServiceException>(() => store.Open(other)).AssertId(ErrorIds.PathNotFound);
        Assert.Throws<ServiceException>(() => store.Delete(other)).AssertId(ErrorIds.PathNotFound);
        Assert.Throws<ServiceException>(() => store.List().Count()).AssertId(ErrorIds.PathNotFound);
    }

    [Fact]
    public void A_store_whose_only_folder_is_gone_says_so()
    {
        StorageException error = Assert.Throws<ServiceException>(() => TestImages.FileStore(_folder["gone"]).Begin(_id, 1));
        error.AssertId(ErrorIds.PathNotFound);
        Assert.Equal(_folder["gone"], error.Target);
    }

    [Fact]
    public void A_folder_that_vanishes_during_an_upload_is_a_named_error()
    {
        string path = Directory.CreateDirectory(_folder["images"]).FullName;
        using IPendingImageData pending = TestImages.FileStore(path).Begin(_id, null);
        pending.Device.Write(default, new byte[] { 1 });
        Directory.Delete(path, recursive: true);
        Assert.ThrowsAny<StorageException>(() => pending.Commit(TestImages.Active(_id), CancellationToken.None)).AssertId(ErrorIds.PathNotFound);
    }

    [Fact]
    public void A_symbolic_link_at_the_key_is_neither_read_nor_followed_by_a_deletion()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a privilege there
        using TemporaryFolder outside = new();
        string secret = outside.Write("secret", [42]);
        File.CreateSymbolicLink(_folder[_id.ToString()], secret);
        File.CreateSymbolicLink(_folder[_id + ".json"], secret);
        Assert.ThrowsAny<StorageException>(() => Store.Open(_id.ToString())).AssertId(ErrorIds.PathNotSupported);
        Assert.Throws<ServiceException>(() => Store.Begin(_id, 1)).AssertId(ErrorIds.ImageConflict);
        Assert.Empty(Store.List());
        Assert.True(Store.Delete(_id.ToString()));
        Assert.Equal([42], File.ReadAllBytes(secret));
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void Files_that_are_not_the_stores_own_are_neither_listed_nor_deleted()
    {
        _folder.Write("notes.txt", [1]);
        _folder.Write(_id.ToString().ToUpperInvariant() + ".bak", [1]);
        _folder.Write(_id + ".partial-XYZ", [1]);
        Assert.Empty(Store.List());
        foreach (string name in _folder.Names())
            Assert.Throws<ServiceException>(() => Store.Delete(name)).AssertId(ErrorIds.ImageKeyInvalid);
    }

    [Fact]
    public void A_record_without_data_is_listed_as_unfinished_and_does_not_stop_an_upload()
    {
        Store.Put(_id, [1]);
        File.Delete(_folder[_id.ToString()]);
        StoredImageData left = Assert.Single(Store.List());
        Assert.Equal((_id.ToString(), true), (left.Key, left.IsPartial));
        Store.Put(_id, [2]);
        Assert.Equal([2], Store.ReadAll(_id.ToString()));
        File.Delete(_folder[_id.ToString()]);
        Assert.True(Store.Delete(_id.ToString()));
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void Data_without_a_readable_record_is_listed_without_one()
    {
        Store.Put(_id, [1]);
        _folder.Write(_id + ".json", "garbage"u8.ToArray());
        Assert.Null(Assert.Single(Store.List()).Record);
    }

    [Fact]
    public void A_commit_that_is_stopped_leaves_nothing()
    {
        using (IPendingImageData pending = Store.Begin(_id, null))
        {
            pending.Device.Write(default, new byte[] { 1 });
            Assert.ThrowsAny<OperationCanceledException>(() => pending.Commit(TestImages.Active(_id), new CancellationToken(canceled: true)));
        }

        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void A_record_that_cannot_be_made_leaves_nothing()
    {
        ImageRecordFormat failing = new(_ => throw new StorageException(ErrorIds.WriteFailed, "This record was made to fail."), _ => null);
        FileImageStore store = new(new FileImageStoreOptions { Folders = [new(_folder.Path)], Records = failing });
        Assert.Throws<StorageException>(() => store.Put(_id, [1])).AssertId(ErrorIds.WriteFailed);
        Assert.Empty(_folder.Names());
    }

    [Fact]
    public void One_folder_twice_is_refused() =>
        Assert.Throws<ServiceException>(() => TestImages.FileStore(_folder.Path, _folder.Path + "/../" + Path.GetFileName(_folder.Path))).AssertId(ErrorIds.ParameterInvalid);

    [Fact]
    public void Folders_of_one_medium_count_once() =>
        Assert.Equal(Store.GetSpace()!.Total, TestImages.FileStore(_folder.Path, Directory.CreateDirectory(_folder["other"]).FullName).GetSpace()!.Total);

    [NeedsMountFact]
    public void A_disk_that_fills_up_and_a_folder_that_is_read_only_are_named_and_nothing_is_left()
    {
        using SmallMount mount = new(_folder.Path, "size=512k");
        FileImageStore store = Store;
        Assert.Throws<ServiceException>(() => store.Begin(_id, 1 << 20)).AssertId(ErrorIds.InsufficientSpace);
        Assert.Throws<StorageException>(() =>
        {
            using IPendingImageData pending = store.Begin(_id, null);
            pending.Device.Write(default, new byte[1 << 20]);
        }).AssertId(ErrorIds.InsufficientSpace);
        Assert.Empty(_folder.Names());
        Assert.True(SpinWait.SpinUntil(() => store.GetSpace()!.Free > 64 << 10, TimeSpan.FromSeconds(20))); // freed in the background
        store.Put(_id, [1]);
        mount.Remount("ro");
        StorageException error = Assert.Throws<StorageException>(() => store.Begin(ImageId.New(), 1));
        Assert.Contains(error.Id, new[] { ErrorIds.WriteFailed, ErrorIds.AccessDenied });
        Assert.Throws<StorageException>(() => store.Delete(_id.ToString()));
        Assert.Equal([1], store.ReadAll(_id.ToString()));
    }
}
