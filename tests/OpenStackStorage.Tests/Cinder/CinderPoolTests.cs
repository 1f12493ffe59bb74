using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderPoolTests : CinderTest
{
    [Fact]
    public void Without_a_backend_there_is_no_pool_and_nothing_is_made()
    {
        Refused(ErrorIds.NoValidBackend, () => Find(new VolumeSpec { SizeGiB = 1 }));
        Refused(ErrorIds.NoValidBackend, () => Find(new VolumeSpec { SizeGiB = 1 }, explain: true));
        Refused(ErrorIds.NoValidBackend, () => FindCinderPoolOperation.Run(new FindCinderPoolRequest(null, new VolumeSpec { SizeGiB = 1 }), Host()));
        Assert.Empty(Admin.Backends.List());
    }

    [Fact]
    public void The_pools_that_can_be_had_come_the_best_first()
    {
        Add("a", backend => backend with { GoodnessFunction = "10" });
        Add("b", backend => backend with { GoodnessFunction = "90" });
        Add("c", backend => backend with { FilterFunction = "volume.size < 5" });
        Assert.Equal(["b", "a"], Find(new VolumeSpec { SizeGiB = 5 }).Objects.Cast<CinderPool>().Select(pool => pool.Backend));
        Assert.Contains("c", Find(new VolumeSpec { SizeGiB = 4 }).Objects.Cast<CinderPool>().Select(pool => pool.Backend));
        StorageException refusal = Refused(ErrorIds.NoValidBackend, () => Find(new VolumeSpec { SizeGiB = 5, Backend = "c" }));
        Assert.Contains("the filter function volume.size < 5 gives False", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_explanation_has_every_answer_also_of_pools_that_are_refused()
    {
        Add("a", backend => backend with { GoodnessFunction = "10" });
        Add("b", backend => backend with { FilterFunction = "volume.size < 5" });
        Add("c", backend => backend with { Enabled = false });
        CinderPoolCheck[] rows = [.. Find(new VolumeSpec { SizeGiB = 5 }, explain: true).Objects.Cast<CinderPoolCheck>()];
        Assert.Equal(["a", "b", "c"], rows.Select(row => BackendOf(row.Pool)).Distinct());

        CinderPoolCheck[] chosen = [.. rows.Where(row => BackendOf(row.Pool) == "a")];
        Assert.Equal(
            [
                "Filter AvailabilityZoneFilter", "Filter CapacityFilter", "Filter CapabilitiesFilter", "Filter DriverFilter", "Filter DifferentBackendFilter", "Filter SameBackendFilter",
                "Filter InstanceLocalityFilter", "Filter JsonFilter", "Weigher CapacityWeigher", "Weigher GoodnessWeigher", "Result Chosen",
            ],
            chosen.Select(row => $"{row.Step} {row.Name}"));
        Assert.All(chosen.Where(row => row.Step == "Filter"), row => Assert.True(row is { Passes: true, Reason: not null, Raw: null }));
        Assert.Equal((10, null), (chosen[9].Raw, chosen[9].Passes));
        Assert.Equal((true, null), (chosen[10].Passes, chosen[10].Reason));
        Assert.Equal(chosen[8].Weight + chosen[9].Weight, chosen[10].Weight);

        CinderPoolCheck refused = rows.Last(row => BackendOf(row.Pool) == "b");
        Assert.Equal(("Result", "Refused", false, null), (refused.Step, refused.Name, refused.Passes, refused.Weight));
        Assert.StartsWith("DriverFilter: ", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(["State State False", "Result Refused False"], rows.Where(row => BackendOf(row.Pool) == "c").Select(row => $"{row.Step} {row.Name} {row.Passes}"));
    }

    [Fact]
    public void Hints_are_heeded()
    {
        Add("a");
        CinderVolume volume = Blank("web");
        Add("b");
        VolumeSpec spec = new() { SizeGiB = 1, Hints = new Dictionary<string, string> { ["different_host"] = $"{volume.VolumeId}" } };
        Assert.Equal("b", Assert.IsType<CinderPool>(Assert.Single(Find(spec).Objects)).Backend);
        spec = spec with { Hints = new Dictionary<string, string> { ["same_host"] = $"{volume.VolumeId}" } };
        Assert.Equal("a", Assert.IsType<CinderPool>(Assert.Single(Find(spec).Objects)).Backend);
    }

    private MemoryHost Find(VolumeSpec spec, bool explain = false)
    {
        MemoryHost host = Host();
        FindCinderPoolOperation.Run(new FindCinderPoolRequest(Admin, spec) { Explain = explain }, host);
        return host;
    }

    private void Add(string name, Func<Backend, Backend>? change = null)
    {
        Backend backend = new()
        {
            Name = name,
            Driver = "File",
            Host = Environment.MachineName,
            Options = new Dictionary<string, string> { ["path"] = At(name) },
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        Admin.Backends.Add(change?.Invoke(backend) ?? backend);
    }

    private static string BackendOf(string pool) => pool.Split('@', '#')[1];
}
