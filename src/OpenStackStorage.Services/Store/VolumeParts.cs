namespace OpenStackStorage.Services;

/// <summary>What the volumes of an embedded store are made of.</summary>
public static class VolumeParts
{
    /// <summary>The name of the backend that a store sets up for itself.</summary>
    public const string FirstBackend = "default";

    public static VolumeServiceParts Of(EmbeddedStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new VolumeServiceParts(store.Catalog, store.CinderPolicy, store.Locks, BackendsOf(store).Open, store.Images) { FirstBackend = () => AddFirst(store) };
    }

    public static BackendServiceParts BackendsOf(EmbeddedStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new BackendServiceParts(store.Catalog, store.CinderPolicy, store.Id, [new FileVolumeDriverFactory(store.Path)], identity => new ImageCache(Of(store), identity));
    }

    /// <summary>
    /// Sets up the backend <c>default</c>, driver File, at <c>volumes</c> in the store's folder, so that the first volume needs no
    /// preparation. Two processes may do it at once.
    /// </summary>
    private static void AddFirst(EmbeddedStore store)
    {
        BackendServiceParts parts = BackendsOf(store);
        Backend backend = new()
        {
            Name = FirstBackend,
            Driver = "File",
            Host = parts.Host,
            Options = new Dictionary<string, string> { ["path"] = StoreLayout.Volumes },
            CreatedAt = parts.Clock.Now(),
        };
        IVolumeDriverFactory factory = parts.FactoryOf(backend);
        backend = backend with { Options = factory.Validate(backend) };
        factory.Initialize(backend, store.Id);
        store.Catalog.Write(writer =>
        {
            if (BackendService.HasNeverBeenSetUp(writer))
                BackendService.Put(writer, backend);
            return true;
        });
    }
}
