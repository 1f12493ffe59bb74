using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderBackendTests : CinderTest
{
    [Fact]
    public void A_backend_is_set_up_after_a_question_with_its_options()
    {
        MemoryHost dry = Add("fast", answer: false);
        Assert.Equal(("fast", $"Set up a backend of driver File with path {At("fast")}, tier ssd"), Assert.Single(dry.Questions));
        Assert.False(Directory.Exists(At("fast")));
        CinderBackend added = Assert.IsType<CinderBackend>(Assert.Single(Add("fast").Objects));
        Assert.Equal(("fast", "Up", null, At("fast"), "fast", "ssd"), (added.Name, added.Status, added.Reason, added.Path, added.VolumeBackendName, added.Options["tier"]));
        Assert.Equal("fast", Assert.Single(added.Pools).Backend);
        Refused(ErrorIds.BackendConflict, () => Add("fast", answer: false));
        Refused(ErrorIds.BackendNotFound, () => CinderBackends.Find(Admin, "slow"));
        Refused(ErrorIds.BackendNotFound, () => CinderBackends.Find(null, "fast"));
    }

    [Fact]
    public void A_change_is_refused_before_the_question_or_made_after_it()
    {
        Add("fast");
        MemoryHost dry = Change("fast", backend => backend with { ReservedPercentage = 7 }, answer: false);
        Assert.Equal(("fast", "Change"), Assert.Single(dry.Questions));
        Assert.Equal(0, CinderBackends.Find(Admin, "fast").ReservedPercentage);
        Refused(ErrorIds.SchedulerExpressionInvalid, () => Change("fast", backend => backend with { FilterFunction = "1 +" }, answer: false));
        Assert.Equal(7, Assert.IsType<CinderBackend>(Assert.Single(Change("fast", backend => backend with { ReservedPercentage = 7 }).Objects)).ReservedPercentage);
    }

    [Fact]
    public void A_backend_is_taken_away_with_what_is_cached_and_says_what_it_leaves()
    {
        CinderBackend fast = Assert.IsType<CinderBackend>(Assert.Single(Add("fast").Objects));
        Admin.Backends.Prefetch(Image().Id, "fast", new WorkProgress(), CancellationToken.None);
        File.WriteAllText(At("fast/notes.txt"), "");
        MemoryHost dry = Host(answer: false);
        RemoveCinderBackendOperation.Run(new RemoveCinderBackendRequest(fast), dry);
        Assert.Equal(("fast", "Take away the backend, and its 1 cached images of 1 GiB"), Assert.Single(dry.Questions));
        MemoryHost host = Host();
        RemoveCinderBackendOperation.Run(new RemoveCinderBackendRequest(fast), host);
        Assert.Equal("Backend 'fast' was taken away; left where it was: notes.txt", Assert.Single(host.Warnings));
        Assert.Equal(["notes.txt"], Directory.GetFileSystemEntries(At("fast")).Select(Path.GetFileName));
        Assert.Empty(Admin.Backends.List());
    }

    [Fact]
    public void A_backend_with_volumes_stays()
    {
        CinderVolume volume = Blank("web");
        CinderBackend first = CinderBackends.Find(Admin, VolumeParts.FirstBackend);
        MemoryHost host = Host(answer: false);
        Assert.Contains($"{volume.VolumeId}", Refused(ErrorIds.BackendInUse, () => RemoveCinderBackendOperation.Run(new RemoveCinderBackendRequest(first), host)).Message, StringComparison.Ordinal);
        Assert.Empty(host.Questions);
    }

    [Fact]
    public void A_check_lists_the_faults_of_all_volumes_and_a_test_tells_them()
    {
        CinderVolume gone = Blank("gone"), sound = Blank("sound");
        CinderBackend first = CinderBackends.Find(Admin, VolumeParts.FirstBackend);
        Assert.Equal(true, Assert.Single(Checked(first, CheckCinderBackendOperation.Test).Objects));
        Assert.Empty(Checked(first, CheckCinderBackendOperation.Find).Objects);

        File.Delete(At($"store/volumes/volume-{gone.VolumeId}"));
        string orphan = At($"store/volumes/volume-{Guid.NewGuid()}");
        File.Copy(At($"store/volumes/volume-{sound.VolumeId}"), orphan);
        Assert.Equal(
            [(null, "Orphan", orphan, false), (gone.VolumeId, "LayerMissing", At($"store/volumes/volume-{gone.VolumeId}"), false)],
            Checked(first, CheckCinderBackendOperation.Find).Objects.Cast<CinderBackendCheck>().Select(one => ((Guid?)one.VolumeId, one.Check, one.Place, one.CanRepair)));
        MemoryHost host = Checked(first, CheckCinderBackendOperation.Test);
        Assert.Equal(false, Assert.Single(host.Objects));
        Assert.Equal(2, host.Verbose.Count);
    }

    private MemoryHost Add(string name, bool answer = true)
    {
        MemoryHost host = Host(answer);
        Backend backend = new()
        {
            Name = name,
            Driver = "File",
            Host = Environment.MachineName,
            Options = new Dictionary<string, string> { ["tier"] = "ssd", ["path"] = At(name) },
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        AddCinderBackendOperation.Run(new AddCinderBackendRequest(Admin, backend), host);
        return host;
    }

    private MemoryHost Change(string name, Func<Backend, Backend> change, bool answer = true)
    {
        MemoryHost host = Host(answer);
        CinderBackends.Change(Admin, name, "Change", backends => backends.Update(change(backends.Get(name))), passThru: true, host);
        return host;
    }

    private MemoryHost Checked(CinderBackend backend, Action<CheckCinderBackendRequest, ICmdletHost> operation)
    {
        MemoryHost host = Host();
        operation(new CheckCinderBackendRequest(backend, Deep: true), host);
        return host;
    }
}
