using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

// Names of tables and columns come from CatalogTable, never from who asks; values are always parameters.
internal sealed partial class CatalogSession
{
    public T? Find<T>(CatalogTable<T> table, string key)
        where T : class =>
        Query($"SELECT id, body FROM {table.Name} WHERE id = @id", reader => ReadRecord(table, reader), ("@id", key)).SingleOrDefault();

    public IReadOnlyList<T> List<T>(CatalogTable<T> table, params (string Column, object? Value)[] where)
        where T : class =>
        Query($"SELECT id, body FROM {table.Name}{Where(table, where)} ORDER BY rowid", reader => ReadRecord(table, reader), Parameters(where));

    public CatalogTotal Total<T>(CatalogTable<T> table, string? sum, params (string Column, object? Value)[] where)
        where T : class =>
        Query($"SELECT count(*), total({(sum is null ? "0" : Column(table, sum))}) FROM {table.Name}{Where(table, where)}",
            reader => new CatalogTotal(reader.GetInt64(0), checked((long)reader.GetDouble(1))), Parameters(where)).Single();

    public void Put<T>(CatalogTable<T> table, T record)
        where T : class
    {
        string[] columns = [.. table.Columns.Keys];
        string names = string.Concat(columns.Select(column => $", {column}"));
        string values = string.Concat(columns.Select(column => $", @{column}"));
        string sets = string.Concat(columns.Select(column => $", {column} = excluded.{column}"));
        Execute($"INSERT INTO {table.Name} (id, body{names}) VALUES (@id, @body{values}) ON CONFLICT (id) DO UPDATE SET body = excluded.body{sets}",
            [("@id", table.Key(record)), ("@body", CatalogTable<T>.Serialize(record)), .. columns.Select(column => ($"@{column}", table.Columns[column](record)))]);
    }

    public bool Remove<T>(CatalogTable<T> table, string key)
        where T : class =>
        Execute($"DELETE FROM {table.Name} WHERE id = @id", ("@id", key)) > 0;

    private static T ReadRecord<T>(CatalogTable<T> table, SqliteDataReader reader)
        where T : class => table.Deserialize(reader.GetString(0), reader.GetString(1));

    private static string Where<T>(CatalogTable<T> table, (string Column, object? Value)[] where)
        where T : class => where.Length == 0
            ? ""
            : " WHERE " + string.Join(" AND ", where.Select((condition, at) => $"{Column(table, condition.Column)} IS @w{at}"));

    private static string Column<T>(CatalogTable<T> table, string column)
        where T : class => table.Columns.ContainsKey(column)
            ? column
            : throw new ArgumentException($"The table '{table.Name}' has no column '{column}'.", nameof(column));

    private static (string, object?)[] Parameters((string Column, object? Value)[] where) =>
        [.. where.Select((condition, at) => ($"@w{at}", condition.Value))];
}
