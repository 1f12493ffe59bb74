using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Mends the faults of volumes, and takes them out of a status in which their operation died.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolumeCheck))]
public sealed class RepairCinderVolumeCommand : CinderVolumeCmdlet
{
    protected override void ProcessVolume(CinderVolume volume) => CheckCinderVolumeOperation.Repair(new CheckCinderVolumeRequest(volume), Host);
}
