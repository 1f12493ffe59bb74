using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services.Tests;

public sealed class SqliteCatalogConformanceTests : CatalogConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteCatalog _catalog;

    public SqliteCatalogConformanceTests() => _catalog = SqliteCatalog.Open(_folder["catalog.db"]);

    protected override ICatalog Catalog => _catalog;

    public void Dispose()
    {
        _catalog.Dispose();
        _folder.Dispose();
    }
}

public sealed class SqliteImageQueryTests : ImageQueryConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteCatalog _catalog;

    public SqliteImageQueryTests() => _catalog = SqliteCatalog.Open(_folder["catalog.db"]);

    protected override ICatalog Catalog => _catalog;

    public void Dispose()
    {
        _catalog.Dispose();
        _folder.Dispose();
    }
}

public sealed class SqliteRecordTests : CatalogRecordConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteCatalog _catalog;

    public SqliteRecordTests() => _catalog = SqliteCatalog.Open(_folder["catalog.db"]);

    protected override ICatalog Catalog => _catalog;

    public void Dispose()
    {
        _catalog.Dispose();
        _folder.Dispose();
    }
}

/// <summary>What is SQLite's own: the file, other processes, the library.</summary>
public sealed class SqliteCatalogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["catalog.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_there_after_the_next_opening()
    {
        using (SqliteCatalog catalog = SqliteCatalog.Open(File))
            Set(catalog, "a", "b");
        using SqliteCatalog again = SqliteCatalog.Open(File);
        Assert.Equal("b", again.Read(reader => reader.FindSetting("a")));
    }

    [Fact]
    public void The_file_is_in_WAL_mode_and_says_what_it_is()
    {
        using SqliteCatalog catalog = SqliteCatalog.Open(File);
        Assert.Equal("wal", Ask("PRAGMA journal_mode"));
        Assert.Equal((long)CatalogSchema.ApplicationId, Ask("PRAGMA application_id"));
        Assert.Equal((long)CatalogSchema.Version, Ask("PRAGMA user_version"));
    }

    [Fact]
    public void A_newer_schema_is_refused_and_left_alone()
    {
        SqliteCatalog.Open(File).Dispose();
        Ask($"PRAGMA user_version = {CatalogSchema.Version + 1}");
        ServiceException error = Assert.Throws<ServiceException>(() => SqliteCatalog.Open(File));
        Assert.Equal(ErrorIds.StoreTooNew, error.Id);
        Assert.Equal(File, error.Target);
        Assert.Equal(CatalogSchema.Version + 1L, Ask("PRAGMA user_version"));
    }

    [Fact]
    public void A_file_that_is_no_database_is_named()
    {
        System.IO.File.WriteAllText(File, new string('x', 8192));
        ServiceException error = Assert.Throws<ServiceException>(() => SqliteCatalog.Open(File));
        Assert.Equal(ErrorIds.CatalogDamaged, error.Id);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_others_is_named_and_left_alone()
    {
        Ask("CREATE TABLE theirs (a)");
        Assert.Equal(ErrorIds.CatalogDamaged, Assert.Throws<ServiceException>(() => SqliteCatalog.Open(File)).Id);
        Assert.Equal(1L, Ask("SELECT count(*) FROM sqlite_master"));
    }

    [Fact]
    public void A_damaged_page_is_named()
    {
        using (SqliteCatalog catalog = SqliteCatalog.Open(File))
            Set(catalog, "a", "b");
        long page = (long)Ask("SELECT rootpage FROM sqlite_master WHERE name = 'settings'")!;
        using (FileStream stream = new(File, FileMode.Open))
        {
            stream.Position = (page - 1) * (long)Ask("PRAGMA page_size")!;
            stream.Write(Enumerable.Repeat((byte)0xFF, 512).ToArray());
        }

        ServiceException error = Assert.Throws<ServiceException>(() =>
        {
            using SqliteCatalog catalog = SqliteCatalog.Open(File);
            catalog.Read(reader => reader.FindSetting("a"));
        });
        Assert.Equal(ErrorIds.CatalogDamaged, error.Id);
    }

    [Fact]
    public void A_catalogue_that_stays_locked_is_named()
    {
        using SqliteCatalog first = SqliteCatalog.Open(File);
        using SqliteCatalog second = SqliteCatalog.Open(File, TimeSpan.FromMilliseconds(50));
        first.Write(change =>
        {
            // It has read alone so far, and keeps others from writing all the same.
            Assert.Null(change.FindSetting("c"));
            Assert.Equal(ErrorIds.CatalogBusy, Assert.Throws<ServiceException>(() => Set(second, "c", "d")).Id);
            change.PutSetting("a", "b");
            Assert.Null(second.Read(reader => reader.FindSetting("a")));
            return true;
        });
        Set(second, "c", "d");
    }

    [Fact]
    public void A_missing_library_is_named()
    {
        ServiceException error = Assert.Throws<ServiceException>(() => SystemSqlite.LoadFirst(["libnosuchsqlite.so.0"]));
        Assert.Equal(ErrorIds.SqliteMissing, error.Id);
        Assert.Contains("libnosuchsqlite.so.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_processes_and_threads_that_create_and_change_at_once_lose_no_update()
    {
        Process[] others = [WorkerProcess.Start("count", File, "100"), WorkerProcess.Start("count", File, "100")];
        using SqliteCatalog catalog = SqliteCatalog.Open(File);
        Parallel.For(0, 4, _ =>
        {
            for (int turn = 0; turn < 25; turn++)
            {
                catalog.Write(change =>
                {
                    int count = int.Parse(change.FindSetting("count") ?? "0", CultureInfo.InvariantCulture);
                    change.PutSetting("count", (count + 1).ToString(CultureInfo.InvariantCulture));
                    return true;
                });
            }
        });
        Array.ForEach(others, WorkerProcess.Finish);
        Assert.Equal("300", catalog.Read(reader => reader.FindSetting("count")));
    }

    [Fact]
    public void A_process_that_is_killed_inside_a_change_leaves_nothing_of_it()
    {
        using SqliteCatalog catalog = SqliteCatalog.Open(File);
        Set(catalog, "count", "1");
        using Process other = WorkerProcess.Start("hang", File);
        Assert.Equal("inside", other.StandardOutput.ReadLine());
        other.Kill();
        other.WaitForExit();
        Assert.Equal("1", catalog.Read(reader => reader.FindSetting("count")));
        Set(catalog, "count", "2");
    }

    private static void Set(SqliteCatalog catalog, string name, string value) => catalog.Write(change =>
    {
        change.PutSetting(name, value);
        return true;
    });

    /// <summary>Asks the file itself, past the catalogue.</summary>
    private object? Ask(string sql)
    {
        SystemSqlite.Use();
        using SqliteConnection connection = new($"Data Source={File};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
