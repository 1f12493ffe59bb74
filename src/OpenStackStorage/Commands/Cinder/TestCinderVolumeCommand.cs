using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Says whether volumes are without faults.</summary>
[Cmdlet(VerbsDiagnostic.Test, "CinderVolume", DefaultParameterSetName = NameSet)]
[OutputType(typeof(bool))]
public sealed class TestCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "Read all data too.")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessVolume(CinderVolume volume) => CheckCinderVolumeOperation.Test(new CheckCinderVolumeRequest(volume, Deep), Host);
}
