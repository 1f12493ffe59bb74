using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Takes over data that is on a backend already.</summary>
[Cmdlet(VerbsLifecycle.Register, "CinderVolume", SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class RegisterCinderVolumeCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The backend or pool that holds the data.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "What the data is called there: the name of its file. Completion lists what can be taken over.")]
    [ArgumentCompleter(typeof(CinderManageableVolumeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Reference { get; set; } = [];

    [Parameter(HelpMessage = "The volume's name. Names need not be unique.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter(HelpMessage = "What the volume is for.")]
    [ValidateNotNull]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "The volume type; it must let the data stay where it is.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameOr<CinderVolumeType>]
    [ValidateNotNull]
    public NameOr<CinderVolumeType>? VolumeType { get; set; }

    [Parameter(HelpMessage = "The availability zone; by default that of the backend.")]
    [ValidateNotNullOrEmpty]
    public string? AvailabilityZone { get; set; }

    [Parameter(HelpMessage = "Metadata of one's own: @{ owner = 'web' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    protected override void Process()
    {
        VolumeSpec spec = new()
        {
            Name = Name,
            Description = Description,
            VolumeType = VolumeType?.ToString(),
            AvailabilityZone = AvailabilityZone,
            Metadata = TextTable.Of(Metadata),
        };
        foreach (string reference in Reference)
            ForItem(reference, () => RegisterCinderVolumeOperation.Run(new RegisterCinderVolumeRequest(Existing, Backend!, reference, spec), Host));
    }
}
