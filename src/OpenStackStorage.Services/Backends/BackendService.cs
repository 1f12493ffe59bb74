namespace OpenStackStorage.Services;

/// <summary>
/// Backends in a catalogue, as one identity may use them. Cinder sets them up in <c>cinder.conf</c> and has no rules for that: changes
/// need the rule for hosts, enabling and disabling that for services.
/// </summary>
public sealed partial class BackendService : IBackendService
{
    private const string ChangeRule = "volume_extension:hosts";

    private const string LookRule = "volume_extension:services:index";

    // Stays when the last backend goes: a store sets up its own one once.
    private const string SetUp = "volumes/backends_set_up";

    private readonly BackendServiceParts _parts;
    private readonly ICatalog _catalog;
    private readonly VolumeAccess _access;
    private readonly BackendPools _pools;
    private readonly IImageCache _cache;
    private readonly Identity _identity;
    private readonly bool _isDry;

    public BackendService(BackendServiceParts parts, Identity identity)
        : this(parts, identity, isDry: false)
    {
    }

    private BackendService(BackendServiceParts parts, Identity identity, bool isDry)
    {
        ArgumentNullException.ThrowIfNull(parts);
        _parts = parts;
        _catalog = isDry ? new DryCatalog(parts.Catalog) : parts.Catalog;
        _access = new VolumeAccess(parts.Policy, identity);
        _pools = new BackendPools(parts.Open);
        _cache = parts.Cache(identity);
        _identity = identity;
        _isDry = isDry;
    }

    public IBackendService DryRun() => new BackendService(_parts, _identity, isDry: true);

    public Backend Add(Backend backend)
    {
        _access.Require(ChangeRule);
        BackendRules.Check(backend);
        IVolumeDriverFactory factory = _parts.FactoryOf(backend);
        Backend next = Switched(backend) with { Options = factory.Validate(backend), CreatedAt = _parts.Clock.Now() };
        if (_catalog.Read(reader => reader.Find(VolumeTables.Backends, next.Name)) is not null)
            throw Taken(next.Name);
        if (_isDry)
            return next;
        factory.Initialize(next, _parts.Store);
        Backend? other = null;
        try
        {
            _catalog.Write(writer =>
            {
                other = writer.Find(VolumeTables.Backends, next.Name);
                if (other is not null)
                    throw Taken(next.Name);
                Put(writer, next);
                return true;
            });
            return next;
        }
        catch
        {
            // Who was first with the same name in the same place has the same mark.
            if (other is null || !IsSamePlace(factory, other, next))
                factory.Release(next, _parts.Store);
            throw;
        }
    }

    /// <summary>Adds a backend that is prepared.</summary>
    internal static void Put(ICatalogWriter writer, Backend backend)
    {
        writer.Put(VolumeTables.Backends, backend);
        writer.PutSetting(SetUp, "true");
    }

    /// <summary>As if there had never been one.</summary>
    internal static void Forget(ICatalogWriter writer)
    {
        foreach (Backend backend in writer.List(VolumeTables.Backends))
            writer.Remove(VolumeTables.Backends, backend.Name);
        writer.PutSetting(SetUp, null);
    }

    /// <summary>True where there is no backend and never was.</summary>
    internal static bool HasNeverBeenSetUp(ICatalogReader reader) =>
        reader.FindSetting(SetUp) is null && reader.Total(VolumeTables.Backends, null).Count == 0;

    public Backend Get(string name)
    {
        _access.Require(LookRule);
        return Find(name);
    }

    public IReadOnlyList<Backend> List()
    {
        _access.Require(LookRule);
        return _catalog.Read(reader => reader.List(VolumeTables.Backends));
    }

    public Backend Update(Backend backend)
    {
        _access.Require("volume_extension:services:update");
        BackendRules.Check(backend);
        return _catalog.Write(writer =>
        {
            Backend found = writer.Find(VolumeTables.Backends, backend.Name) ?? throw Missing(backend.Name);
            RequireSame("The driver", found.Driver, backend.Driver);
            IVolumeDriverFactory factory = _parts.FactoryOf(found);
            Backend next = Switched(backend) with { Options = factory.Validate(backend), CreatedAt = found.CreatedAt };
            Backend switched = found with { Enabled = next.Enabled, DisabledReason = next.DisabledReason };
            if (!IsSame(next, switched))
                _access.Require(ChangeRule);
            RequireSame("The host", found.Host, next.Host);
            foreach (string option in factory.FixedOptions)
                RequireSame($"The option '{option}'", found.Options.GetValueOrDefault(option), next.Options.GetValueOrDefault(option));
            writer.Put(VolumeTables.Backends, next);
            return next;
        });
    }

