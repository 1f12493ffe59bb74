using OpenStackStorage.Hosting;
using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>An open store, and who uses it.</summary>
public sealed class OpenStackStorageConnection
{
    private readonly EmbeddedStore _store;
    private readonly StoreSession _session;

    internal OpenStackStorageConnection(EmbeddedStore store, Identity identity, StoreSession session)
    {
        _store = store;
        _session = session;
        Identity = identity;
    }

    /// <summary>Full path of the store's folder.</summary>
    public string Path => _store.Path;

    /// <summary>The store's id, which stays when the folder moves.</summary>
    public Guid StoreId => _store.Id;

    public string User => Identity.User;

    /// <summary>The project that owns what this user makes.</summary>
    public string Project => Identity.Project;

    public IReadOnlyList<string> Roles => Identity.Roles;

    /// <summary>True for the one that cmdlets use which name none.</summary>
    public bool Current => ReferenceEquals(_session.Current, this);

    /// <summary>False after Disconnect-OpenStackStorage.</summary>
    public bool Open => _session.Connections.Contains(this);

    internal Identity Identity { get; }

    /// <summary>The store behind it.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ConnectionClosed"/>.</exception>
    internal EmbeddedStore Store => Open
        ? _store
        : throw new StorageException(ErrorIds.ConnectionClosed, $"The connection to '{Path}' was closed.") { Target = Path };

    /// <summary>The store's images as this user may use them.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ConnectionClosed"/>.</exception>
    internal ImageService Images => Store.Images(Identity);

    /// <summary>The store's volumes as this user may use them.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ConnectionClosed"/>.</exception>
    internal IVolumeService Volumes => Store.Volumes(Identity);

    /// <summary>The store's volume types and QoS specs as this user may use them.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ConnectionClosed"/>.</exception>
    internal IVolumeTypeService VolumeTypes => Store.VolumeTypes(Identity);

    /// <summary>The store's backends as this user may use them.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ConnectionClosed"/>.</exception>
    internal IBackendService Backends => Store.Backends(Identity);

    /// <summary>A volume's name; null where it has none, or is gone.</summary>
    internal string? NameOf(VolumeId id)
    {
        try
        {
            return Volumes.Get(id).Name;
        }
        catch (ServiceException error) when (error.Id == ErrorIds.VolumeNotFound)
        {
            return null;
        }
    }

    internal void Close() => _store.Dispose();

    public override string ToString() => Path;
}
