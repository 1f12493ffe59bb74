using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Finds what is wrong with backends and the data on them.</summary>
[Cmdlet(VerbsCommon.Get, "CinderBackendCheck", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CinderBackendCheck))]
public sealed class GetCinderBackendCheckCommand : CinderBackendCmdlet
{
    [Parameter(HelpMessage = "Read all data too.")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessBackend(CinderBackend backend) => CheckCinderBackendOperation.Find(new CheckCinderBackendRequest(backend, Deep), Host);
}
