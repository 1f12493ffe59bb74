namespace OpenStackStorage.Services;

/// <summary>What the volumes of an embedded store are made of.</summary>
public static class VolumeParts
{
    /// <summary>The name of the backend that a store sets up for itself.</summary>
    public const string FirstBackend = "default";

    /// <summary>
    /// Cinder's default filters and weighers, and those that ask what backends and hints say: a store has no cinder.conf to name
    /// them in, and where nothing is said they pass every pool and weigh all alike.
    /// </summary>
    private static SchedulerOptions Scheduler { get; } = new()
    {
        Filters =
        [
            .. new SchedulerOptions().Filters, nameof(DriverFilter), nameof(DifferentBackendFilter), nameof(SameBackendFilter), nameof(InstanceLocalityFilter), nameof(JsonFilter),
        ],
        Weighers = [.. new SchedulerOptions().Weighers, nameof(GoodnessWeigher)],
    };

    public static VolumeServiceParts Of(EmbeddedStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new VolumeServiceParts(store.Catalog, store.CinderPolicy, store.Locks, BackendsOf(store).Open, store.Images)
        {
            FirstBackend = () => AddFirst(store),
            Scheduler = Scheduler,
        };
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
