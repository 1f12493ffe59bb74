namespace OpenStackStorage.Services.Tests;

/// <summary>A store whose images lie in several folders.</summary>
public sealed class ImageFoldersTests : IDisposable
{
    private readonly StoreLab _lab = new();

    private string Share => _lab["share"];

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Data_goes_to_the_folder_of_the_highest_priority_and_is_found_in_all()
    {
        Image first = _lab.Create("first");
        Add();
        Image second = _lab.Create("second");
        Assert.True(File.Exists(Path.Combine(Share, second.Id.ToString())));
        Assert.True(File.Exists(_lab.Data(first)));
        Assert.Equal([1, 2, 3], _lab.Use(store => store.ImageStores[0].ReadAll(first.Id.ToString())));
        Assert.Empty(_lab.Check(deep: true));
    }

    [Fact]
    public void A_share_that_is_not_mounted_is_never_taken_for_an_empty_folder()
    {
        Add();
        Image image = _lab.Create();
        Directory.Move(Share, _lab["away"]);
        Directory.CreateDirectory(Share);

        StoreFinding finding = Assert.Single(_lab.Check());
        Assert.Equal((StoreFindingKind.FolderMissing, Share, null), (finding.Kind, finding.Path, finding.Repair));
        Assert.Empty(_lab.Repair());
        Assert.Equal(ImageStatus.Active, _lab.Find(image.Id).Status);
        using EmbeddedStore store = _lab.Open();
        Assert.Throws<ServiceException>(() => store.ImageStores[0].Open(image.Id.ToString())).AssertId(ErrorIds.PathNotFound);
        Assert.Throws<ServiceException>(() => store.SetImageFolders([new FileStoreFolder(Share)], null)).AssertId(ErrorIds.PathNotFound);
        Assert.Empty(Directory.GetFileSystemEntries(Share));

        Directory.Delete(Share);
        Directory.Move(_lab["away"], Share);
        Assert.Empty(_lab.Check());
    }

    [Fact]
    public void A_folder_that_is_not_there_or_holds_other_things_is_refused()
    {
        using EmbeddedStore store = _lab.Open();
        Assert.Throws<ServiceException>(() => store.SetImageFolders([new FileStoreFolder(Share)], null)).AssertId(ErrorIds.PathNotFound);
        Directory.CreateDirectory(Share);
        File.WriteAllText(Path.Combine(Share, "letter.txt"), "x");
        Assert.Throws<ServiceException>(() => store.SetImageFolders([new FileStoreFolder(Share)], null)).AssertId(ErrorIds.ParameterInvalid);
        Assert.Single(store.ImageFolders.Folders);
        Assert.Equal(["letter.txt"], Directory.GetFiles(Share).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_holds_images_can_not_be_left_out_and_an_empty_one_can()
    {
        Add();
        Image image = _lab.Create();
        using EmbeddedStore store = _lab.Open();
        Assert.Throws<ServiceException>(() => store.SetImageFolders([], null)).AssertId(ErrorIds.ParameterInvalid);
        store.ImageStores[0].Delete(image.Id.ToString());
        store.SetImageFolders([], null);
        Assert.Single(_lab.Use(again => again.ImageFolders.Folders));
    }

    [Fact]
    public void A_lost_catalogue_is_missed_and_rebuilt_with_its_folders()
    {
        Add();
        Image image = _lab.Create();
        foreach (string file in Directory.GetFiles(_lab.Root, "catalog.db*"))
            File.Delete(file);
        Assert.Throws<ServiceException>(_lab.Open).AssertId(ErrorIds.CatalogMissing);
        _lab.Repair();
        Assert.Equal(ImageStatus.Active, _lab.Find(image.Id).Status);
        Assert.Equal([Share, Path.Combine(_lab.Root, "images")], _lab.Use(store => store.ImageFolders.Folders.Select(folder => folder.Path)).Order(StringComparer.Ordinal));
        Assert.Empty(_lab.Check());
    }

    [Fact]
    public void What_is_lost_in_a_share_is_kept_on_that_share()
    {
        Add();
        string stray = Path.Combine(Share, ImageId.New().ToString());
        File.WriteAllText(stray, "x");
        Assert.Contains(Share, _lab.RepairOnly(StoreFindingKind.DataOrphaned).Done, StringComparison.Ordinal);
        Assert.False(File.Exists(stray));
    }

    [Fact]
    public void The_flush_policy_is_a_setting()
    {
        _lab.Use(store =>
        {
            Assert.Equal(FlushPolicy.Full, store.ImageFolders.Flush);
            store.SetImageFolders(null, FlushPolicy.None);
            return true;
        });
        Assert.Equal(FlushPolicy.None, _lab.Use(store => store.ImageFolders.Flush));
        Assert.Equal("none", _lab.Use(store => store.Catalog.Read(reader => reader.FindSetting("image_store.flush"))));
    }

    private void Add()
    {
        Directory.CreateDirectory(Share);
        _lab.Use(store =>
        {
            store.SetImageFolders([new FileStoreFolder(Share, 100)], null);
            return true;
        });
    }
}
