namespace OpenStackStorage.Services;

/// <summary>What an embedded volume service is made of.</summary>
/// <param name="Drivers">The driver of a backend. It may be asked often.</param>
/// <param name="Images">Images as the same identity may use them: a volume is made of what its user may read.</param>
public sealed record VolumeServiceParts(
    ICatalog Catalog, PolicyRules Policy, OperationLocks Locks, Func<Backend, IVolumeDriver> Drivers, Func<Identity, IImageService> Images)
{
    /// <summary>The zone of volumes that name none: <c>storage_availability_zone</c>.</summary>
    public const string DefaultZone = "nova";

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>
    /// Sets up a backend where none ever was, before the first volume is made. Null where there is no such backend; then a volume needs one.
    /// </summary>
    public Action? FirstBackend { get; init; }

    /// <summary>How long an action waits for another one on the same volume, as Cinder's drivers wait for the volume's lock.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The driver of the backend that holds a volume.</summary>
    /// <param name="host"><c>host@backend#pool</c>.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendNotFound"/>.</exception>
    internal IVolumeDriver DriverOf(ICatalogReader catalog, string host) => Drivers(BackendOf(catalog, host));

    internal static Backend BackendOf(ICatalogReader catalog, string host)
    {
        string name = VolumeHost.BackendOf(host);
        return catalog.Find(VolumeTables.Backends, name)
            ?? throw new ServiceException(ErrorIds.BackendNotFound, $"There is no backend '{name}'.") { Target = name };
    }
}

/// <summary>Where a volume lies, as Cinder writes it: <c>host@backend#pool</c> (<c>volume_utils.extract_host</c>).</summary>
internal static class VolumeHost
{
    public static string Of(Backend backend, string pool) => $"{backend.Host}@{backend.Name}#{pool}";

    public static string BackendOf(string host)
    {
        string rest = host[(host.IndexOf('@', StringComparison.Ordinal) + 1)..];
        int end = rest.IndexOf('#', StringComparison.Ordinal);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>True where a place is that of a name: a backend's, a pool's, <c>host@backend</c> or all of it.</summary>
    public static bool Matches(string? host, string name) =>
        host is not null && (host == name || BackendOf(host) == name || host.EndsWith("#" + name, StringComparison.Ordinal)
            || host.StartsWith(name + "#", StringComparison.Ordinal));
}
