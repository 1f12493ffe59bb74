using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Lists Cinder's services: the scheduler, and one for each backend.</summary>
[Cmdlet(VerbsCommon.Get, "CinderService")]
[OutputType(typeof(CinderService))]
public sealed class GetCinderServiceCommand : ServiceCmdlet
{
    protected override void Process()
    {
        foreach (ServiceState state in Existing?.Backends.ListServices() ?? [])
            Host.WriteObject(new CinderService(state));
    }
}
