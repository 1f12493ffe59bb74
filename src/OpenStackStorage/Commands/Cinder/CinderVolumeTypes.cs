using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single volume types for the cmdlets.</summary>
internal static class CinderVolumeTypes
{
    /// <param name="connection">Null where there is no store, and so none.</param>
    /// <param name="nameOrId">A name, or an id.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.VolumeTypeNotFound"/>.</exception>
    public static CinderVolumeType Find(OpenStackStorageConnection? connection, string nameOrId) =>
        connection is null ? throw NotFound(nameOrId) : new CinderVolumeType(connection.VolumeTypes.GetType(nameOrId), connection);

    public static ServiceException NotFound(string name) => new(ErrorIds.VolumeTypeNotFound, $"No volume type is named '{name}'.") { Target = name };
}
