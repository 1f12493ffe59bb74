using System.Collections;
using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class NewCinderVolumeTests : CinderTest
{
    [Fact]
    public void A_volume_is_made_of_what_was_given_or_named()
    {
        GlanceImage image = Image();
        CinderVolume first = Make(Wanted(new VolumeSpec { Name = "web", SizeGiB = 2 }) with { Image = new NameOr<GlanceImage>(image) });
        Assert.Equal((image.ImageId, "available", 2L << 30, true), (first.SourceImageId, first.Status, first.Size, first.Bootable));
        Assert.Equal(image.ImageId, Make(Wanted(new VolumeSpec()) with { Image = new NameOr<GlanceImage>("debian") }).SourceImageId);

        CinderVolume clone = Make(Wanted(new VolumeSpec()) with { Volume = new NameOr<CinderVolume>(first.VolumeId.ToString()) });
        Assert.Equal((first.VolumeId, 2), (clone.SourceVolumeId, clone.SizeGiB));

        VolumeSnapshot snapshot = Admin.Volumes.CreateSnapshot(first.Id, new SnapshotSpec { Name = "before" });
        CinderVolume restored = Make(Wanted(new VolumeSpec { SizeGiB = 3 }) with { Snapshot = new NameOr<CinderSnapshot>(new CinderSnapshot(snapshot, Admin)) });
        Assert.Equal((snapshot.Id.Value, 3), (restored.SourceSnapshotId, restored.SizeGiB));
        Assert.Equal(restored.SourceSnapshotId, Make(Wanted(new VolumeSpec()) with { Snapshot = new NameOr<CinderSnapshot>("before") }).SourceSnapshotId);
    }

    [Fact]
    public void What_is_going_to_happen_is_told_with_numbers()
    {
        Blank("other");
        GlanceImage image = Image();
        MemoryHost host = Host(answer: false);
        NewCinderVolumeOperation.Run(Wanted(new VolumeSpec { Name = "web" }) with { Image = new NameOr<GlanceImage>(image) }, host);
        (string target, string action) = Assert.Single(host.Questions);
        Assert.Equal(("web", "Create a volume of 1 GiB in POOL from the image 'debian'"), (target, action.Replace(Admin.Volumes.List(new VolumeQuery())[0].Host!, "POOL", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_if_makes_nothing_and_refuses_what_would_be_refused()
    {
        NewCinderVolumeOperation.Run(Wanted(new VolumeSpec { Name = "web", SizeGiB = 1 }), Host(answer: false));
        Assert.Empty(Admin.Volumes.List(new VolumeQuery()));
        Refused(ErrorIds.QuotaExceeded, () => NewCinderVolumeOperation.Run(Wanted(new VolumeSpec { SizeGiB = 5000 }), Host(answer: false)));
        Refused(ErrorIds.VolumeTypeNotFound, () => NewCinderVolumeOperation.Run(Wanted(new VolumeSpec { SizeGiB = 1, VolumeType = "none" }), Host(answer: false)));
    }

    [Fact]
    public void A_source_that_is_not_there_is_named()
    {
        Assert.Contains("'nope'", Refused(ErrorIds.ImageNotFound, () => Make(Wanted(new VolumeSpec()) with { Image = new NameOr<GlanceImage>("nope") })).Message, StringComparison.Ordinal);
        Refused(ErrorIds.VolumeNotFound, () => Make(Wanted(new VolumeSpec()) with { Volume = new NameOr<CinderVolume>("nope") }));
        Refused(ErrorIds.SnapshotNotFound, () => Make(Wanted(new VolumeSpec()) with { Snapshot = new NameOr<CinderSnapshot>("nope") }));
        Refused(ErrorIds.VolumeNotFound, () => Make(new NewCinderVolumeRequest(null, () => Admin, new VolumeSpec()) { Volume = new NameOr<CinderVolume>("nope") }));
    }

    [Fact]
    public void Where_no_pool_can_take_a_volume_each_pool_says_why()
    {
        CinderVolume first = Blank("first");
        StorageException error = Refused(ErrorIds.NoValidBackend, () => Make(Wanted(new VolumeSpec { SizeGiB = 1, Multiattach = true })));
        Assert.Contains($"'{first.Backend}': CapabilitiesFilter: multiattach", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hints_take_volumes_and_several_values()
    {
        CinderVolume one = Blank("one");
        CinderVolume two = Blank("two");
        IReadOnlyDictionary<string, string> hints = CinderHints.Of(new Hashtable { ["different_host"] = new object[] { one, two.VolumeId }, ["query"] = "a" });
        Assert.Equal(($"{one.VolumeId},{two.VolumeId}", "a"), (hints["different_host"], hints["query"]));
        Refused(ErrorIds.ParameterInvalid, () => CinderHints.Of(new Hashtable { ["same_host"] = null }));
    }
}
