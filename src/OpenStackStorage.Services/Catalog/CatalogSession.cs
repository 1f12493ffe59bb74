using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

/// <summary>What one transaction asks and changes, apart from images.</summary>
internal sealed partial class CatalogSession(SqliteConnection connection) : ICatalogWriter
{
    private const string MemberColumns = "SELECT image, member, status, created_at, updated_at FROM image_members";

    public ImageMember? FindMember(ImageId image, string member) =>
        Query($"{MemberColumns} WHERE image = @image AND member = @member", ReadMember, ("@image", image.ToString()), ("@member", member))
            .SingleOrDefault();

    public IReadOnlyList<ImageMember> ListMembers(ImageId image) =>
        Query($"{MemberColumns} WHERE image = @image ORDER BY created_at, member", ReadMember, ("@image", image.ToString()));

    public void PutMember(ImageMember member)
    {
        if (FindImage(member.Image) is null)
            throw NoImage(member.Image);
        Execute("""
            INSERT INTO image_members (image, member, status, created_at, updated_at) VALUES (@image, @member, @status, @created, @updated)
            ON CONFLICT (image, member) DO UPDATE SET status = excluded.status, created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            ("@image", member.Image.ToString()), ("@member", member.Member), ("@status", ImageWords.Of(member.Status)),
            ("@created", CatalogTime.ToNumber(member.CreatedAt)), ("@updated", CatalogTime.ToNumber(member.UpdatedAt)));
    }

    public bool RemoveMember(ImageId image, string member) =>
        Execute("DELETE FROM image_members WHERE image = @image AND member = @member", ("@image", image.ToString()), ("@member", member)) > 0;

    public string? FindSetting(string name) =>
        Query("SELECT value FROM settings WHERE name = @name", reader => reader.GetString(0), ("@name", name)).SingleOrDefault();

    public void PutSetting(string name, string? value)
    {
        if (value is null)
            Execute("DELETE FROM settings WHERE name = @name", ("@name", name));
        else
            Execute("INSERT INTO settings (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", ("@name", name), ("@value", value));
    }

    public IReadOnlyList<CatalogOperation> ListOperations() =>
        Query("SELECT id, kind, subject, detail, started_at FROM operations ORDER BY started_at, id", reader => new CatalogOperation(
            Guid.ParseExact(reader.GetString(0), "D"), reader.GetString(1), reader.GetString(2), reader.GetString(3),
            CatalogTime.FromNumber(reader.GetInt64(4))));

    public void PutOperation(CatalogOperation operation) =>
        Execute("""
            INSERT INTO operations (id, kind, subject, detail, started_at) VALUES (@id, @kind, @subject, @detail, @started)
            ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, subject = excluded.subject, detail = excluded.detail, started_at = excluded.started_at
            """,
            ("@id", operation.Id.ToString("D")), ("@kind", operation.Kind), ("@subject", operation.Subject), ("@detail", operation.Detail),
            ("@started", CatalogTime.ToNumber(operation.StartedAt)));

    public void RemoveOperation(Guid id) => Execute("DELETE FROM operations WHERE id = @id", ("@id", id.ToString("D")));

    private static ImageMember ReadMember(SqliteDataReader reader) => new(
        new ImageId(Guid.ParseExact(reader.GetString(0), "D")), reader.GetString(1), ImageWords.Find<ImageMemberStatus>(reader.GetString(2)) ?? default,
        CatalogTime.FromNumber(reader.GetInt64(3)), CatalogTime.FromNumber(reader.GetInt64(4)));

    private SqliteCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private int Execute(string sql, params (string Name, object? Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params (string Name, object? Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }
}
