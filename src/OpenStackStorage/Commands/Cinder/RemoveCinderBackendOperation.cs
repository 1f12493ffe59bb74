using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The backend to take away.</summary>
public sealed record RemoveCinderBackendRequest(CinderBackend Backend);

/// <summary>Takes a backend away. Says what goes with it, and what it leaves.</summary>
public static class RemoveCinderBackendOperation
{
    public static void Run(RemoveCinderBackendRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        CinderBackend backend = request.Backend;
        IBackendService backends = backend.Connection.Backends;
        IReadOnlyList<Volume> cached = backends.PlanRemoval(backend.Name);
        string lost = cached.Count == 0 ? "" : $", and its {cached.Count} cached images of {cached.Sum(entry => entry.SizeGiB)} GiB";
        if (!host.ShouldProcess(backend.Name, $"Take away the backend{lost}"))
            return;
        foreach (string left in backends.Remove(backend.Name))
            host.WriteWarning($"Backend '{backend.Name}' was taken away; left where it was: {left}");
    }
}
