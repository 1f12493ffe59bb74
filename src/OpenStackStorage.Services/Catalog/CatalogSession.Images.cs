using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

internal sealed partial class CatalogSession
{
    // Glance's quotas leave these out: _image_get_disk_usage_by_owner and its neighbours in glance/db/sqlalchemy/api.py.
    private const string Usage = """
        SELECT count(*),
            coalesce(sum(size * (SELECT count(*) FROM image_locations l WHERE l.image = images.id)), 0),
            coalesce(sum(status IN ('saving', 'uploading', 'importing')), 0)
        FROM images WHERE owner = @owner AND status NOT IN ('killed', 'pending_delete', 'deleted')
        """;

    private const string PutImageRow = """
        INSERT INTO images (id, name, folded_name, status, visibility, disk_format, container_format, size, virtual_size, checksum,
            hash_algorithm, hash_value, owner, min_disk, min_ram, protected, hidden, created_at, updated_at, deleted_at, last_error)
        VALUES (@id, @name, @folded, @status, @visibility, @disk, @container, @size, @virtual, @checksum,
            @algorithm, @hash, @owner, @minDisk, @minRam, @protected, @hidden, @created, @updated, @deleted, @error)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, folded_name = excluded.folded_name, status = excluded.status, visibility = excluded.visibility,
            disk_format = excluded.disk_format, container_format = excluded.container_format, size = excluded.size,
            virtual_size = excluded.virtual_size, checksum = excluded.checksum, hash_algorithm = excluded.hash_algorithm,
            hash_value = excluded.hash_value, owner = excluded.owner, min_disk = excluded.min_disk, min_ram = excluded.min_ram,
            protected = excluded.protected, hidden = excluded.hidden, created_at = excluded.created_at,
            updated_at = excluded.updated_at, deleted_at = excluded.deleted_at, last_error = excluded.last_error
        """;

    public Image? FindImage(ImageId id)
    {
        using SqliteCommand command = Command($"SELECT {ImageRows.Columns} FROM images i WHERE i.id = @id", [("@id", id.ToString())]);
        return new ImageRows(connection).Read(command).SingleOrDefault();
    }

    public IReadOnlyList<Image> ListImages(ImageQuery query, Identity viewer, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        IReadOnlyList<ImageOrder> order = ImageOrder.Of(query.Sort);
        using SqliteCommand command = connection.CreateCommand();
        ImageFilterSql filter = new(command.Parameters);
        filter.Add(query);
        filter.AddVisibility(query, viewer);
        if (query.Marker is { } marker)
            filter.AddPlace(order, PlaceOf(marker, order, viewer));
        string columns = string.Join(", ", order.Select(key => $"{key.Column} {(key.Descending ? "DESC" : "ASC")}"));
        command.CommandText = $"SELECT {ImageRows.Columns} FROM images i {filter} ORDER BY {columns} LIMIT {filter.Value(limit)}";
        return new ImageRows(connection).Read(command);
    }

    public ImageUsage GetImageUsage(string project) =>
        Query(Usage, reader => new ImageUsage(project, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)), ("@owner", project)).Single();

    public void PutImage(Image image)
    {
        string id = image.Id.ToString();
        Execute(PutImageRow,
            ("@id", id), ("@name", image.Name), ("@folded", image.Name is null ? null : Wildcards.Fold(image.Name)),
            ("@status", ImageWords.Of(image.Status)), ("@visibility", ImageWords.Of(image.Visibility)),
            ("@disk", image.DiskFormat is { } disk ? ImageWords.Of(disk) : null),
            ("@container", image.ContainerFormat is { } container ? ImageWords.Of(container) : null),
            ("@size", image.Size), ("@virtual", image.VirtualSize), ("@checksum", image.Checksum),
            ("@algorithm", image.HashAlgorithm), ("@hash", image.HashValue), ("@owner", image.Owner),
            ("@minDisk", image.MinDisk), ("@minRam", image.MinRam), ("@protected", image.Protected), ("@hidden", image.Hidden),
            ("@created", CatalogTime.ToNumber(image.CreatedAt)), ("@updated", CatalogTime.ToNumber(image.UpdatedAt)),
            ("@deleted", image.DeletedAt is { } deleted ? CatalogTime.ToNumber(deleted) : null), ("@error", image.LastError));

        Execute("DELETE FROM image_tags WHERE image = @id", ("@id", id));
        Execute("DELETE FROM image_properties WHERE image = @id", ("@id", id));
        Execute("DELETE FROM image_locations WHERE image = @id", ("@id", id));
        foreach (string tag in image.Tags)
            Execute("INSERT INTO image_tags (image, tag) VALUES (@id, @tag)", ("@id", id), ("@tag", tag));
        foreach ((string name, string value) in image.Properties)
            Execute("INSERT INTO image_properties (image, name, value) VALUES (@id, @name, @value)", ("@id", id), ("@name", name), ("@value", value));
        foreach ((int position, ImageLocation location) in image.Locations.Index())
        {
            Execute("INSERT INTO image_locations (image, position, store, key) VALUES (@id, @position, @store, @key)",
                ("@id", id), ("@position", position), ("@store", location.Store), ("@key", location.Key));
        }
    }

    public void RemoveImage(ImageId id) => Execute("DELETE FROM images WHERE id = @id", ("@id", id.ToString()));

    private static ServiceException NoImage(ImageId id) =>
        new(ErrorIds.ImageNotFound, $"There is no image {id}, or it is not visible.") { Target = id.ToString() };

    /// <summary>The marker's values in the order. It may have been deleted since its page was read.</summary>
    private object?[] PlaceOf(ImageId marker, IReadOnlyList<ImageOrder> order, Identity viewer)
    {
        using SqliteCommand command = connection.CreateCommand();
        ImageFilterSql filter = new(command.Parameters);
        string visible = viewer.IsAdmin ? "TRUE" : filter.VisibleTo(viewer, "");
        command.CommandText =
            $"SELECT {string.Join(", ", order.Select(key => key.Column))} FROM images i WHERE i.id = {filter.Value(marker.ToString())} AND {visible}";
        using SqliteDataReader reader = command.ExecuteReader();
        if (!reader.Read())
            throw NoImage(marker);
        return [.. Enumerable.Range(0, order.Count).Select(at => reader.IsDBNull(at) ? null : reader.GetValue(at))];
    }
}
