using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single volumes for the cmdlets.</summary>
internal static class CinderVolumes
{
    /// <param name="connection">Null where there is no store, and so no volume.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeNotFound"/>.</exception>
    public static CinderVolume Get(OpenStackStorageConnection? connection, VolumeId id) =>
        connection is null ? throw NotFound(id.ToString()) : new CinderVolume(connection.Volumes.Get(id), connection);

    /// <summary>
    /// The one volume that a text names: an id, or a name. Nothing is guessed among several. A name in another case is taken
    /// where none has it exactly. Admins' names mean their own project's volumes first.
    /// </summary>
    /// <param name="connection">Null where there is no store, and so no volume.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeNotFound"/>, <see cref="ErrorIds.VolumeNameAmbiguous"/>.</exception>
    public static CinderVolume Find(OpenStackStorageConnection? connection, string name)
    {
        if (connection is null)
            throw NotFound(name);
        if (VolumeId.TryParse(name, out VolumeId id))
            return Get(connection, id);
        IReadOnlyList<Volume> found = connection.Volumes.List(new VolumeQuery { NamePatterns = [Wildcard.Escape(name)] });
        return new CinderVolume(found.Prefer(volume => volume.Name == name).Single(name, "volume", "volumes", volume => volume.Id, NotFound, ErrorIds.VolumeNameAmbiguous), connection);
    }

    /// <summary>The volume that a parameter means, as it is in the store now.</summary>
    /// <param name="named">The connection that was named; else an object's own, and for a name that of the session.</param>
    public static CinderVolume Of(NameOr<CinderVolume> volume, OpenStackStorageConnection? named, Func<OpenStackStorageConnection?> existing) =>
        volume.Resolve(given => Get(named ?? given.Connection, given.Id), name => Find(existing(), name));

    public static ServiceException NotFound(string name) => new(ErrorIds.VolumeNotFound, $"No volume is named '{name}'.") { Target = name };
}
