using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OpenStackStorage.Services;

/// <summary>
/// The catalogue in one SQLite file in WAL mode: readers never wait, and writers wait for one another.
/// https://www.sqlite.org/wal.html. WAL needs shared memory, so the file must lie on a local disk.
/// </summary>
public sealed partial class SqliteCatalog : ICatalog
{
    // The transaction alone reads nothing yet: the state is fixed by its first look at the file.
    private const string BeginRead = "BEGIN; SELECT 1 FROM settings LIMIT 1";

    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private readonly string _path;
    private readonly string _connectionString;
    private readonly TimeSpan _patience;

    // SQLite's lock is fair to nobody; this one at least orders the threads of this process.
    private readonly SemaphoreSlim _writer = new(1);
    private volatile bool _disposed;

    private SqliteCatalog(string path, TimeSpan patience)
    {
        _path = path;
        _patience = patience;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            ForeignKeys = true,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)patience.TotalSeconds),
        }.ToString();
    }

    /// <summary>Opens a catalogue; a new or empty file becomes one.</summary>
    /// <param name="path">The full path of the file. Its folder exists.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.CatalogDamaged"/>, <see cref="ErrorIds.CatalogBusy"/>,
    /// <see cref="ErrorIds.SqliteMissing"/>, <see cref="ErrorIds.AccessDenied"/>.
    /// </exception>
    public static SqliteCatalog Open(string path) => Open(path, TimeSpan.FromMinutes(1));

    /// <param name="patience">How long a transaction waits for others before it gives up.</param>
    internal static SqliteCatalog Open(string path, TimeSpan patience)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SystemSqlite.Use();
        SqliteCatalog catalog = new(path, patience);
        try
        {
            catalog.Run("BEGIN IMMEDIATE", connection =>
            {
                CatalogSchema.Apply(connection);
                return true;
            });
            return catalog;
        }
        catch
        {
            catalog.Dispose();
            throw;
        }
    }

    public T Read<T>(Func<ICatalogReader, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Run(BeginRead, connection => query(new CatalogSession(connection)));
    }

    public T Write<T>(Func<ICatalogWriter, T> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (!_writer.Wait(_patience))
            throw Failure(raw.SQLITE_BUSY, "another thread of this process is writing");
        try
        {
            return Run("BEGIN IMMEDIATE", connection => change(new CatalogSession(connection)));
        }
        finally
        {
            _writer.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out SqliteConnection? connection))
            connection.Dispose();
    }

    private T Run<T>(string begin, Func<SqliteConnection, T> body, string end = "COMMIT")
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SqliteConnection? connection = null;
        try
        {
            connection = _idle.TryTake(out SqliteConnection? idle) ? idle : Connect();
            Execute(connection, begin);
            T result = body(connection);
            Execute(connection, end);
            return result;
        }
        catch (SqliteException error)
        {
            throw CatalogErrors.From(_path, error);
        }
        finally
        {
            if (connection is not null)
                GiveBack(connection);
        }
    }

    private SqliteConnection Connect()
    {
        SqliteConnection connection = new(_connectionString);
        try
        {
            connection.Open();
            // FULL: what a commit says is on the disk, and stays there when the power fails.
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement again while others are in its way, with pauses that grow and differ.</summary>
    private void Execute(SqliteConnection connection, string sql)
    {
        long start = Stopwatch.GetTimestamp();
        for (int pause = 2; ; pause = Math.Min(pause * 2, 64))
        {
            int code = raw.sqlite3_exec(connection.Handle, sql);
            if (code == raw.SQLITE_OK)
                return;
            string message = raw.sqlite3_errmsg(connection.Handle).utf8_to_string();
            // Half of "BEGIN; SELECT" may have been done.
            if (sql != "COMMIT" && !IsEnded(connection))
                raw.sqlite3_exec(connection.Handle, "ROLLBACK");
            if (!CatalogErrors.IsBusy(code) || Stopwatch.GetElapsedTime(start) > _patience)
                throw Failure(code, message);
            Thread.Sleep(Random.Shared.Next(1, pause + 1));
        }
    }

    private void GiveBack(SqliteConnection connection)
    {
        if (!IsEnded(connection))
            raw.sqlite3_exec(connection.Handle, "ROLLBACK");
        if (!IsEnded(connection))
        {
            connection.Dispose();
            return;
        }

        _idle.Add(connection);
        // Dispose may have emptied the bag a moment ago.
        if (_disposed)
            Dispose();
    }

    private static bool IsEnded(SqliteConnection connection) => raw.sqlite3_get_autocommit(connection.Handle) != 0;

    private ServiceException Failure(int code, string message) => CatalogErrors.From(_path, code, message);
}
