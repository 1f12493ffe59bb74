using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The connections of one PowerShell session. Each runspace has its own.</summary>
public sealed class StoreSession
{
    private static readonly ConditionalWeakTable<Runspace, StoreSession> Sessions = [];

    private readonly List<OpenStackStorageConnection> _connections = [];

    /// <summary>Who uses a store when nothing else is said: this user with all rights, as befits a folder of one's own.</summary>
    public static Identity DefaultIdentity => new(Environment.UserName, "default", ["admin"]);

    /// <summary>The connections that are open now, the oldest first.</summary>
    public IReadOnlyList<OpenStackStorageConnection> Connections => [.. _connections];

    /// <summary>The one that cmdlets use which name none; null before the first and after it was closed.</summary>
    public OpenStackStorageConnection? Current { get; private set; }

    /// <summary>What ends or undoes the operations of processes that died.</summary>
    internal static IReadOnlyList<IOperationRecovery> Recoveries { get; } = [.. ImageRecovery.Of(store => store.ImageStores), .. VolumeRecovery.Of(VolumeParts.Of)];

    /// <summary>The session of the pipeline that runs on this thread.</summary>
    internal static StoreSession OfPipeline() => Sessions.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>Opens a store; from here on it is the current one.</summary>
    /// <param name="path">The full path of its folder.</param>
    public OpenStackStorageConnection Connect(string path, Identity identity, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        EmbeddedStore store = EmbeddedStore.Open(path, Recoveries);
        foreach ((CatalogOperation operation, StorageException? error) in store.Recovered)
        {
            string what = $"{operation.Kind} of {operation.Subject}, which a process left when it died";
            if (error is null)
                host.WriteVerbose($"Cleaned up after {what}.");
            else
                host.WriteWarning($"Can't clean up after {what}: {error.Message}");
        }

        OpenStackStorageConnection connection = new(store, identity, this);
        _connections.Add(connection);
        Current = connection;
        return connection;
    }

    /// <summary>The connection that was named, or the current one, or one to the default folder.</summary>
    public OpenStackStorageConnection Use(OpenStackStorageConnection? named, ICmdletHost host) =>
        named ?? Current ?? Connect(EmbeddedStore.DefaultPath(), DefaultIdentity, host);

    /// <summary>As <see cref="Use"/>, but null where that would make a store in the default folder.</summary>
    public OpenStackStorageConnection? Find(OpenStackStorageConnection? named, ICmdletHost host) =>
        named is null && Current is null && !EmbeddedStore.Exists(EmbeddedStore.DefaultPath()) ? null : Use(named, host);

    /// <summary>Closes a connection of this session. One that is closed stays so.</summary>
    public void Disconnect(OpenStackStorageConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!_connections.Remove(connection))
            return;
        if (ReferenceEquals(Current, connection))
            Current = null;
        connection.Close();
    }
}
