using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services.Tests;

/// <summary>Catalogues that older versions wrote.</summary>
public sealed class CatalogMigrationTests : CatalogTest, IDisposable
{
    // What the second step of the schema brought.
    private static readonly string[] Added = ["volume_attachments", "volume_snapshots", "volumes", "volume_types", "volume_qos", "volume_reservations", "backends"];

    private readonly TemporaryFolder _folder = new();
    private SqliteCatalog? _catalog;

    protected override ICatalog Catalog => _catalog!;

    private string File => _folder["catalog.db"];

    public void Dispose()
    {
        _catalog?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_catalogue_of_version_1_keeps_its_images_and_gains_the_tables_of_volumes()
    {
        Open();
        List<string> fresh = Schema();
        Image image = Sample(1, "old") with { Tags = ["t"], Properties = new Dictionary<string, string> { ["a"] = "b" } };
        Put(image);
        Put(Member(1, "two", ImageMemberStatus.Accepted));
        _catalog!.Write(writer =>
        {
            writer.PutSetting("quota/image_count_total", "5");
            return true;
        });
        MakeVersion1();
        Assert.Equal("1", Assert.Single(Ask("PRAGMA user_version")));
        Assert.DoesNotContain(Schema(), line => line.Contains("volume", StringComparison.Ordinal));

        Open();

        Assert.Equivalent(image, Get(image.Id), strict: true);
        Assert.Equal("two", Assert.Single(Catalog.Read(reader => reader.ListMembers(image.Id))).Member);
        Assert.Equal("5", Catalog.Read(reader => reader.FindSetting("quota/image_count_total")));
        Assert.Equal($"{CatalogSchema.Version}", Assert.Single(Ask("PRAGMA user_version")));
        Assert.Equal(fresh, Schema());
        Assert.Empty(Catalog.Read(reader => reader.List(VolumeTables.Volumes)));
        Assert.Empty(Catalog.Read(reader => reader.List(VolumeTables.Backends)));
    }

    [Fact]
    public void A_step_that_fails_leaves_the_version_that_there_was()
    {
        Open();
        Put(Sample(1));
        MakeVersion1();
        Ask("CREATE TABLE volume_qos (other TEXT)");

        Assert.Throws<ServiceException>(Open);

        Assert.Equal("1", Assert.Single(Ask("PRAGMA user_version")));
        Assert.Empty(Ask("SELECT name FROM sqlite_master WHERE name = 'volumes'"));
        Ask("DROP TABLE volume_qos");
        Open();
        Assert.NotNull(Get(IdOf(1)));
    }

    private void Open()
    {
        _catalog?.Dispose();
        _catalog = null;
        _catalog = SqliteCatalog.Open(File);
    }

    // The first step is as it was: what the later ones brought is taken away.
    private void MakeVersion1()
    {
        _catalog!.Dispose();
        foreach (string table in Added)
            Ask($"DROP TABLE {table}");
        Ask("PRAGMA user_version = 1");
    }

    private List<string> Schema() => Ask("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY name");

    private List<string> Ask(string sql)
    {
        using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
            rows.Add(reader.GetValue(0).ToString()!);
        return rows;
    }
}
