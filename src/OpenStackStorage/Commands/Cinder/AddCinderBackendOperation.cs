using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The backend to set up.</summary>
public sealed record AddCinderBackendRequest(OpenStackStorageConnection Connection, Backend Backend);

/// <summary>Sets a backend up, and outputs it.</summary>
public static class AddCinderBackendOperation
{
    public static void Run(AddCinderBackendRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        Backend backend = request.Backend;
        string options = string.Join(", ", backend.Options.OrderBy(option => option.Key, StringComparer.Ordinal).Select(option => $"{option.Key} {option.Value}"));
        CinderBackends.Change(
            request.Connection, backend.Name, $"Set up a backend of driver {backend.Driver}{(options.Length > 0 ? $" with {options}" : "")}", backends => backends.Add(backend), passThru: true, host);
    }
}
