namespace OpenStackStorage.Services;

/// <summary>
/// The pool's service is in a zone that was asked for. <c>filters/availability_zone_filter.py</c>, with the zones that
/// <c>volume/flows/api/create_volume.py</c> and <c>volume/api.py</c> put into the request: only a creation and a retype ask for any.
/// </summary>
public sealed class AvailabilityZoneFilter : IPoolFilter
{
    public string Name => nameof(AvailabilityZoneFilter);

    public PoolVerdict Passes(PoolState pool, SchedulerRequest request)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(request);
        string[] zones = Zones(request);
        if (zones.Length == 0)
            return PoolVerdict.Pass("any availability zone will do");
        string asked = string.Join(" or ", zones.Select(zone => $"'{zone}'"));
        return new(zones.Contains(pool.AvailabilityZone), $"in zone '{pool.AvailabilityZone}', asked for {asked}");
    }

    private static string[] Zones(SchedulerRequest request)
    {
        if (request.Operation is not (SchedulerOperation.Create or SchedulerOperation.Retype))
            return [];
        string[] ofVolume = request.AvailabilityZone is { Length: > 0 } zone ? [zone] : [];
        if (!request.ExtraSpecs.TryGetValue("RESKEY:availability_zones", out string? list))
            return ofVolume;
        string[] ofType = [.. list.Split(',').Where(name => name.Length > 0).Select(name => name.Trim())];
        // A new type's zones hold for a retype, whatever the volume's. A creation's zone is narrower than its type's.
        return request.Operation == SchedulerOperation.Create && ofVolume.Length > 0 ? ofVolume : ofType;
    }
}
