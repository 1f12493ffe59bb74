namespace OpenStackStorage.Services;

/// <summary>What the volumes of an embedded store are made of.</summary>
public static class VolumeParts
{
    /// <summary>The name of the backend that a store sets up for itself.</summary>
    public const string FirstBackend = "default";

    /// <summary>The kinds of drivers.</summary>
    public static IReadOnlyList<IVolumeDriverFactory> Factories { get; } = [new FileVolumeDriverFactory()];

    public static VolumeServiceParts Of(EmbeddedStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new VolumeServiceParts(store.Catalog, store.CinderPolicy, store.Locks, Open, store.Images) { FirstBackend = () => AddFirst(store) };
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>: there is no such driver.</exception>
    public static IVolumeDriver Open(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return FactoryOf(backend).Open(backend);
    }

    /// <summary>
    /// Sets up the backend <c>default</c>, driver File, at <c>volumes</c> in the store's folder, so that the first volume needs no
    /// preparation. Two processes may do it at once.
    /// </summary>
    private static void AddFirst(EmbeddedStore store)
    {
        Backend backend = new()
        {
            Name = FirstBackend,
            Driver = "File",
            Host = Environment.MachineName,
            Options = new Dictionary<string, string> { ["path"] = Path.Combine(store.Path, StoreLayout.Volumes) },
            CreatedAt = TimeProvider.System.Now(),
        };
        IVolumeDriverFactory factory = FactoryOf(backend);
        backend = backend with { Options = factory.Validate(backend) };
        factory.Initialize(backend, store.Id);
        store.Catalog.Write(writer =>
        {
            if (writer.Total(VolumeTables.Backends, null).Count == 0)
                writer.Put(VolumeTables.Backends, backend);
            return true;
        });
    }

    private static IVolumeDriverFactory FactoryOf(Backend backend) => Factories.FirstOrDefault(factory => factory.Name == backend.Driver)
        ?? throw VolumeRules.Invalid("The driver", $"'{backend.Driver}'", $"one of {string.Join(", ", Factories.Select(factory => factory.Name))}");
}
