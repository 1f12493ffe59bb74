using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Lists volumes' snapshots.</summary>
[Cmdlet(VerbsCommon.Get, "CinderSnapshot", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CinderSnapshot))]
public sealed class GetCinderSnapshotCommand : ServiceCmdlet
{
    private const string NameSet = "Name";

    [Parameter(ParameterSetName = NameSet, Position = 0, HelpMessage = "Names, with wildcards, or ids; all snapshots by default.")]
    [ArgumentCompleter(typeof(CinderSnapshotNameCompleter))]
    [NameText]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = "SnapshotId", Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The snapshots' ids.")]
    public Guid[] SnapshotId { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, ValueFromPipeline = true, HelpMessage = "Those of a volume: as Get-CinderVolume gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameOr<CinderVolume>]
    public NameOr<CinderVolume>? Volume { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those in one of these statuses.")]
    [ValidateNotNullOrEmpty]
    public SnapshotStatus[] Status { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those with all of these metadata: @{ reason = 'upgrade' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those of another project. For admins.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those of all projects. For admins.")]
    public SwitchParameter AllProjects { get; set; }

    protected override void Process()
    {
        foreach (Guid id in SnapshotId)
            ForItem(id, () => Host.WriteObject(CinderSnapshots.Get(Existing, new SnapshotId(id))));
        if (ParameterSetName != NameSet)
            return;
        CinderVolume? volume = Volume is null ? null : CinderVolumes.Of(Volume, Connection, () => Existing);
        GetCinderSnapshotOperation.Run(
            new GetCinderSnapshotRequest(volume?.Connection ?? Existing, new VolumeQuery
            {
                Volume = volume?.Id,
                Statuses = [.. Status.Select(VolumeWords.Of)],
                Metadata = TextTable.Of(Metadata),
                Project = Project,
                AllProjects = AllProjects,
            })
            {
                Names = Name,
            },
            Host);
    }
}
