using System.Collections;
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

    [Parameter(Position = 1, HelpMessage = "The folder that holds the volumes: empty or new. For the driver File.")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter(HelpMessage = "The kind of backend; File by default.")]
    [ValidateNotNullOrEmpty]
    public string Driver { get; set; } = "File";

    [Parameter(HelpMessage = "The format of volumes: qcow2 by default, raw or vhdx.")]
    [ValidateSet("qcow2", "raw", "vhdx")]
    public string? Format { get; set; }

    [Parameter(HelpMessage = "Thin volumes take what is written; thick ones take all their space at once.")]
    [ValidateSet("thin", "thick")]
    public string? Provisioning { get; set; }

    [Parameter(HelpMessage = "What kind of medium it is, as ssd or sata: a capability that volume types may ask for.")]
    [ValidateNotNullOrEmpty]
    public string? Tier { get; set; }

    [Parameter(HelpMessage = "Further options of the driver: @{ name = 'value' }.")]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    protected override void Process() => ForItem(Name, () => AddCinderBackendOperation.Run(
        new AddCinderBackendRequest(Connected, Apply(new Backend
        {
            Name = Name,
            Driver = Driver,
            Host = Environment.MachineName,
            Options = Options(),
            CreatedAt = DateTimeOffset.UtcNow,
        })),
        Host));

    private Dictionary<string, string> Options()
    {
        Dictionary<string, string> options = new(TextTable.Of(Option));
        Set("path", Path is null ? null : Host.ResolveNewPath(Path));
        Set("format", Format);
        Set("provisioning", Provisioning);
        Set("tier", Tier);
        return options;

        void Set(string name, string? value)
        {
            if (value is not null)
                options[name] = value;
        }
    }
}
