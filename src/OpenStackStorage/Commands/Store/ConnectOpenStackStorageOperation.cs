using OpenStackStorage.Hosting;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which store to open, as whom. Null stands for the default.</summary>
public sealed record ConnectOpenStackStorageRequest(string? Path = null, string? Project = null, string? User = null, IReadOnlyList<string>? Roles = null);

/// <summary>Opens a store, or makes one.</summary>
public static class ConnectOpenStackStorageOperation
{
    public static void Run(ConnectOpenStackStorageRequest request, StoreSession session, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        string path = request.Path is { } typed ? host.ResolveNewPath(typed) : EmbeddedStore.DefaultPath();
        if (!EmbeddedStore.Exists(path) && !host.ShouldProcess(path, "Create a store"))
            return;
        Identity identity = StoreSession.DefaultIdentity;
        host.WriteObject(session.Connect(path, new Identity(
            request.User ?? identity.User, request.Project ?? identity.Project, request.Roles ?? identity.Roles), host));
    }
}
