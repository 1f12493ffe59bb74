using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single snapshots for the cmdlets.</summary>
internal static class CinderSnapshots
{
    /// <param name="connection">Null where there is no store, and so no snapshot.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SnapshotNotFound"/>.</exception>
    public static CinderSnapshot Get(OpenStackStorageConnection? connection, SnapshotId id) =>
        connection is null ? throw NotFound(id.ToString()) : new CinderSnapshot(connection.Volumes.GetSnapshot(id), connection);

    /// <summary>The one snapshot that a text names: an id, or a name. Nothing is guessed among several.</summary>
    /// <param name="connection">Null where there is no store, and so no snapshot.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.SnapshotNotFound"/>, <see cref="ErrorIds.SnapshotNameAmbiguous"/>.</exception>
    public static CinderSnapshot Find(OpenStackStorageConnection? connection, string name)
    {
        if (connection is null)
            throw NotFound(name);
        if (SnapshotId.TryParse(name, out SnapshotId id))
            return Get(connection, id);
        IReadOnlyList<VolumeSnapshot> found = connection.Volumes.ListSnapshots(new VolumeQuery { NamePatterns = [Wildcard.Escape(name)] });
        return new CinderSnapshot(found.Prefer(snapshot => snapshot.Name == name).Single(name, "snapshot", "snapshots", snapshot => snapshot.Id, NotFound, ErrorIds.SnapshotNameAmbiguous), connection);
    }

    public static ServiceException NotFound(string name) => new(ErrorIds.SnapshotNotFound, $"No snapshot is named '{name}'.") { Target = name };
}
