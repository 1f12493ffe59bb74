namespace OpenStackStorage.Services.Tests.Scheduling;

/// <summary>Pools and requests to change with <c>with</c>.</summary>
internal static class SchedulerSamples
{
    public const string SampleVolume = "4c9d1b4e-0a52-4f6f-8b0e-6b6a0b1f7d10";

    /// <summary>100 GiB, all of it free, thick.</summary>
    public static PoolState Pool(string name = "node1@file#pool", double total = 100, double? free = null) => new()
    {
        Name = name,
        TotalCapacityGiB = total,
        FreeCapacityGiB = free ?? total,
        ThickProvisioningSupport = true,
    };

    public static SchedulerRequest Request(long size = 20, params (string Key, string Value)[] extraSpecs) => new()
    {
        SizeGiB = size,
        ExtraSpecs = extraSpecs.ToDictionary(spec => spec.Key, spec => spec.Value),
    };

    public static SchedulerRequest Hint(string name, object? value) => Request() with { Hints = new Dictionary<string, object?> { [name] = value } };

    public static SchedulerDecision Choose(SchedulerOptions options, SchedulerRequest request, params PoolState[] pools) =>
        new VolumeScheduler(options).Choose(pools, request, new Random(1));
}
