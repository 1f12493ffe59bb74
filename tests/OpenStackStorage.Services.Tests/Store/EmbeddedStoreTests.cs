using System.Diagnostics;

namespace OpenStackStorage.Services.Tests;

public sealed class EmbeddedStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Root => _folder["lab"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_folder_becomes_a_store_and_stays_the_same_one()
    {
        Guid id;
        using (EmbeddedStore store = EmbeddedStore.Open(Root))
        {
            id = store.Id;
            Assert.Equal(Root, store.Path);
            Assert.True(Directory.Exists(store.ImagesFolder));
            Set(store, "a", "b");
        }

        using EmbeddedStore again = EmbeddedStore.Open(Root + Path.DirectorySeparatorChar);
        Assert.Equal((id, Root), (again.Id, again.Path));
        Assert.Equal("b", again.Catalog.Read(catalog => catalog.FindSetting("a")));
        Assert.Equal(["catalog.db", "images", "locks", "openstackstorage.json"],
            Directory.EnumerateFileSystemEntries(Root).Select(Path.GetFileName).Where(name => !name!.StartsWith("catalog.db-", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void A_new_store_is_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        EmbeddedStore.Open(Root).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Root));
    }

    [Fact]
    public void Many_that_make_a_store_at_once_make_one()
    {
        Guid[] ids = new Guid[8];
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, at =>
        {
            using EmbeddedStore store = EmbeddedStore.Open(Root);
            ids[at] = store.Id;
        });
        Assert.Single(ids.Distinct());
        Assert.Empty(Directory.GetFiles(Root, "*.partial-*"));
    }

    [Fact]
    public void A_folder_with_other_things_is_refused_and_left_alone()
    {
        File.WriteAllText(_folder["letter.txt"], "x");
        ServiceException error = Assert.Throws<ServiceException>(() => EmbeddedStore.Open(_folder.Path));
        Assert.Equal(ErrorIds.StoreInvalid, error.Id);
        Assert.Contains("letter.txt", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_is_no_store()
    {
        File.WriteAllText(Root, "x");
        Assert.Equal(ErrorIds.StoreInvalid, Assert.Throws<ServiceException>(() => EmbeddedStore.Open(Root)).Id);
    }

    [Theory]
    [InlineData("{\"id\":\"0e8ffa06-a7c7-4e28-98f6-225434d19664\",\"layout\":2}", "StoreTooNew")]
    [InlineData("{\"id\":\"0e8ffa06-a7c7-4e28-98f6-225434d19664\",\"layout\":0}", "StoreInvalid")]
    [InlineData("{\"id\":\"x\",\"layout\":1}", "StoreInvalid")]
    [InlineData("null", "StoreInvalid")]
    [InlineData("", "StoreInvalid")]
    public void A_marker_that_is_newer_or_damaged_is_named(string text, string id)
    {
        Directory.CreateDirectory(Root);
        File.WriteAllText(Path.Combine(Root, "openstackstorage.json"), text);
        Assert.Equal(id, Assert.Throws<ServiceException>(() => EmbeddedStore.Open(Root)).Id.Name);
        Assert.Single(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public void A_lost_catalogue_is_not_replaced_by_an_empty_one()
    {
        using (EmbeddedStore store = EmbeddedStore.Open(Root))
            File.WriteAllText(Path.Combine(store.ImagesFolder, IdText), "data");
        File.Delete(Path.Combine(Root, "catalog.db"));
        Assert.Equal(ErrorIds.CatalogMissing, Assert.Throws<ServiceException>(() => EmbeddedStore.Open(Root)).Id);
        Assert.False(File.Exists(Path.Combine(Root, "catalog.db")));
    }

    [Fact]
    public void The_default_folder_is_the_named_one_or_the_users_own()
    {
        Assert.Equal(Path.GetFullPath("/srv/lab"), EmbeddedStore.DefaultPath(name => name == "OPENSTACKSTORAGE_ROOT" ? "/srv/lab" : "/data"));
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
            return;
        Assert.Equal("/data/openstackstorage", EmbeddedStore.DefaultPath(name => name == "XDG_DATA_HOME" ? "/data" : null));
        string own = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share/openstackstorage");
        Assert.Equal(own, EmbeddedStore.DefaultPath(name => name == "XDG_DATA_HOME" ? "relative" : ""));
    }

    [Fact]
    public void An_operation_whose_process_died_is_recovered_once()
    {
        using Process other = WorkerProcess.Start("operation", Root);
        Guid id = Guid.Parse(other.StandardOutput.ReadLine()!);
        Recovery recovery = new();
        using (EmbeddedStore store = EmbeddedStore.Open(Root, recovery))
            Assert.Empty(store.Recovered);

        other.Kill();
        other.WaitForExit();
        using (EmbeddedStore store = EmbeddedStore.Open(Root, recovery))
            Assert.Equal(id, Assert.Single(store.Recovered).Operation.Id);
        Assert.Equal([id], recovery.Seen);
        Assert.Empty(Directory.GetFiles(Path.Combine(Root, "locks")));
    }

    [Fact]
    public void A_recovery_that_fails_is_told_and_tried_again()
    {
        Leave("image-upload");
        using (EmbeddedStore store = EmbeddedStore.Open(Root, new Recovery { Fails = true }))
            Assert.Equal(ErrorIds.ReadFailed, Assert.Single(store.Recovered).Error!.Id);
        using EmbeddedStore again = EmbeddedStore.Open(Root, new Recovery());
        Assert.Null(Assert.Single(again.Recovered).Error);
    }

    [Fact]
    public void An_operation_of_an_unknown_kind_is_left_alone()
    {
        Leave("volume-create");
        using EmbeddedStore store = EmbeddedStore.Open(Root, new Recovery());
        Assert.Empty(store.Recovered);
        Assert.Single(store.Catalog.Read(catalog => catalog.ListOperations()));
    }

    [Fact]
    public void A_lock_is_held_by_one_and_gone_when_it_is_completed()
    {
        using EmbeddedStore store = EmbeddedStore.Open(Root);
        Guid id = Guid.NewGuid();
        OperationLock held = store.Locks.Take(id);
        Assert.Null(store.Locks.TryTake(id));
        held.Complete();
        Assert.Empty(Directory.GetFiles(Path.Combine(Root, "locks")));
    }

    private const string IdText = "0e8ffa06-a7c7-4e28-98f6-225434d19664";

    private static void Set(EmbeddedStore store, string name, string value) => store.Catalog.Write(change =>
    {
        change.PutSetting(name, value);
        return true;
    });

    private void Leave(string kind)
    {
        using EmbeddedStore store = EmbeddedStore.Open(Root);
        store.Catalog.Write(change =>
        {
            change.PutOperation(new CatalogOperation(Guid.NewGuid(), kind, "x", "", DateTimeOffset.UnixEpoch));
            return true;
        });
    }

    private sealed class Recovery : IOperationRecovery
    {
        public List<Guid> Seen { get; } = [];

        public bool Fails { get; init; }

        public string Kind => "image-upload";

        public void Recover(CatalogOperation operation, EmbeddedStore store)
        {
            if (Fails)
                throw new ServiceException(ErrorIds.ReadFailed, "no");
            Seen.Add(operation.Id);
            Assert.Null(store.Locks.TryTake(operation.Id));
            store.Catalog.Write(change =>
            {
                change.RemoveOperation(operation.Id);
                return true;
            });
        }
    }
}
