using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.ImageStores;

/// <summary>What every <see cref="IImageStore"/> must do. A new one derives from this and gives itself.</summary>
public abstract class ImageStoreConformance
{
    /// <summary>An empty store.</summary>
    protected abstract IImageStore Store { get; }

    /// <summary>Keys that try to reach another file; {folder} and {file} stand for where one lies, which a store that falls for it may well delete.</summary>
    public static TheoryData<string> HostileKeys() =>
    [
        "", ".", "..", "../{folder}/{file}", "{file}", "file://{file}", "filesystem://{file}", "~/{file}", "a/b", @"..\{folder}\victim", @"C:\victim",
        "x\0y", "00000000000000000000000000000000", "openstackstorage.json",
        "../00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001/../victim", "00000000-0000-0000-0000-000000000001\0",
    ];

    [Fact]
    public void What_is_committed_is_read_under_its_key()
    {
        ImageId id = ImageId.New();
        byte[] content = TestImages.Mixed(300_001);
        string key;
        Assert.False(Store.Holds(id));
        using (IPendingImageData pending = Store.Begin(id, content.Length))
        {
            key = pending.Key;
            pending.Device.Write(default, content.AsSpan(0, 100_000));
            pending.Device.Write(new HostOffset(100_000), content.AsSpan(100_000));
            pending.Commit(TestImages.Active(id), CancellationToken.None);
        }

        Assert.True(Store.Holds(id));
        Assert.Equal(content, Store.ReadAll(key));
        StoredImageData stored = Assert.Single(Store.List());
        Assert.Equal((key, (long)content.Length, false), (stored.Key, stored.Length, stored.IsPartial));
        Assert.Equal(id, stored.Record?.Id);
    }

    [Fact]
    public void Nothing_has_the_key_before_the_commit_and_nothing_remains_without_one()
    {
        ImageId id = ImageId.New();
        using (IPendingImageData pending = Store.Begin(id, null))
        {
            pending.Device.Write(default, new byte[] { 1, 2, 3 });
            Assert.Throws<ServiceException>(() => Store.Open(pending.Key)).AssertId(ErrorIds.ImageDataNotFound);
            Assert.False(Store.Holds(id));
            Assert.All(Store.List(), stored => Assert.True(stored.IsPartial));
        }

        Assert.Empty(Store.List());
    }

    [Fact]
    public void Unfinished_data_is_listed_and_can_be_removed_by_the_key_that_the_list_gives()
    {
        using IPendingImageData pending = Store.Begin(ImageId.New(), null);
        pending.Device.Write(default, new byte[] { 1, 2, 3 });
        Assert.True(Store.Delete(Assert.Single(Store.List()).Key));
        Assert.Empty(Store.List());
    }

    [Fact]
    public void An_image_without_a_byte_is_kept()
    {
        ImageId id = ImageId.New();
        Store.Put(id, []);
        Assert.Equal(0, Assert.Single(Store.List()).Length);
    }

    [Fact]
    public void A_key_that_is_taken_is_not_taken_twice()
    {
        ImageId id = ImageId.New();
        Store.Put(id, [1]);
        Assert.Throws<ServiceException>(() => Store.Begin(id, null)).AssertId(ErrorIds.ImageConflict);
        Assert.Equal([1], Store.ReadAll(Assert.Single(Store.List()).Key));
    }

    [Fact]
    public void Of_two_that_store_one_image_the_first_to_commit_wins()
    {
        ImageId id = ImageId.New();
        using IPendingImageData first = Store.Begin(id, null);
        using IPendingImageData second = Store.Begin(id, null);
        first.Device.Write(default, new byte[] { 1 });
        second.Device.Write(default, new byte[] { 2 });
        first.Commit(TestImages.Active(id), CancellationToken.None);
        Assert.Throws<ServiceException>(() => second.Commit(TestImages.Active(id), CancellationToken.None)).AssertId(ErrorIds.ImageConflict);
        second.Dispose();
        Assert.Equal([1], Store.ReadAll(first.Key));
        Assert.NotNull(Assert.Single(Store.List()).Record);
    }

    [Fact]
    public void A_deletion_removes_everything_and_says_whether_there_was_anything()
    {
        ImageId id = ImageId.New();
        Store.Put(id, [1, 2, 3]);
        string key = Assert.Single(Store.List()).Key;
        Assert.True(Store.Delete(key));
        Assert.False(Store.Delete(key));
        Assert.False(Store.Holds(id));
        Assert.Empty(Store.List());
        Assert.Throws<ServiceException>(() => Store.Open(key)).AssertId(ErrorIds.ImageDataNotFound);
        Store.Put(id, [4]); // the key is free again
        Assert.Equal([4], Store.ReadAll(key));
    }

    [Fact]
    public void Data_that_is_open_stays_readable_while_it_is_deleted()
    {
        ImageId id = ImageId.New();
        Store.Put(id, [1, 2, 3]);
        using BlockDevice device = Store.Open(Assert.Single(Store.List()).Key);
        Store.Delete(Assert.Single(Store.List()).Key);
        Assert.Equal([1, 2, 3], device.ReadAll());
    }

    [Fact]
    public void Many_threads_store_at_once()
    {
        ImageId[] ids = [.. Enumerable.Range(0, 32).Select(_ => ImageId.New())];
        Parallel.ForEach(ids, id => Store.Put(id, id.Value.ToByteArray()));
        Assert.Equal(ids.Select(id => id.ToString()).Order(), Store.List().Select(stored => stored.Record!.Id.ToString()).Order());
        Assert.All(Store.List(), stored => Assert.Equal(stored.Record!.Id.Value.ToByteArray(), Store.ReadAll(stored.Key)));
    }

    [Fact]
    public void A_length_that_does_not_fit_is_refused_at_once()
    {
        if (Store.GetSpace() is not { } space)
            return;
        Assert.InRange(space.Free, 0, space.Total);
        Assert.ThrowsAny<StorageException>(() => Store.Begin(ImageId.New(), long.MaxValue)).AssertId(ErrorIds.InsufficientSpace);
        Assert.Empty(Store.List());
    }

    [Theory]
    [MemberData(nameof(HostileKeys))]
    public void A_key_that_no_store_made_is_refused(string key)
    {
        using TemporaryFolder outside = new();
        string victim = outside.Write("victim", [42]);
        key = key.Replace("{folder}/{file}", Path.GetFileName(outside.Path) + "/victim", StringComparison.Ordinal)
            .Replace("{folder}", Path.GetFileName(outside.Path), StringComparison.Ordinal)
            .Replace("{file}", victim, StringComparison.Ordinal);
        Assert.Throws<ServiceException>(() => Store.Open(key)).AssertId(ErrorIds.ImageKeyInvalid);
        Assert.Throws<ServiceException>(() => Store.Delete(key)).AssertId(ErrorIds.ImageKeyInvalid);
        Assert.Equal([42], File.ReadAllBytes(victim));
    }
}
