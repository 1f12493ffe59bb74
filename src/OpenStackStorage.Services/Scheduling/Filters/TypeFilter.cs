namespace OpenStackStorage.Services;

/// <summary>
/// A type is a backend. Not one of Cinder's filters: products that make one volume type per storage use it instead of the
/// capabilities filter. A type names its backend by the extra spec <c>volume_backend_name</c>, with operators as there, and without
/// one by its own name.
/// </summary>
public sealed class TypeFilter : IPoolFilter
{
    private static readonly string[] _key = ["volume_backend_name"];

    public string Name => nameof(TypeFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        if (request.VolumeTypeName is not { } type)
            return PoolVerdict.Pass("no type was asked for");
        string? requirement = request.ExtraSpecs.GetValueOrDefault("volume_backend_name")
            ?? request.ExtraSpecs.GetValueOrDefault("capabilities:volume_backend_name");
        return requirement is null
            ? new(type == pool.VolumeBackendName, $"type '{type}' is the backend of that name, this is '{pool.VolumeBackendName}'")
            : new(CapabilitiesFilter.Refusal(pool.AllCapabilities(), _key, requirement) is null,
                $"type '{type}' asks for backend '{requirement}', this is '{pool.VolumeBackendName}'");
    }
}
