using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderSnapshotTests : CinderTest
{
    [Fact]
    public void A_snapshot_is_made_of_the_volume_and_tells_its_name()
    {
        CinderVolume volume = Blank("web", 2);
        SnapshotSpec spec = new() { Name = "before", Description = "d", Metadata = new Dictionary<string, string> { ["a"] = "1" } };
        MemoryHost dry = Host(answer: false);
        NewCinderSnapshotOperation.Run(new NewCinderSnapshotRequest(volume, spec), dry);
        Assert.Equal(("web", "Take a snapshot 'before' of 2 GiB"), Assert.Single(dry.Questions));
        Assert.Empty(Listed(new VolumeQuery()).Objects);

        CinderSnapshot snapshot = Take(volume, spec);
        Assert.Equal(("before", "d", "available", 2, 2L << 30, "web", "1"),
            (snapshot.Name, snapshot.Description, snapshot.Status, snapshot.SizeGiB, snapshot.Size, snapshot.VolumeName, snapshot.Metadata["a"]));
        Assert.Equal(volume.VolumeId, snapshot.SourceVolumeId);
    }

    [Fact]
    public void A_volume_that_is_gone_has_no_name_any_more()
    {
        CinderVolume volume = Blank("web");
        CinderSnapshot snapshot = Take(volume, new SnapshotSpec());
        CinderAttachment attachment = new(Admin.Volumes.Attach(volume.Id, new AttachmentSpec()), Admin);
        Admin.Volumes.Detach(attachment.Id);
        Admin.Volumes.Delete(volume.Id, new VolumeDeletion { Cascade = true }, new WorkProgress(), CancellationToken.None);
        Assert.Null(snapshot.VolumeName);
        Assert.Null(attachment.VolumeName);
        Assert.Equal(volume.VolumeId, attachment.AttachedVolumeId);
    }

    [Fact]
    public void A_volume_in_use_gives_a_snapshot_only_by_force()
    {
        CinderVolume volume = Blank("web");
        Admin.Volumes.CompleteAttachment(Admin.Volumes.Attach(volume.Id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "n" } }).Id);
        MemoryHost host = Host();
        Refused(ErrorIds.VolumeConflict, () => NewCinderSnapshotOperation.Run(new NewCinderSnapshotRequest(volume, new SnapshotSpec()), host));
        Assert.Empty(host.Questions);
        NewCinderSnapshotOperation.Run(new NewCinderSnapshotRequest(volume, new SnapshotSpec { Force = true }), host);
        Assert.Equal("available", Assert.IsType<CinderSnapshot>(Assert.Single(host.Objects)).Status);
    }

    [Fact]
    public void A_list_finds_names_patterns_ids_and_volumes_and_says_what_is_not_there()
    {
        CinderVolume web = Blank("web");
        CinderSnapshot first = Take(web, new SnapshotSpec { Name = "one" });
        Take(Blank("db"), new SnapshotSpec { Name = "two", Metadata = new Dictionary<string, string> { ["a"] = "1" } });
        Assert.Equal(["one", "two"], Names(Listed(new VolumeQuery())));
        Assert.Equal(["one"], Names(Listed(new VolumeQuery { Volume = web.Id })));
        Assert.Equal(["two"], Names(Listed(new VolumeQuery { Metadata = new Dictionary<string, string> { ["a"] = "1" } })));
        Assert.Equal(["one", "two"], Names(Listed(new VolumeQuery(), "TW*", first.SnapshotId.ToString())));
        MemoryHost host = Listed(new VolumeQuery { Volume = web.Id }, "two", "none*", Guid.Empty.ToString(), "one");
        Assert.Equal(["one"], Names(host));
        Assert.Equal(["two", Guid.Empty.ToString()], host.Errors.Select(error => error.Target));
        Assert.All(host.Errors, error => Assert.Equal(ErrorIds.SnapshotNotFound, error.Id));
    }

    [Fact]
    public void An_id_finds_what_is_of_another_project_for_admins_alone()
    {
        CinderSnapshot snapshot = Take(Blank("web"), new SnapshotSpec { Name = "one" });
        OpenStackStorageConnection other = Connect("other", "admin");
        Assert.Empty(Listed(new VolumeQuery(), other).Objects);
        Assert.Single(Listed(new VolumeQuery(), other, snapshot.SnapshotId.ToString()).Objects);
        Assert.Single(Listed(new VolumeQuery(), Connect("other", "member"), snapshot.SnapshotId.ToString()).Errors);
    }

    [Fact]
    public void A_name_that_several_have_is_refused_with_the_ids()
    {
        CinderVolume web = Blank("web");
        CinderSnapshot one = Take(web, new SnapshotSpec { Name = "one" });
        CinderSnapshot again = Take(web, new SnapshotSpec { Name = "one" });
        string message = Refused(ErrorIds.SnapshotNameAmbiguous, () => CinderSnapshots.Find(Admin, "one")).Message;
        Assert.Contains(one.SnapshotId.ToString(), message, StringComparison.Ordinal);
        Assert.Contains(again.SnapshotId.ToString(), message, StringComparison.Ordinal);
        Assert.Equal(one.SnapshotId, CinderSnapshots.Find(Admin, one.SnapshotId.ToString()).SnapshotId);
    }

    [Fact]
    public void Where_there_is_no_store_there_is_no_snapshot()
    {
        MemoryHost host = Host();
        GetCinderSnapshotOperation.Run(new GetCinderSnapshotRequest(null, new VolumeQuery()) { Names = ["a*", "b"] }, host);
        Assert.Equal("b", Assert.Single(host.Errors).Target);
        Refused(ErrorIds.SnapshotNotFound, () => CinderSnapshots.Find(null, "b"));
    }

    [Fact]
    public void A_removal_asks_first_and_then_removes()
    {
        CinderSnapshot snapshot = Take(Blank("web"), new SnapshotSpec { Name = "one" });
        MemoryHost dry = Host(answer: false);
        RemoveCinderSnapshotOperation.Run(new RemoveCinderSnapshotRequest(snapshot), dry);
        Assert.Equal(("one", $"Remove the snapshot {snapshot.SnapshotId} of volume web; the content that it keeps is lost"), Assert.Single(dry.Questions));
        Assert.Single(Listed(new VolumeQuery()).Objects);
        RemoveCinderSnapshotOperation.Run(new RemoveCinderSnapshotRequest(snapshot), Host());
        Assert.Empty(Listed(new VolumeQuery()).Objects);
        Refused(ErrorIds.SnapshotNotFound, () => RemoveCinderSnapshotOperation.Run(new RemoveCinderSnapshotRequest(snapshot), Host()));
    }

    private CinderSnapshot Take(CinderVolume volume, SnapshotSpec spec)
    {
        MemoryHost host = Host();
        NewCinderSnapshotOperation.Run(new NewCinderSnapshotRequest(volume, spec), host);
        return Assert.IsType<CinderSnapshot>(Assert.Single(host.Objects));
    }

    private MemoryHost Listed(VolumeQuery query, params string[] names) => Listed(query, Admin, names);

    private MemoryHost Listed(VolumeQuery query, OpenStackStorageConnection connection, params string[] names)
    {
        MemoryHost host = Host();
        GetCinderSnapshotOperation.Run(new GetCinderSnapshotRequest(connection, query) { Names = names }, host);
        return host;
    }

    private static IEnumerable<string> Names(MemoryHost host) => host.Objects.Cast<CinderSnapshot>().Select(snapshot => snapshot.Name!);
}
