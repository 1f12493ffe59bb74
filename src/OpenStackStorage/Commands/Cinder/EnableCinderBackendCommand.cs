using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lets backends take volumes again.</summary>
[Cmdlet(VerbsLifecycle.Enable, "CinderBackend", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderBackend))]
public sealed class EnableCinderBackendCommand : CinderBackendCmdlet
{
    [Parameter(HelpMessage = "Output the backend as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessBackend(CinderBackend backend) => CinderBackends.Change(
        backend.Connection, backend.Name, "Let the backend take volumes again",
        backends => backends.Update(backends.Get(backend.Name) with { Enabled = true }), PassThru, Host);
}
