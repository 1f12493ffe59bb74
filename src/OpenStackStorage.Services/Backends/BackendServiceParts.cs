namespace OpenStackStorage.Services;

/// <summary>What an embedded backend service is made of.</summary>
/// <param name="Policy">Cinder's.</param>
/// <param name="Store">The id of the store that backends are marked with.</param>
/// <param name="Factories">One for each kind of driver.</param>
/// <param name="Cache">The image cache as an identity may use it.</param>
public sealed record BackendServiceParts(
    ICatalog Catalog, PolicyRules Policy, Guid Store, IReadOnlyList<IVolumeDriverFactory> Factories, Func<Identity, IImageCache> Cache)
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The node that this process runs on.</summary>
    public string Host { get; init; } = Environment.MachineName;

    internal IVolumeDriver Open(Backend backend) => FactoryOf(backend).Open(backend);

    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>: there is no such driver.</exception>
    internal IVolumeDriverFactory FactoryOf(Backend backend) => Factories.FirstOrDefault(factory => factory.Name == backend.Driver)
        ?? throw VolumeRules.Invalid("The driver", $"'{backend.Driver}'", $"one of {string.Join(", ", Factories.Select(factory => factory.Name))}");
}
