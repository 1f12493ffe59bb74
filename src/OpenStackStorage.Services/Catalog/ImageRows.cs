using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

/// <summary>Images from rows: the images of a page first, then all that belongs to them, each kind in one query for many images.</summary>
internal sealed class ImageRows(SqliteConnection connection)
{
    /// <summary>What <see cref="Read"/> expects of a row.</summary>
    public const string Columns = """
        i.id, i.name, i.status, i.visibility, i.disk_format, i.container_format, i.size, i.virtual_size, i.checksum,
        i.hash_algorithm, i.hash_value, i.owner, i.min_disk, i.min_ram, i.protected, i.hidden, i.created_at, i.updated_at,
        i.deleted_at, i.last_error
        """;

    // Below the 999 parameters that SQLite takes before 3.32.
    private const int Batch = 500;

    private readonly Dictionary<string, List<string>> _tags = [];
    private readonly Dictionary<string, Dictionary<string, string>> _properties = [];
    private readonly Dictionary<string, List<ImageLocation>> _locations = [];

    /// <summary>The images of a query, complete, in its order.</summary>
    public IReadOnlyList<Image> Read(SqliteCommand command)
    {
        List<Image> bare = [];
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
                bare.Add(ReadRow(reader));
        }

        foreach (Image[] batch in bare.Chunk(Batch))
            ReadChildren(batch);
        return [.. bare.Select(Complete)];
    }

    private static Image ReadRow(SqliteDataReader reader) => new()
    {
        Id = new ImageId(Guid.ParseExact(reader.GetString(0), "D")),
        Name = Text(reader, 1),
        Status = Word<ImageStatus>(reader, 2)!.Value,
        Visibility = Word<ImageVisibility>(reader, 3)!.Value,
        DiskFormat = Word<ImageDiskFormat>(reader, 4),
        ContainerFormat = Word<ImageContainerFormat>(reader, 5),
        Size = Number(reader, 6),
        VirtualSize = Number(reader, 7),
        Checksum = Text(reader, 8),
        HashAlgorithm = Text(reader, 9),
        HashValue = Text(reader, 10),
        Owner = reader.GetString(11),
        MinDisk = reader.GetInt32(12),
        MinRam = reader.GetInt32(13),
        Protected = reader.GetBoolean(14),
        Hidden = reader.GetBoolean(15),
        CreatedAt = CatalogTime.FromNumber(reader.GetInt64(16)),
        UpdatedAt = CatalogTime.FromNumber(reader.GetInt64(17)),
        DeletedAt = Number(reader, 18) is { } deleted ? CatalogTime.FromNumber(deleted) : null,
        LastError = Text(reader, 19),
    };

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static long? Number(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    private static T? Word<T>(SqliteDataReader reader, int column)
        where T : struct, Enum
    {
        if (reader.IsDBNull(column))
            return null;
        string word = reader.GetString(column);
        return ImageWords.Find<T>(word)
            ?? throw new ServiceException(ErrorIds.CatalogDamaged, $"The catalogue says '{word}', which is no {typeof(T).Name}.") { Found = word };
    }

    private Image Complete(Image image)
    {
        string id = image.Id.ToString();
        return image with
        {
            Tags = _tags.GetValueOrDefault(id) ?? image.Tags,
            Properties = _properties.GetValueOrDefault(id) ?? image.Properties,
            Locations = _locations.GetValueOrDefault(id) ?? image.Locations,
        };
    }

    private void ReadChildren(Image[] images)
    {
        using SqliteCommand command = connection.CreateCommand();
        string[] names = [.. images.Select((_, at) => $"@i{at}")];
        for (int at = 0; at < images.Length; at++)
            command.Parameters.AddWithValue(names[at], images[at].Id.ToString());
        string which = $"WHERE image IN ({string.Join(", ", names)})";

        // By key, thus by ordinal: SQLite compares text byte by byte in UTF-8.
        ReadEach(command, $"SELECT image, tag FROM image_tags {which} ORDER BY image, tag",
            reader => Of(_tags, reader).Add(reader.GetString(1)));
        ReadEach(command, $"SELECT image, name, value FROM image_properties {which} ORDER BY image, name",
            reader => Of(_properties, reader).Add(reader.GetString(1), reader.GetString(2)));
        ReadEach(command, $"SELECT image, store, key FROM image_locations {which} ORDER BY image, position",
            reader => Of(_locations, reader).Add(new ImageLocation(reader.GetString(1), reader.GetString(2))));
    }

    private static T Of<T>(Dictionary<string, T> all, SqliteDataReader reader)
        where T : new()
    {
        string id = reader.GetString(0);
        if (!all.TryGetValue(id, out T? one))
            all.Add(id, one = new T());
        return one;
    }

    private static void ReadEach(SqliteCommand command, string sql, Action<SqliteDataReader> row)
    {
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            row(reader);
    }
}