    public IReadOnlyList<Volume> PlanRemoval(string name)
    {
        _access.Require(ChangeRule);
        return _catalog.Read(reader => RequireNoVolumes(reader, reader.Find(VolumeTables.Backends, name) ?? throw Missing(name)));
    }

    public IReadOnlyList<string> Remove(string name)
    {
        IReadOnlyList<Volume> entries = PlanRemoval(name);
        if (_isDry)
            return [];
        foreach (Volume entry in entries)
            RemoveEntry(entry);
        Backend backend = _catalog.Write(writer =>
        {
            // A volume may have come meanwhile; an entry of a backend that is gone goes without its data.
            Backend found = writer.Find(VolumeTables.Backends, name) ?? throw Missing(name);
            foreach (Volume entry in RequireNoVolumes(writer, found))
                writer.Remove(VolumeTables.Volumes, entry.Id.ToString());
            writer.Remove(VolumeTables.Backends, name);
            return found;
        });
        try
        {
            return _parts.FactoryOf(backend).Release(backend, _parts.Store);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.BackendUnavailable)
        {
            return [$"all of it: {error.Message}"];
        }
    }

    private void RemoveEntry(Volume entry)
    {
        try
        {
            _cache.Remove(entry.Id);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.BackendUnavailable || error.Id == ErrorIds.VolumeNotFound)
        {
            // The place is gone, or another process was faster.
        }
    }

    private Backend Find(string name) => _catalog.Read(reader => reader.Find(VolumeTables.Backends, name)) ?? throw Missing(name);

    /// <summary>The cached images of a backend, where nothing else is in it.</summary>
    private static IReadOnlyList<Volume> RequireNoVolumes(ICatalogReader catalog, Backend backend)
    {
        const int Shown = 10;
        ILookup<bool, Volume> volumes = VolumesOf(catalog, backend).ToLookup(volume => volume.Cached is null);
        int count = volumes[true].Count();
        if (count == 0)
            return [.. volumes[false]];
        string ids = string.Join(", ", volumes[true].Take(Shown).Select(volume => volume.Id));
        throw new ServiceException(ErrorIds.BackendInUse, $"Backend '{backend.Name}' holds {count} volumes: {ids}{(count > Shown ? " ..." : "")}.")
        {
            Target = backend.Name,
            Found = $"{count} volumes",
            Expected = "none",
        };
    }

    private static IEnumerable<Volume> VolumesOf(ICatalogReader catalog, Backend backend) =>
        catalog.List(VolumeTables.Volumes).Where(volume => volume.Host is { } host && VolumeHost.BackendOf(host) == backend.Name);

    // cinder/api/contrib/services.py: to enable one clears the reason.
    private static Backend Switched(Backend backend) => backend.Enabled ? backend with { DisabledReason = null } : backend;

    // Records compare their dictionaries by reference.
    private static bool IsSame(Backend one, Backend other) => CatalogTable<Backend>.Serialize(one) == CatalogTable<Backend>.Serialize(other);

    private static bool IsSamePlace(IVolumeDriverFactory factory, Backend one, Backend other) =>
        one.Driver == other.Driver && factory.FixedOptions.All(option => one.Options.GetValueOrDefault(option) == other.Options.GetValueOrDefault(option));

    private static void RequireSame(string name, string? found, string? next)
    {
        if (found != next)
            throw VolumeRules.Invalid(name, $"'{next}'", $"'{found}', which can't change; add another backend and move the volumes");
    }

    private static ServiceException Taken(string name) => new(ErrorIds.BackendConflict, $"Backend '{name}' already exists.") { Target = name };

    private static ServiceException Missing(string name) => new(ErrorIds.BackendNotFound, $"There is no backend '{name}'.") { Target = name };
}
