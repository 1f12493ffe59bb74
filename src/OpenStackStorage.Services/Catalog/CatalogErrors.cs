using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace OpenStackStorage.Services;

/// <summary>SQLite's result codes as errors with a name. https://www.sqlite.org/rescode.html</summary>
internal static class CatalogErrors
{
    /// <summary>True for what passes when the others have done their work.</summary>
    public static bool IsBusy(int code) => (code & 0xFF) is SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL;

    public static ServiceException From(string path, SqliteException error) => From(path, error.SqliteErrorCode, error.Message, error);

    public static ServiceException From(string path, int code, string message, Exception? inner = null)
    {
        (ErrorId id, string what) = (code & 0xFF) switch
        {
            SQLITE_BUSY or SQLITE_LOCKED or SQLITE_PROTOCOL => (ErrorIds.CatalogBusy, "stayed locked by others"),
            SQLITE_CORRUPT or SQLITE_NOTADB => (ErrorIds.CatalogDamaged, "is damaged, or no catalogue"),
            SQLITE_FULL => (ErrorIds.InsufficientSpace, "can not grow: the disk or quota is full"),
            SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM or SQLITE_AUTH => (ErrorIds.AccessDenied, "can not be opened for writing"),
            SQLITE_IOERR => (ErrorIds.WriteFailed, "can not be read or written"),
            _ => (ErrorIds.CatalogFailed, "refuses the statement"),
        };
        return new ServiceException(id, $"The catalogue '{path}' {what}: {message}", inner) { Target = path, Found = message };
    }
}
