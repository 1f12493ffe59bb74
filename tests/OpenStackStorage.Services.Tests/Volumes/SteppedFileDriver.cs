namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>The driver File, which says each of its steps before it takes it.</summary>
internal sealed class SteppedFileDriver : IVolumeDriverFactory
{
    private readonly FileVolumeDriverFactory _factory = new();

    /// <summary>What is done before each step; it may throw.</summary>
    public Action<string> Step { get; set; } = _ => { };

    public string Name => _factory.Name;

    public IReadOnlyDictionary<string, string> Validate(Backend backend) => _factory.Validate(backend);

    public void Initialize(Backend backend, Guid store) => _factory.Initialize(backend, store);

    public IReadOnlyList<string> Release(Backend backend, Guid store) => _factory.Release(backend, store);

    public IVolumeDriver Open(Backend backend) => new FileVolumeDriver(backend, FileBackendOptions.Parse(backend, root: null), step => Step(step));
}
