using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Forgets volumes and leaves their data where it is.</summary>
[Cmdlet(VerbsLifecycle.Unregister, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderManageableVolume))]
public sealed class UnregisterCinderVolumeCommand : CinderVolumeCmdlet
{
    protected override void ProcessVolume(CinderVolume volume) => UnregisterCinderVolumeOperation.Run(new UnregisterCinderVolumeRequest(volume), Host);
}
