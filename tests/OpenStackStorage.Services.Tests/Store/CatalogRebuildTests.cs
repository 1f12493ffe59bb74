namespace OpenStackStorage.Services.Tests;

/// <summary>A store whose catalogue is lost or damaged.</summary>
public sealed class CatalogRebuildTests : IDisposable
{
    private readonly StoreLab _lab = new();

    private string Catalog => Path.Combine(_lab.Root, "catalog.db");

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("this is no database, and long enough to be looked at as one")]
    public void A_lost_or_damaged_catalogue_comes_back_from_the_records(string? content)
    {
        Image one = _lab.Create("one"), two = _lab.Create("two", [9]);
        Image unrecorded = _lab.Create("unrecorded");
        File.Delete(_lab.Record(unrecorded));
        Break(content);
        Assert.Throws<ServiceException>(_lab.Open);
        StoreFindingKind kind = content is null or "" ? StoreFindingKind.CatalogMissing : StoreFindingKind.CatalogDamaged;
        Assert.Equal([kind, StoreFindingKind.ImageLost, StoreFindingKind.ImageLost, StoreFindingKind.DataOrphaned], _lab.Check().Select(finding => finding.Kind).Order());

        StoreRepairResult[] done = _lab.Repair();

        Assert.All(done, result => Assert.Null(result.Error));
        foreach (Image image in (Image[])[one, two])
        {
            Image back = _lab.Find(image.Id);
            Assert.Equal((image.Name, ImageStatus.Active, image.Size, image.HashValue), (back.Name, back.Status, back.Size, back.HashValue));
        }

        Assert.Equal([unrecorded.Id.ToString()], _lab.Lost());
        Assert.Empty(_lab.Check(deep: true));
        if (!string.IsNullOrEmpty(content))
            Assert.Equal(content, File.ReadAllText(Assert.Single(Directory.GetFiles(_lab.Root, "catalog.db.lost-*"))));
    }

    [Fact]
    public void Properties_and_tags_come_back()
    {
        Image image = _lab.Create();
        _lab.Write(writer => writer.PutImage(image with { Tags = ["a", "b"], Properties = new Dictionary<string, string> { ["os"] = "x" }, Protected = true }));
        _lab.Repair();
        Break(null);
        _lab.Repair();
        Image back = _lab.Find(image.Id);
        Assert.Equal(["a", "b"], back.Tags);
        Assert.Equal(("x", true), (back.Properties["os"], back.Protected));
    }

    [Fact]
    public void A_new_store_without_a_catalogue_has_lost_nothing()
    {
        _lab.Open().Dispose();
        Break(null);
        Assert.Empty(_lab.Check());
        Assert.False(File.Exists(Catalog));
    }

    [Fact]
    public void A_catalogue_is_not_replaced_while_a_process_is_at_work()
    {
        _lab.Create();
        using EmbeddedStore store = _lab.Open();
        using OperationLock held = store.Locks.Take(Guid.NewGuid());
        Break(null);
        Assert.Throws<ServiceException>(() => _lab.Repair()).AssertId(ErrorIds.CatalogBusy);
        Assert.False(File.Exists(Catalog));
    }

    [Fact]
    public void A_rebuild_that_was_interrupted_is_done_again()
    {
        Image image = _lab.Create();
        Break(null);
        File.WriteAllText(Catalog + ".rebuild", "half");
        File.WriteAllText(Catalog + ".rebuild-wal", "half");
        File.WriteAllText(Catalog + "-wal", "of the old one");
        _lab.Repair();
        Assert.Equal(ImageStatus.Active, _lab.Find(image.Id).Status);
        Assert.Empty(Directory.GetFiles(_lab.Root, "*.rebuild*"));
        Assert.Equal("of the old one", File.ReadAllText(Assert.Single(Directory.GetFiles(_lab.Root, "catalog.db.lost-*-wal"))));
    }

    [Fact]
    public void Rows_of_images_that_there_are_not_are_removed()
    {
        Image image = _lab.Create();
        using (Microsoft.Data.Sqlite.SqliteConnection connection = new($"Data Source={Catalog};Pooling=False;Foreign Keys=False"))
        {
            connection.Open();
            using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
            command.CommandText = "INSERT INTO image_tags (image, tag) VALUES ('x', 'y')";
            command.ExecuteNonQuery();
        }

        Assert.Contains("image_tags", _lab.Check()[0].Found, StringComparison.Ordinal);
        Assert.Equal("Renewed its indexes", _lab.Repair()[0].Done);
        Assert.Empty(_lab.Check());
        Assert.Equal(image.Name, _lab.Find(image.Id).Name);
    }

    [Fact]
    public void A_damaged_page_is_found_and_the_catalogue_kept_and_rebuilt()
    {
        Image image = _lab.Create();
        for (int at = 0; at < 60; at++)
            _lab.Write(writer => writer.PutSetting($"setting {at}", new string('x', 2000)));
        byte[] bytes = File.ReadAllBytes(Catalog);
        int page = bytes.AsSpan().LastIndexOf(System.Text.Encoding.ASCII.GetBytes("xxxxxxxxxxxx")) / 4096 * 4096;
        bytes.AsSpan(page, 200).Fill(0xA5);
        File.WriteAllBytes(Catalog, bytes);
        Assert.Equal(StoreFindingKind.CatalogDamaged, _lab.Check()[0].Kind);
        Assert.Contains("new catalogue", _lab.Repair()[0].Done, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Assert.Single(Directory.GetFiles(_lab.Root, "catalog.db.lost-*"))));
        Assert.Equal(image.HashValue, _lab.Find(image.Id).HashValue);
        Assert.Empty(_lab.Check());
    }

    [Fact]
    public void Without_its_catalogue_nothing_else_is_repaired()
    {
        Image image = _lab.Create();
        Break(null);
        StoreFinding[] others = [.. _lab.Check().Where(finding => finding.Kind != StoreFindingKind.CatalogMissing)];
        Assert.Throws<ServiceException>(() => StoreRepair.Run(_lab.Root, others, StoreLab.Recoveries, CancellationToken.None).ToArray()).AssertId(ErrorIds.CatalogMissing);
        Assert.True(File.Exists(_lab.Data(image)));
    }

    private void Break(string? content)
    {
        foreach (string file in Directory.GetFiles(_lab.Root, "catalog.db*"))
            File.Delete(file);
        if (content is not null)
            File.WriteAllText(Catalog, content);
    }
}
