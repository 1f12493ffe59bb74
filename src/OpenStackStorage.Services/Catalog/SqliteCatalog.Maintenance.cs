using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

// What checks, repairs and exports ask of the file itself.
public sealed partial class SqliteCatalog
{
    private const string NoImages = " has rows of images that there are not";

    // Tables whose rows belong to an image.
    private static readonly string[] Children = ["image_tags", "image_properties", "image_locations", "image_members"];

    /// <summary>All images, deleted ones too, and all operations, of one moment.</summary>
    internal CatalogContent ReadContent() => Run(BeginRead, connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT {ImageRows.Columns} FROM images i ORDER BY i.id";
        return new CatalogContent(new ImageRows(connection).Read(command), new CatalogSession(connection).ListOperations());
    });

    internal IReadOnlyList<(string Name, string Value)> ReadSettings() => Run(BeginRead, connection =>
        Texts(connection, "SELECT name FROM settings ORDER BY name").Select(name => (name, new CatalogSession(connection).FindSetting(name)!)).ToArray());

    /// <summary>SQLite's integrity_check in its own words, and rows of images that there are not; empty where all is well.</summary>
    internal IReadOnlyList<string> FindDamage() => Run(BeginRead, FindDamage);

    /// <summary>
    /// Renews indexes that lack rows and removes rows of images that there are not. Any other damage is left as it is: to work
    /// on pages that can't be read would lose what they hold.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.CatalogDamaged"/>: nothing was changed.</exception>
    internal void Mend() => Run("BEGIN IMMEDIATE", connection =>
    {
        if (FindDamage(connection).FirstOrDefault(line => !IsMendable(line)) is { } other)
            throw new ServiceException(ErrorIds.CatalogDamaged, $"The catalogue '{_path}' can not be mended: {other}") { Target = _path, Found = other };
        Texts(connection, "REINDEX");
        foreach (string table in Children)
            Texts(connection, $"DELETE FROM {table} WHERE image NOT IN (SELECT id FROM images)");
        return FindDamage(connection) is [string damage, ..]
            ? throw new ServiceException(ErrorIds.CatalogDamaged, $"The catalogue '{_path}' can not be mended: {damage}") { Target = _path, Found = damage }
            : true;
    });

    /// <summary>Brings all into the one file and leaves the mode that has more, so that the file can be moved alone once it is closed.</summary>
    internal void Checkpoint() => Run("PRAGMA journal_mode = DELETE", connection => true, end: "SELECT 1");

    /// <summary>Writes one consistent state to a new file, while others go on: https://www.sqlite.org/lang_vacuum.html#vacuuminto.</summary>
    internal void CopyTo(string path) => Run("SELECT 1", connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO @path";
        command.Parameters.AddWithValue("@path", path);
        return command.ExecuteNonQuery();
    }, end: "SELECT 1");

    // The words of integrity_check for rows and indexes that disagree, and our own.
    private static bool IsMendable(string line) =>
        line.Contains(" missing from index ", StringComparison.Ordinal) || line.StartsWith("wrong # of entries in index ", StringComparison.Ordinal) || line.EndsWith(NoImages, StringComparison.Ordinal);

    private static IReadOnlyList<string> FindDamage(SqliteConnection connection)
    {
        string[] integrity = [.. Texts(connection, "PRAGMA integrity_check(100)").Where(line => line != "ok")];
        return integrity.Length > 0 ? integrity
            : [.. Texts(connection, $"SELECT \"table\" || '{NoImages}' FROM pragma_foreign_key_check GROUP BY \"table\"")];
    }

    private static List<string> Texts(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> texts = [];
        while (reader.Read())
            texts.Add(reader.GetString(0));
        return texts;
    }
}
