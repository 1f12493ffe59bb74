using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Sets backends up: places that hold volumes.</summary>
[Cmdlet(VerbsCommon.Add, "CinderBackend", SupportsShouldProcess = true)]
[OutputType(typeof(CinderBackend))]
public sealed class AddCinderBackendCommand : CinderBackendSettingsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The backend's name: letters, digits, '.', '_' and '-'. No other backend has it.")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, HelpMessage = "The folder that holds the volumes; it is made where its parent is there. The driver File needs it.")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(HelpMessage = "The kind of backend; File by default.")]
    [ValidateNotNullOrEmpty]
    public string Driver { get; set; } = "File";

    protected override void Process() => ForItem(Name, () =>
    {
        if (Existing is not null || Host.ShouldProcess(EmbeddedStore.DefaultPath(), "Create a store"))
            AddCinderBackendOperation.Run(new AddCinderBackendRequest(Connected, Apply(Blank())), Host);
    });

    private Backend Blank() => new()
    {
        Name = Name,
        Driver = Driver,
        Host = Environment.MachineName,
        Options = Path is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["path"] = Host.ResolveNewPath(Path) },
        CreatedAt = DateTimeOffset.UtcNow,
    };
}
