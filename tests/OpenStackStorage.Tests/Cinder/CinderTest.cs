using OpenStackStorage.Commands;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;
using OpenStackStorage.Tests.Glance;

namespace OpenStackStorage.Tests.Cinder;

/// <summary>A store with volumes.</summary>
public abstract class CinderTest : GlanceTest
{
    protected NewCinderVolumeRequest Wanted(VolumeSpec spec) => new(Admin, () => Admin, spec);

    protected CinderVolume Make(NewCinderVolumeRequest request)
    {
        MemoryHost host = Host();
        NewCinderVolumeOperation.Run(request, host);
        return Assert.IsType<CinderVolume>(Assert.Single(host.Objects));
    }

    protected CinderVolume Blank(string name, int sizeGiB = 1) => Make(Wanted(new VolumeSpec { Name = name, SizeGiB = sizeGiB }));

    protected GlanceImage Image(string name = "debian") => Publish(Request(Disk($"{name}.qcow2", DiskImageFormat.Qcow2)));

    protected CinderVolume Now(CinderVolume volume) => CinderVolumes.Get(Admin, volume.Id);

    protected MemoryHost Change(CinderVolume volume, ChangeVolume change, bool answer = true, bool passThru = true)
    {
        MemoryHost host = Host(answer);
        ChangeCinderVolumeOperation.Run(new ChangeCinderVolumeRequest(volume, "Change", "Changing", change) { PassThru = passThru }, host);
        return host;
    }
}
