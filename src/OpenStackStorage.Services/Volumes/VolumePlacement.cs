namespace OpenStackStorage.Services;

/// <summary>Chooses the pool for a volume.</summary>
internal sealed class VolumePlacement(VolumeServiceParts parts)
{
    /// <param name="attempted">Pools in which it has failed already.</param>
    /// <returns>The pool, as <c>host@backend#pool</c>, and its zone.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorIds.NoValidBackend"/>.</exception>
    public (string Host, string Zone) Choose(ICatalogReader catalog, VolumePlan plan, IReadOnlyList<string> attempted)
    {
        foreach (Backend backend in catalog.List(VolumeTables.Backends).Where(one => one.Enabled))
        {
            foreach (DriverPool pool in parts.Drivers(backend).GetPools())
            {
                string host = VolumeHost.Of(backend, pool.Name);
                if (!attempted.Contains(host) && (plan.RequiredBackend is null || VolumeHost.Matches(host, plan.RequiredBackend)) && (plan.Zone ?? backend.AvailabilityZone) == backend.AvailabilityZone)
                    return (host, backend.AvailabilityZone);
            }
        }

        throw new ServiceException(ErrorIds.NoValidBackend, "No valid backend was found.");
    }
}
