namespace OpenStackStorage.Services;

/// <summary>What an embedded image service is made of.</summary>
/// <param name="Stores">At least one; the first takes data whose store is not named.</param>
public sealed record ImageServiceParts(ICatalog Catalog, IReadOnlyList<IImageStore> Stores, PolicyRules Policy, OperationLocks Locks)
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Images that one transaction of a list reads: Glance's <c>api_limit_max</c>.</summary>
    internal int PageSize { get; init; } = 1000;
}

internal static class ImageServiceExtensions
{
    /// <summary>Glance's times have whole microseconds.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>: there is no such store.</exception>
    public static IImageStore Find(this IReadOnlyList<IImageStore> stores, string name)
    {
        string all = string.Join(", ", stores.Select(store => store.Name));
        return stores.FirstOrDefault(store => store.Name == name)
            ?? throw new ServiceException(ErrorIds.ParameterInvalid, $"There is no store '{name}'. The stores are: {all}.")
            {
                Target = name,
                Found = name,
                Expected = all,
            };
    }
}
