using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Finds single backends for the cmdlets, and changes them.</summary>
internal static class CinderBackends
{
    /// <param name="connection">Null where there is no store, and so no backend.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendNotFound"/>.</exception>
    public static CinderBackend Find(OpenStackStorageConnection? connection, string name) =>
        connection is null ? throw NotFound(name) : new CinderBackend(connection.Backends.GetState(name), connection);

    public static ServiceException NotFound(string name) => new(ErrorIds.BackendNotFound, $"There is no backend '{name}'.") { Target = name };

    /// <summary>Changes a backend, and outputs it as it is then where that is wanted.</summary>
    public static void Change(OpenStackStorageConnection connection, string name, string action, Func<IBackendService, Backend> change, bool passThru, ICmdletHost host)
    {
        IBackendService backends = connection.Backends;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IBackendService, Backend>(backends, backends.DryRun(), name, action, change)
            {
                Output = passThru ? changed => Find(connection, changed.Name) : null,
            },
            host);
    }
}
