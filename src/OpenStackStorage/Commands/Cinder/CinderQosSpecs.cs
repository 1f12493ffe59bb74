using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single QoS specs for the cmdlets.</summary>
internal static class CinderQosSpecs
{
    /// <param name="connection">Null where there is no store, and so none.</param>
    /// <param name="nameOrId">A name, or an id.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.QosNotFound"/>.</exception>
    public static CinderQos Find(OpenStackStorageConnection? connection, string nameOrId) =>
        connection is null ? throw NotFound(nameOrId) : new CinderQos(connection.VolumeTypes.GetQos(nameOrId), connection);

    public static ServiceException NotFound(string name) => new(ErrorIds.QosNotFound, $"No QoS specs are named '{name}'.") { Target = name };
}
