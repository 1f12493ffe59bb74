using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>True where a backend and all data on it are sound.</summary>
[Cmdlet(VerbsDiagnostic.Test, "CinderBackend", DefaultParameterSetName = NameSet)]
[OutputType(typeof(bool))]
public sealed class TestCinderBackendCommand : CinderBackendCmdlet
{
    [Parameter(HelpMessage = "Read all data too.")]
    public SwitchParameter Deep { get; set; }

    protected override void ProcessBackend(CinderBackend backend) => CheckCinderBackendOperation.Test(new CheckCinderBackendRequest(backend, Deep), Host);
}
