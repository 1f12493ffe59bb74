using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Makes volume types.</summary>
[Cmdlet(VerbsCommon.New, "CinderVolumeType", SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolumeType))]
public sealed class NewCinderVolumeTypeCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The type's name, 1 to 255 characters. No other type has it.")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    [Parameter(HelpMessage = "What the type is for.")]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "What the scheduler and the drivers look at: @{ volume_backend_name = 'ssd' }.")]
    [ValidateNotNull]
    public Hashtable ExtraSpec { get; set; } = [];

    [Parameter(HelpMessage = "Only admins and the projects of -Project see and use the type.")]
    public SwitchParameter Private { get; set; }

    [Parameter(HelpMessage = "With -Private: the projects that may use the type.")]
    [ValidateNotNullOrEmpty]
    public string[] Project { get; set; } = [];

    [Parameter(HelpMessage = "The QoS specs that go with the type: as Get-CinderQos gives them, or their name or id.")]
    [ArgumentCompleter(typeof(CinderQosNameCompleter))]
    [NameOr<CinderQos>]
    [ValidateNotNull]
    public NameOr<CinderQos>? Qos { get; set; }

    protected override void Process() => ForItem(Name, () => NewCinderVolumeTypeOperation.Run(
        new NewCinderVolumeTypeRequest(Existing, () => Connected, new VolumeTypeSpec
        {
            Name = Name,
            Description = Description,
            ExtraSpecs = TextTable.Of(ExtraSpec),
            IsPublic = !Private,
            Projects = Project,
        })
        {
            Qos = Qos,
        },
        Host));
}
