using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderVolumeTests : CinderTest
{
    [Fact]
    public void A_list_finds_names_patterns_and_ids_and_says_what_is_not_there()
    {
        CinderVolume web = Blank("web1");
        Blank("web2");
        Blank("db");
        Assert.Equal(["web1", "web2"], Listed("web*").Objects.Select(volume => $"{volume}").Order());
        Assert.Equal(["db", "web1"], Listed("DB", web.VolumeId.ToString()).Objects.Select(volume => $"{volume}").Order());
        DateTimeOffset[] times = [.. Listed().Objects.Select(volume => ((CinderVolume)volume).CreatedAt)];
        Assert.Equal(3, times.Length);
        Assert.Equal(times.OrderDescending(), times);
        MemoryHost host = Listed("nope", Guid.Empty.ToString(), "none*", "db");
        Assert.Equal([ErrorIds.VolumeNotFound, ErrorIds.VolumeNotFound], host.Errors.Select(error => error.Id));
        Assert.Equal("db", $"{Assert.Single(host.Objects)}");
    }

    [Fact]
    public void Where_there_is_no_store_there_is_no_volume()
    {
        MemoryHost host = Host();
        GetCinderVolumeOperation.Run(new GetCinderVolumeRequest(null, new VolumeQuery()), host);
        Assert.Empty(host.Objects);
        Refused(ErrorIds.VolumeNotFound, () => CinderVolumes.Find(null, "web"));
        Refused(ErrorIds.BackendNotFound, () => GetCinderManageableVolumeOperation.Run(new GetCinderManageableVolumeRequest(null, "default"), Host()));
    }

    [Fact]
    public void A_change_is_told_in_words_and_made()
    {
        VolumeChange change = new() { Name = "new", ReadOnly = true, SetMetadata = new Dictionary<string, string> { ["a"] = "1" }, RemoveMetadata = ["b"] };
        Assert.Equal("Set name 'new', read-only, metadata a = '1', no metadata b", CinderVolumeChange.Describe(change));
        Refused(ErrorIds.ParameterInvalid, () => CinderVolumeChange.Describe(new VolumeChange()));
        CinderVolume changed = Assert.IsType<CinderVolume>(Assert.Single(Change(Blank("old"), (volumes, id, _, _) => volumes.Update(id, change with { RemoveMetadata = [] })).Objects));
        Assert.Equal(("new", true, "1"), (changed.Name, changed.ReadOnly, changed.Metadata["a"]));
    }

    [Fact]
    public void What_if_changes_nothing_and_refuses_what_would_be_refused()
    {
        CinderVolume volume = Blank("web", 2);
        MemoryHost host = Change(volume, (volumes, id, _, _) => volumes.Extend(id, 3), answer: false);
        Assert.Empty(host.Objects);
        Assert.Single(host.Questions);
        Assert.Equal(2, Now(volume).SizeGiB);
        Refused(ErrorIds.VolumeSizeInvalid, () => Change(volume, (volumes, id, _, _) => volumes.Extend(id, 1), answer: false));
        Assert.Empty(Change(volume, (volumes, id, _, _) => volumes.Extend(id, 3), passThru: false).Objects);
        Assert.Equal(3, Now(volume).SizeGiB);
    }

    [Fact]
    public void An_export_is_an_image_of_the_volume()
    {
        CinderVolume volume = Blank("web");
        VolumeExport export = new() { Name = "golden", DiskFormat = ImageDiskFormat.Vhdx, Visibility = ImageVisibility.Public };
        MemoryHost dry = Host(answer: false);
        ExportCinderVolumeOperation.Run(new ExportCinderVolumeRequest(volume, export), dry);
        Assert.Equal(("web", "Make the public image 'golden' of format vhdx from its 1 GiB"), Assert.Single(dry.Questions));
        Assert.Empty(Admin.Images.List(new ImageQuery()));

        MemoryHost host = Host();
        ExportCinderVolumeOperation.Run(new ExportCinderVolumeRequest(volume, export), host);
        GlanceImage image = Assert.IsType<GlanceImage>(Assert.Single(host.Objects));
        Assert.Equal(("golden", "active", "vhdx", "public", 1L << 30), (image.Name, image.Status, image.DiskFormat, image.Visibility, image.VirtualSize));
        Assert.Equal("available", Now(volume).Status);
    }

    [Fact]
    public void What_is_given_back_is_listed_and_taken_over_again()
    {
        CinderVolume volume = Blank("web");
        UnregisterCinderVolumeOperation.Run(new UnregisterCinderVolumeRequest(volume), Host(answer: false));
        Assert.Equal("available", Now(volume).Status);
        MemoryHost host = Host();
        UnregisterCinderVolumeOperation.Run(new UnregisterCinderVolumeRequest(volume), host);
        CinderManageableVolume data = Assert.IsType<CinderManageableVolume>(Assert.Single(host.Objects));
        Assert.Equal((volume.VolumeId, "web", 1), (data.FormerVolumeId, data.FormerName, data.SizeGiB));
        Assert.Empty(Listed().Objects);

        MemoryHost listed = Host();
        GetCinderManageableVolumeOperation.Run(new GetCinderManageableVolumeRequest(Admin, data.Backend), listed);
        Assert.Equal((data.Reference, null), (((CinderManageableVolume)Assert.Single(listed.Objects)).Reference, ((CinderManageableVolume)listed.Objects[0]).Obstacle));

        RegisterCinderVolumeRequest request = new(Admin, data.Backend, data.Reference, new VolumeSpec { Name = "back" });
        MemoryHost dry = Host(answer: false);
        RegisterCinderVolumeOperation.Run(request, dry);
        Assert.Equal((data.Reference, $"Take over its 1 GiB on {data.Backend} as the volume 'back'"), Assert.Single(dry.Questions));
        Assert.Empty(Listed().Objects);
        RegisterCinderVolumeOperation.Run(request, Host());
        Assert.Equal("back", $"{Assert.Single(Listed().Objects)}");
    }

    [Fact]
    public void A_wait_ends_with_the_state_and_says_why_it_can_not()
    {
        CinderVolume volume = Blank("web");
        Assert.Equal(volume.VolumeId, Assert.IsType<CinderVolume>(Assert.Single(Wait(volume, VolumeStatus.Available).Objects)).VolumeId);
        Assert.Contains("it is available after 0 s", Refused(ErrorIds.VolumeWaitFailed, () => Wait(volume, VolumeStatus.InUse)).Message, StringComparison.Ordinal);
        Admin.Volumes.ResetState(volume.Id, VolumeStatus.ErrorExtending, null, resetMigration: false);
        Assert.EndsWith("it is error_extending.", Refused(ErrorIds.VolumeWaitFailed, () => Wait(volume, VolumeStatus.Available)).Message, StringComparison.Ordinal);
        Assert.Single(Wait(volume, VolumeStatus.ErrorExtending).Objects);
        Admin.Volumes.Delete(volume.Id, new VolumeDeletion(), new WorkProgress(), CancellationToken.None);
        Assert.Contains("it is gone", Refused(ErrorIds.VolumeWaitFailed, () => Wait(volume, VolumeStatus.Available)).Message, StringComparison.Ordinal);
        MemoryHost host = Host();
        WaitCinderVolumeOperation.Run(new WaitCinderVolumeRequest(volume, []) { Deleted = true, Timeout = TimeSpan.Zero }, host);
        Assert.Empty(host.Objects);
    }

    [Fact]
    public void A_wait_that_is_stopped_ends()
    {
        using CancellationTokenSource stop = new();
        stop.CancelAfter(50);
        WaitCinderVolumeRequest request = new(Blank("web"), [VolumeStatus.InUse]) { Interval = TimeSpan.FromHours(1) };
        Assert.ThrowsAny<OperationCanceledException>(() => WaitCinderVolumeOperation.Run(request, Host(stop: stop.Token)));
    }

    private MemoryHost Wait(CinderVolume volume, VolumeStatus status)
    {
        MemoryHost host = Host();
        WaitCinderVolumeOperation.Run(new WaitCinderVolumeRequest(volume, [status]) { Timeout = TimeSpan.Zero }, host);
        return host;
    }

    private MemoryHost Listed(params string[] names)
    {
        MemoryHost host = Host();
        GetCinderVolumeOperation.Run(new GetCinderVolumeRequest(Admin, new VolumeQuery()) { Names = names }, host);
        return host;
    }
}
