using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Shows volumes that this user sees.</summary>
[Cmdlet(VerbsCommon.Get, "CinderVolume", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CinderVolume))]
public sealed class GetCinderVolumeCommand : ServiceCmdlet
{
    private const string NameSet = "Name";
    private const string VolumeIdSet = "VolumeId";

    [Parameter(ParameterSetName = NameSet, Position = 0, ValueFromPipeline = true, HelpMessage = "The volumes' names, in any case; wildcards are allowed. Or volumes' ids.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameText]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = VolumeIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The volumes' ids.")]
    public Guid[] VolumeId { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Volumes in one of these states.")]
    public VolumeStatus[] Status { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Volumes of this type.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameOr<CinderVolumeType>]
    [ValidateNotNull]
    public NameOr<CinderVolumeType>? VolumeType { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Volumes of this backend or pool.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Volumes of this availability zone.")]
    [ValidateNotNullOrEmpty]
    public string? AvailabilityZone { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Bootable volumes; -Bootable:$false for the others.")]
    public SwitchParameter Bootable { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Volumes that have all of this metadata: @{ owner = 'web' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "The volumes of another project; for admins.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "The volumes of all projects; for admins.")]
    public SwitchParameter All { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "The most volumes to show.")]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    protected override void Process()
    {
        if (ParameterSetName == NameSet)
        {
            GetCinderVolumeOperation.Run(new GetCinderVolumeRequest(Existing, Query()) { Names = Name, First = First }, Host);
            return;
        }

        foreach (Guid id in VolumeId)
            ForItem(id, () => Host.WriteObject(CinderVolumes.Get(Existing, new VolumeId(id))));
    }

    private VolumeQuery Query() => new()
    {
        Statuses = [.. Status.Select(VolumeWords.Of)],
        VolumeType = VolumeType?.ToString(),
        Backend = Backend,
        AvailabilityZone = AvailabilityZone,
        Bootable = Given(nameof(Bootable), Bootable),
        Metadata = TextTable.Of(Metadata),
        Project = Project,
        AllProjects = All,
    };
}
