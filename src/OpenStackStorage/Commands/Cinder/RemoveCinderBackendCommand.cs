using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Takes backends away that hold no volumes.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderBackend", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveCinderBackendCommand : CinderBackendCmdlet
{
    protected override void ProcessBackend(CinderBackend backend) => RemoveCinderBackendOperation.Run(new RemoveCinderBackendRequest(backend), Host);
}
