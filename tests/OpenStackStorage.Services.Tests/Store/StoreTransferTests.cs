using System.Formats.Tar;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests;

/// <summary>Whole stores, exported and imported.</summary>
public sealed class StoreTransferTests : IDisposable
{
    private readonly StoreLab _lab = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("export")]
    [InlineData("export.tar")]
    public void A_store_comes_back_as_it_was(string name)
    {
        byte[] content = TestImages.Mixed(3_000_000);
        Image image = _lab.Create("one", content);
        Image queued = _lab.Use(store => store.Images(StoreLab.Admin).Create(new ImageSpec { Name = "queued" }));
        _lab.Write(writer =>
        {
            writer.PutImage(image with { Tags = ["a"], Properties = new Dictionary<string, string> { ["os"] = "x" } });
            writer.PutMember(new ImageMember(image.Id, "two", ImageMemberStatus.Accepted, image.CreatedAt, image.CreatedAt));
            ImageQuotas.Set(writer, ImageQuota.CountTotal, "one", 7);
        });
        File.WriteAllText(Path.Combine(_lab.Root, "policy.yaml"), "\"get_images\": \"role:admin\"\n");

        StoreTransfer export = Export(name);
        Assert.Equal((1, content.Length, 0), (export.Images, export.Bytes, export.Skipped));
        StoreTransfer import = Import(name, "copy");

        Assert.Equal((1, export.Store), (import.Images, import.Store));
        using EmbeddedStore copy = EmbeddedStore.Open(_lab["copy"], StoreLab.Recoveries);
        Assert.Equal(export.Store, copy.Id);
        Image back = copy.Catalog.Read(reader => reader.FindImage(image.Id))!;
        Assert.Equal((image.Name, image.HashValue, ImageStatus.Active, "x"), (back.Name, back.HashValue, back.Status, back.Properties["os"]));
        Assert.Equal(content, copy.ImageStores[0].ReadAll(back.Locations[0].Key));
        Assert.Equal("queued", copy.Catalog.Read(reader => reader.FindImage(queued.Id))!.Name);
        Assert.Equal("two", Assert.Single(copy.Catalog.Read(reader => reader.ListMembers(image.Id))).Member);
        Assert.Equal(7, copy.Catalog.Read(reader => ImageQuotas.Of(reader, "one"))[ImageQuota.CountTotal]);
        Assert.True(File.Exists(Path.Combine(copy.Path, "policy.yaml")));
        Assert.Empty(StoreCheck.Run(copy.Path, true, new WorkProgress(), CancellationToken.None));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Path.GetDirectoryName(_lab.Root)!), path => path.Contains(".partial-", StringComparison.Ordinal));
    }

    [Fact]
    public void An_exported_folder_is_a_store()
    {
        Image image = _lab.Create();
        Export("export");
        using EmbeddedStore store = EmbeddedStore.Open(_lab["export"], StoreLab.Recoveries);
        Assert.Equal([1, 2, 3], store.ImageStores[0].ReadAll(image.Id.ToString()));
    }

    [Fact]
    public void What_is_under_way_or_gone_is_not_exported()
    {
        Image gone = _lab.Create(), kept = _lab.Create();
        File.Delete(_lab.Data(gone));
        using EmbeddedStore store = _lab.Open();
        Image saving = store.Images(StoreLab.Admin).Create(new ImageSpec { DiskFormat = ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare });
        Guid operation = Guid.NewGuid();
        using OperationLock held = store.Locks.Take(operation);
        store.Catalog.Write(writer =>
        {
            writer.PutImage(saving with { Status = ImageStatus.Saving });
            writer.PutOperation(ImageOperations.NewUpload(operation, saving.Id, new UploadDetail("file", "one", 0), saving.CreatedAt));
            return true;
        });

        StoreTransfer export = StoreExport.Run(store, _lab["export.tar"], false, _warnings.Add, new WorkProgress(), CancellationToken.None);
        Import("export.tar", "copy");

        Assert.Equal(1, export.Skipped);
        Assert.Contains(gone.Id.ToString(), Assert.Single(_warnings), StringComparison.Ordinal);
        using EmbeddedStore copy = EmbeddedStore.Open(_lab["copy"], StoreLab.Recoveries);
        Assert.Empty(copy.Recovered);
        Assert.Null(copy.Catalog.Read(reader => reader.FindImage(gone.Id)));
        Assert.NotNull(copy.Catalog.Read(reader => reader.FindImage(kept.Id)));
        Assert.Equal(ImageStatus.Queued, copy.Catalog.Read(reader => reader.FindImage(saving.Id))!.Status);
    }

    [Fact]
    public void A_merge_adds_what_is_new_and_leaves_what_is_there()
    {
        Image image = _lab.Create("first");
        Export("export.tar");
        using EmbeddedStore other = EmbeddedStore.Open(_lab["other"], StoreLab.Recoveries);
        StoreTransfer first = StoreImport.Merge(_lab["export.tar"], other, _warnings.Add, new WorkProgress(), CancellationToken.None);
        Assert.Equal((1, 0), (first.Images, first.Skipped));
        other.Catalog.Write(writer =>
        {
            writer.PutImage(writer.FindImage(image.Id)! with { Name = "changed" });
            return true;
        });
        StoreTransfer second = StoreImport.Merge(_lab["export.tar"], other, _warnings.Add, new WorkProgress(), CancellationToken.None);
        Assert.Equal((0, 1), (second.Images, second.Skipped));
        Assert.Equal("changed", other.Images(StoreLab.Admin).Get(image.Id).Name);
        Assert.Equal([1, 2, 3], other.ImageStores[0].ReadAll(image.Id.ToString()));
        Assert.Empty(Directory.GetDirectories(other.Path, "import*"));
        Assert.Empty(Directory.GetFiles(Path.Combine(other.Path, "locks")));
        Assert.Empty(other.Catalog.Read(reader => reader.ListOperations()));
    }

    [Fact]
    public void A_merge_does_not_touch_data_that_the_catalogue_does_not_know()
    {
        Image image = _lab.Create();
        Export("export.tar");
        using EmbeddedStore other = EmbeddedStore.Open(_lab["other"], StoreLab.Recoveries);
        string orphan = Path.Combine(other.ImagesFolder, image.Id.ToString());
        File.WriteAllText(orphan, "someone's");
        Assert.Equal(1, StoreImport.Merge(_lab["export.tar"], other, _warnings.Add, new WorkProgress(), CancellationToken.None).Skipped);
        Assert.Equal("someone's", File.ReadAllText(orphan));
    }

    [Fact]
    public void A_folder_that_an_import_left_is_removed_by_a_repair()
    {
        _lab.Open().Dispose();
        string left = Path.Combine(_lab.Root, $"import.partial-{Guid.NewGuid():D}");
        Directory.CreateDirectory(Path.Combine(left, "images"));
        _lab.RepairOnly(StoreFindingKind.ImportUnfinished);
        Assert.False(Directory.Exists(left));
    }

    [Theory]
    [InlineData("images/../../evil")]
    [InlineData("../evil")]
    [InlineData("/tmp/evil")]
    [InlineData("images\\..\\evil")]
    [InlineData("C:evil")]
    [InlineData("images/evil")]
    [InlineData("images/0e8ffa06-a7c7-4e28-98f6-225434d19664/evil")]
    [InlineData("images/0E8FFA06-A7C7-4E28-98F6-225434D19664")]
    [InlineData("images/0e8ffa06-a7c7-4e28-98f6-225434d19664.partial-12")]
    [InlineData("locks/evil")]
    [InlineData("")]
    public void A_name_that_no_export_makes_is_refused(string name)
    {
        Tamper(writer => writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name.Length == 0 ? "././" : name) { DataStream = new MemoryStream([1]) }));
        Refused("tampered.tar");
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.Directory)]
    public void Links_and_what_else_is_no_file_are_refused(TarEntryType type)
    {
        Tamper(writer =>
        {
            PaxTarEntry entry = new(type, "images/0e8ffa06-a7c7-4e28-98f6-225434d19664");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                entry.LinkName = "/etc/passwd";
            writer.WriteEntry(entry);
        });
        Refused("tampered.tar");
    }

    [Fact]
    public void A_link_in_an_exported_folder_is_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        Image image = _lab.Create();
        Export("export");
        string data = Path.Combine(_lab["export"], "images", image.Id.ToString());
        File.Move(data, _lab["outside"]);
        File.CreateSymbolicLink(data, _lab["outside"]);
        Refused("export");
    }

    [Fact]
    public void Changed_missing_and_added_files_are_refused()
    {
        Image image = _lab.Create();
        Export("export");
        string data = Path.Combine(_lab["export"], "images", image.Id.ToString());
        File.WriteAllBytes(data, [3, 2, 1]);
        Refused("export");
        File.Delete(data);
        Refused("export");
        Tamper(writer => writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"images/{ImageId.New()}") { DataStream = new MemoryStream([1]) }));
        Refused("tampered.tar");
    }

    [Fact]
    public void An_archive_that_was_cut_short_is_refused()
    {
        _lab.Create("large", TestImages.Mixed(300_000));
        Export("export.tar");
        byte[] whole = File.ReadAllBytes(_lab["export.tar"]);
        foreach (int length in (int[])[0, 100, 512, 5000, 200_000, whole.Length - 4000])
        {
            File.WriteAllBytes(_lab["short.tar"], whole[..length]);
            Refused("short.tar");
        }

        File.WriteAllText(_lab["text.tar"], new string('x', 2000));
        Refused("text.tar");
    }

    [Fact]
    public void A_destination_that_holds_something_is_refused()
    {
        _lab.Create();
        Export("export.tar");
        Directory.CreateDirectory(_lab["full"]);
        File.WriteAllText(Path.Combine(_lab["full"], "letter.txt"), "x");
        Assert.Throws<ServiceException>(() => Import("export.tar", "full")).AssertId(ErrorIds.DestinationExists);
        Assert.Throws<ServiceException>(() => Export("full")).AssertId(ErrorIds.DestinationExists);
        Assert.Throws<StorageException>(() => Export("export.tar")).AssertId(ErrorIds.DestinationExists);
        Assert.Throws<ServiceException>(() => Import("none.tar", "copy")).AssertId(ErrorIds.PathNotFound);
        Assert.Single(Directory.GetFileSystemEntries(_lab["full"]));
    }

    [Fact]
    public void A_stop_leaves_nothing()
    {
        _lab.Create("large", TestImages.Mixed(3_000_000));
        using CancellationTokenSource stop = new();
        stop.Cancel();
        using (EmbeddedStore store = _lab.Open())
        {
            foreach (string name in (string[])["export", "export.tar"])
                Assert.ThrowsAny<OperationCanceledException>(() => StoreExport.Run(store, _lab[name], false, _warnings.Add, new WorkProgress(), stop.Token));
        }

        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(_lab.Root)!));
        Export("export.tar");
        Assert.ThrowsAny<OperationCanceledException>(() => StoreImport.Run(_lab["export.tar"], _lab["copy"], new WorkProgress(), stop.Token));
        Assert.Equal(2, Directory.GetFileSystemEntries(Path.GetDirectoryName(_lab.Root)!).Length);
    }

    private StoreTransfer Export(string name) => _lab.Use(store => StoreExport.Run(store, _lab[name], false, _warnings.Add, new WorkProgress(), CancellationToken.None));

    private StoreTransfer Import(string name, string destination) => StoreImport.Run(_lab[name], _lab[destination], new WorkProgress(), CancellationToken.None);

    /// <summary>A sound export with something before it.</summary>
    private void Tamper(Action<TarWriter> add)
    {
        if (!File.Exists(_lab["export.tar"]))
        {
            _lab.Create();
            Export("export.tar");
        }

        using FileStream file = File.Create(_lab["tampered.tar"]);
        using TarWriter writer = new(file);
        add(writer);
        using FileStream export = File.OpenRead(_lab["export.tar"]);
        using TarReader reader = new(export);
        while (reader.GetNextEntry(copyData: true) is { } entry)
            writer.WriteEntry(entry);
    }

    private void Refused(string name)
    {
        string[] before = Directory.GetFileSystemEntries(Path.GetDirectoryName(_lab.Root)!);
        Assert.Throws<ServiceException>(() => Import(name, "refused")).AssertId(ErrorIds.StoreArchiveInvalid);
        Assert.Equal(before, Directory.GetFileSystemEntries(Path.GetDirectoryName(_lab.Root)!));
    }
}
