using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lets no new volumes come to backends.</summary>
[Cmdlet(VerbsLifecycle.Disable, "CinderBackend", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderBackend))]
public sealed class DisableCinderBackendCommand : CinderBackendCmdlet
{
    [Parameter(HelpMessage = "Why, for those who look at it.")]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    [Parameter(HelpMessage = "Output the backend as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessBackend(CinderBackend backend) => CinderBackends.Change(
        backend.Connection, backend.Name, "Let no new volumes come to the backend; what it holds stays usable",
        backends => backends.Update(backends.Get(backend.Name) with { Enabled = false, DisabledReason = Reason }), PassThru, Host);
}
