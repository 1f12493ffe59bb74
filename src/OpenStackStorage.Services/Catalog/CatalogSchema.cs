using Microsoft.Data.Sqlite;

namespace OpenStackStorage.Services;

/// <summary>
/// The catalogue's tables, by version: <c>user_version</c> counts the steps that a file has gone through, and
/// <c>application_id</c> tells it from other databases. A released step never changes; what is new is a further step.
/// Times are microseconds since 1970 in UTC, ids are UUIDs in lower case, enumerations are Glance's words.
/// </summary>
internal static class CatalogSchema
{
    /// <summary>"OSSC" in ASCII.</summary>
    public const int ApplicationId = 0x4F535343;

    // Children stand without rowid in the order in which a page of images reads them.
    private const string Images = """
        CREATE TABLE images (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT,
            folded_name TEXT,
            status TEXT NOT NULL,
            visibility TEXT NOT NULL,
            disk_format TEXT,
            container_format TEXT,
            size INTEGER,
            virtual_size INTEGER,
            checksum TEXT,
            hash_algorithm TEXT,
            hash_value TEXT,
            owner TEXT NOT NULL,
            min_disk INTEGER NOT NULL,
            min_ram INTEGER NOT NULL,
            protected INTEGER NOT NULL,
            hidden INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            deleted_at INTEGER,
            last_error TEXT);
        CREATE INDEX images_created ON images (created_at, id);
        CREATE INDEX images_name ON images (name, created_at, id);
        CREATE INDEX images_owner ON images (owner, status, size);
        CREATE INDEX images_checksum ON images (checksum);
        CREATE INDEX images_hash_value ON images (hash_value);
        CREATE TABLE image_tags (
            image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
            tag TEXT NOT NULL,
            PRIMARY KEY (image, tag)) WITHOUT ROWID;
        CREATE INDEX image_tags_tag ON image_tags (tag, image);
        CREATE TABLE image_properties (
            image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (image, name)) WITHOUT ROWID;
        CREATE INDEX image_properties_name ON image_properties (name, value, image);
        CREATE TABLE image_locations (
            image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            store TEXT NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (image, position)) WITHOUT ROWID;
        CREATE TABLE image_members (
            image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
            member TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (image, member)) WITHOUT ROWID;
        CREATE INDEX image_members_member ON image_members (member, image);
        CREATE TABLE settings (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE operations (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL,
            started_at INTEGER NOT NULL) WITHOUT ROWID;
        """;

    // Records as CatalogTable keeps them: the columns are what VolumeTables finds and sums by. Rowids tell their order.
    private const string Volumes = """
        CREATE TABLE volumes (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            project TEXT NOT NULL,
            name TEXT,
            status TEXT NOT NULL,
            type TEXT,
            host TEXT,
            image TEXT,
            source TEXT,
            size INTEGER NOT NULL,
            cached INTEGER NOT NULL);
        CREATE INDEX volumes_project ON volumes (project, type, size);
        CREATE INDEX volumes_host ON volumes (host, size);
        CREATE INDEX volumes_name ON volumes (name);
        CREATE INDEX volumes_source ON volumes (source);
        CREATE INDEX volumes_cached ON volumes (cached, host, image);
        CREATE TABLE volume_snapshots (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            project TEXT NOT NULL,
            name TEXT,
            volume TEXT NOT NULL REFERENCES volumes (id),
            type TEXT,
            size INTEGER NOT NULL);
        CREATE INDEX volume_snapshots_volume ON volume_snapshots (volume);
        CREATE INDEX volume_snapshots_project ON volume_snapshots (project, type, size);
        CREATE INDEX volume_snapshots_name ON volume_snapshots (name);
        CREATE TABLE volume_attachments (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            project TEXT NOT NULL,
            volume TEXT NOT NULL REFERENCES volumes (id));
        CREATE INDEX volume_attachments_volume ON volume_attachments (volume);
        CREATE TABLE volume_types (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            name TEXT NOT NULL UNIQUE,
            qos TEXT);
        CREATE TABLE volume_qos (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            name TEXT NOT NULL UNIQUE);
        CREATE TABLE volume_reservations (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL,
            project TEXT NOT NULL);
        CREATE INDEX volume_reservations_project ON volume_reservations (project);
        CREATE TABLE backends (
            id TEXT NOT NULL PRIMARY KEY,
            body TEXT NOT NULL);
        """;

    private static readonly IReadOnlyList<string> Steps = [Images, Volumes];

    /// <summary>The version that this module writes.</summary>
    public static int Version => Steps.Count;

    /// <summary>Takes a file through the steps that it lacks. Runs inside a transaction that keeps others from writing.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.CatalogDamaged"/>.</exception>
    public static void Apply(SqliteConnection connection)
    {
        string path = connection.DataSource;
        long application = Number(connection, "PRAGMA application_id");
        long version = Number(connection, "PRAGMA user_version");
        bool isEmpty = Number(connection, "SELECT count(*) FROM sqlite_master") == 0;
        if (application != ApplicationId && !isEmpty)
        {
            throw new ServiceException(ErrorIds.CatalogDamaged,
                $"'{path}' is a SQLite database, but no catalogue: its application id is {application}, not {ApplicationId}.")
            {
                Target = path,
            };
        }

        if (version > Version)
        {
            throw new ServiceException(ErrorIds.StoreTooNew,
                $"The catalogue '{path}' has version {version}; this module knows version {Version} and those before.")
            {
                Target = path,
                Found = $"version {version}",
                Expected = $"at most version {Version}",
            };
        }

        for (int step = (int)version; step < Version; step++)
            Execute(connection, Steps[step]);
        if (version < Version)
            Execute(connection, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
