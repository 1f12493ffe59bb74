namespace OpenStackStorage.Services.Tests;

/// <summary>Backends whose places keep no data.</summary>
public abstract class BackendLab : VolumeCatalogTest
{
    private protected readonly StubDriverFactory Factory = new();

    private protected BackendLab() => ImageCache = new StubImageCache(Catalog);

    private protected StubImageCache ImageCache { get; }

    protected BackendService Admin => As("p0", "admin");

    protected BackendService As(string project, string role, string policy = "") => new(Parts(policy), new("u", project, [role]));

    protected static Backend Backend(string name) => new()
    {
        Name = name,
        Driver = "Stub",
        Host = "node",
        Options = new Dictionary<string, string> { ["path"] = name },
        CreatedAt = Now,
    };

    protected Volume PutOn(string backend, Volume volume) => Put(volume with { Host = $"node@{backend}#pool" });

    private BackendServiceParts Parts(string policy) =>
        new(Catalog, PolicyRules.Cinder.With(policy, "policy.yaml"), Guid.Parse("00000000-0000-0000-0000-000000000001"), [Factory], _ => ImageCache) { Host = "node" };
}
