namespace OpenStackStorage.Services.Tests.Backends;

/// <summary>What other tests rely on does what drivers do.</summary>
public sealed class MemoryVolumeDriverTests : VolumeDriverConformance
{
    private readonly MemoryVolumeDriver _driver = new();

    protected override IVolumeDriver Open() => _driver;
}
