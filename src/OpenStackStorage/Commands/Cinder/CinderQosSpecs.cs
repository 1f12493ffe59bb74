using OpenStackStorage.Binding;
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

    /// <summary>The QoS specs that a parameter means, as they are in the store now; null where it was not given.</summary>
    public static CinderQos? Of(NameOr<CinderQos>? qos, OpenStackStorageConnection? connection) =>
        qos?.Resolve(given => Find(connection, given.QosId.ToString()), name => Find(connection, name));

    public static ServiceException NotFound(string name) => new(ErrorIds.QosNotFound, $"No QoS specs are named '{name}'.") { Target = name };
}
