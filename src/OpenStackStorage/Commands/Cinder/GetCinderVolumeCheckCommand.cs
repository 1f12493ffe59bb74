using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the faults of volumes.</summary>
[Cmdlet(VerbsCommon.Get, "CinderVolumeCheck", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CinderVolumeCheck))]
public sealed class GetCinderVolumeCheckCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "Read all data too.")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessVolume(CinderVolume volume) => CheckCinderVolumeOperation.List(new CheckCinderVolumeRequest(volume, Deep), Host);
}
