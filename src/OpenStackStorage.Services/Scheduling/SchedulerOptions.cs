namespace OpenStackStorage.Services;

/// <summary>How the pools that pass are put in order. Cinder's <c>scheduler_weight_handler</c>.</summary>
public enum WeightHandler
{
    /// <summary>By weight, the largest first; equal ones as they came.</summary>
    Ordered,

    /// <summary>By lot: each pool's chance is its share of the sum of weights, which are not normalised.</summary>
    Stochastic,
}

/// <summary>The scheduler's options, with Cinder's defaults: <c>scheduler/host_manager.py</c>, <c>scheduler/driver.py</c>, <c>scheduler/weights</c>.</summary>
public sealed record SchedulerOptions
{
    /// <summary><c>scheduler_default_filters</c>, in the order in which they are asked. The ending <c>Filter</c> may be left out.</summary>
    public IReadOnlyList<string> Filters { get; init; } = ["AvailabilityZoneFilter", "CapacityFilter", "CapabilitiesFilter"];

    /// <summary><c>scheduler_default_weighers</c>. The ending <c>Weigher</c> may be left out.</summary>
    public IReadOnlyList<string> Weighers { get; init; } = ["CapacityWeigher"];

    public WeightHandler WeightHandler { get; init; }

    /// <summary><c>capacity_weight_multiplier</c>: negative numbers stack instead of spreading.</summary>
    public double CapacityWeightMultiplier { get; init; } = 1;

    /// <summary><c>allocated_capacity_weight_multiplier</c>: positive numbers stack.</summary>
    public double AllocatedCapacityWeightMultiplier { get; init; } = -1;

    /// <summary><c>volume_number_multiplier</c>: positive numbers stack.</summary>
    public double VolumeNumberMultiplier { get; init; } = -1;

    /// <summary><c>scheduler_max_attempts</c>, at least 1. With 1 a failed request is never tried elsewhere.</summary>
    public int MaxAttempts { get; init; } = 3;
}
