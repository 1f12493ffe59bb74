using OpenStackStorage.Binding;
using OpenStackStorage.Commands;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Tests.Cinder;

public class CinderVolumeCheckTests : CinderTest
{
    [Fact]
    public void A_good_volume_has_no_findings()
    {
        CinderVolume volume = Blank("web");
        Assert.Empty(Run(CheckCinderVolumeOperation.List, volume).Objects);
        Assert.Equal(true, Assert.Single(Run(CheckCinderVolumeOperation.Test, volume).Objects));
        MemoryHost host = Run(CheckCinderVolumeOperation.Repair, volume);
        Assert.Empty(host.Objects);
        Assert.Empty(host.Questions);
        Assert.Equal("Nothing of web can be repaired.", Assert.Single(host.Verbose));
    }

    [Fact]
    public void A_volume_without_data_is_found_and_not_called_repaired()
    {
        CinderVolume volume = Blank("web");
        File.Delete(At($"store/volumes/volume-{volume.VolumeId}"));
        CinderVolumeCheck found = Assert.IsType<CinderVolumeCheck>(Assert.Single(Run(CheckCinderVolumeOperation.List, volume).Objects));
        Assert.Equal((volume.VolumeId, "web", "LayerMissing", false, false), (found.VolumeId, found.VolumeName, found.Check, found.CanRepair, found.Repaired));
        Assert.Equal(false, Assert.Single(Run(CheckCinderVolumeOperation.Test, volume).Objects));
        Assert.Empty(Run(CheckCinderVolumeOperation.Repair, volume).Objects);
    }

    [Fact]
    public void What_an_operation_left_when_it_died_is_repaired_after_a_question()
    {
        CinderVolume volume = Blank("web");
        Admin.Volumes.ResetState(volume.Id, VolumeStatus.Extending, null, resetMigration: false);
        MemoryHost dry = Run(CheckCinderVolumeOperation.Repair, volume, answer: false);
        Assert.StartsWith("Repair StatusStuck: ", Assert.Single(dry.Questions).Action, StringComparison.Ordinal);
        Assert.Equal("extending", Now(volume).Status);
        CinderVolumeCheck repaired = Assert.IsType<CinderVolumeCheck>(Assert.Single(Run(CheckCinderVolumeOperation.Repair, volume).Objects));
        Assert.Equal(("StatusStuck", true), (repaired.Check, repaired.Repaired));
        Assert.Equal("available", Now(volume).Status);
    }

    [Fact]
    public void The_tree_is_written_from_its_root_with_depths_and_typed_ids()
    {
        GlanceImage image = Image();
        CinderVolume web = Make(Wanted(new VolumeSpec { Name = "web" }) with { Image = new NameOr<GlanceImage>(image) });
        CinderVolume clone = Make(Wanted(new VolumeSpec { Name = "clone" }) with { Volume = new NameOr<CinderVolume>(web) });
        MemoryHost host = Host();
        GetCinderVolumeDependencyOperation.Run(new GetCinderVolumeDependencyRequest(web), host);
        CinderVolumeDependency[] lines = [.. host.Objects.Cast<CinderVolumeDependency>()];
        Assert.Equal(["0 Image debian", "1 CachedImage debian", "2 Volume web", "3 Volume clone"], lines.Select(line => $"{line.Depth} {line.Kind} {line}"));
        Assert.Equal(["web"], lines.Where(line => line.Subject).Select(line => line.Name));
        Assert.Equal([image.ImageId, null, null, null], lines.Select(line => line.ImageId));
        Assert.Equal([null, null, web.VolumeId, clone.VolumeId], lines.Select(line => line.VolumeId));
        Assert.Equal([false, false, true, true], lines.Select(line => line.Linked));
    }

    private MemoryHost Run(Action<CheckCinderVolumeRequest, ICmdletHost> operation, CinderVolume volume, bool answer = true)
    {
        MemoryHost host = Host(answer);
        operation(new CheckCinderVolumeRequest(volume), host);
        return host;
    }
}
