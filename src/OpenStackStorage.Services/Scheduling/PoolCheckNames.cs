namespace OpenStackStorage.Services;

/// <summary>The filters and weighers that options can name.</summary>
internal static class PoolCheckNames
{
    /// <exception cref="ServiceException"><see cref="ErrorIds.SchedulerOptionsInvalid"/>.</exception>
    public static IReadOnlyList<IPoolFilter> Filters(SchedulerOptions options)
    {
        IPoolFilter[] known =
        [
            new AvailabilityZoneFilter(), new CapacityFilter(), new CapabilitiesFilter(), new TypeFilter(), new DriverFilter(),
            new InstanceLocalityFilter(), new SameBackendFilter(), new DifferentBackendFilter(), new JsonFilter(),
            new IgnoreAttemptedHostsFilter(options.MaxAttempts),
        ];
        return Choose("scheduler_default_filters", "Filter", options.Filters, known, filter => filter.Name);
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.SchedulerOptionsInvalid"/>.</exception>
    public static IReadOnlyList<IPoolWeigher> Weighers(SchedulerOptions options)
    {
        IPoolWeigher[] known =
        [
            new CapacityWeigher(options.CapacityWeightMultiplier), new AllocatedCapacityWeigher(options.AllocatedCapacityWeightMultiplier),
            new VolumeNumberWeigher(options.VolumeNumberMultiplier), new GoodnessWeigher(), new ChanceWeigher(),
        ];
        return Choose("scheduler_default_weighers", "Weigher", options.Weighers, known, weigher => weigher.Name);
    }

    public static ServiceException Invalid(string option, string found, string expected) => new(ErrorIds.SchedulerOptionsInvalid,
        $"{option} can not be {found}: {expected}.")
    {
        Target = option,
        Found = found,
        Expected = expected,
    };

    private static List<T> Choose<T>(string option, string ending, IReadOnlyList<string> names, T[] known, Func<T, string> nameOf)
        where T : class
    {
        List<T> chosen = [];
        foreach (string name in names)
        {
            T? one = Array.Find(known, one => nameOf(one).Equals(name, StringComparison.OrdinalIgnoreCase)
                || nameOf(one).Equals(name + ending, StringComparison.OrdinalIgnoreCase));
            chosen.Add(one ?? throw Invalid(option, $"'{name}'", $"there are {string.Join(", ", known.Select(nameOf))}"));
        }

        return chosen;
    }
}
