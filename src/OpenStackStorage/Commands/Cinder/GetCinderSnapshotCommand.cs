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
    private const string VolumeSet = "Volume";
    private const string SnapshotIdSet = "SnapshotId";

    [Parameter(ParameterSetName = NameSet, Position = 0, ValueFromPipeline = true, HelpMessage = "Names, with wildcards, or ids; all snapshots by default.")]
    [Parameter(ParameterSetName = VolumeSet, Position = 0, HelpMessage = "Names, with wildcards, or ids; all snapshots by default.")]
    [ArgumentCompleter(typeof(CinderSnapshotNameCompleter))]
    [NameText]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    [Parameter(ParameterSetName = SnapshotIdSet, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The snapshots' ids.")]
    public Guid[] SnapshotId { get; set; } = [];

    [Parameter(ParameterSetName = VolumeSet, Mandatory = true, ValueFromPipeline = true, HelpMessage = "Those of a volume: as Get-CinderVolume gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameOr<CinderVolume>]
    [ValidateNotNull]
    public NameOr<CinderVolume>? Volume { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those in one of these statuses.")]
    [Parameter(ParameterSetName = VolumeSet, HelpMessage = "Those in one of these statuses.")]
    [ValidateNotNullOrEmpty]
    public SnapshotStatus[] Status { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those with all of this metadata: @{ reason = 'upgrade' }.")]
    [Parameter(ParameterSetName = VolumeSet, HelpMessage = "Those with all of this metadata: @{ reason = 'upgrade' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those of another project; for admins.")]
    [ValidateNotNullOrEmpty]
    public string? Project { get; set; }

    [Parameter(ParameterSetName = NameSet, HelpMessage = "Those of all projects; for admins.")]
    public SwitchParameter All { get; set; }

    protected override void Process()
    {
        if (ParameterSetName != SnapshotIdSet)
        {
            CinderVolume? volume = Volume is null ? null : CinderVolumes.Of(Volume, Connection, () => Existing);
            GetCinderSnapshotOperation.Run(new GetCinderSnapshotRequest(volume?.Connection ?? Existing, Query(volume)) { Names = Name }, Host);
            return;
        }

        foreach (Guid id in SnapshotId)
            ForItem(id, () => Host.WriteObject(CinderSnapshots.Get(Existing, new SnapshotId(id))));
    }

    // Whoever sees a volume sees its snapshots: admins those of other projects too.
    private VolumeQuery Query(CinderVolume? volume) => new()
    {
        Volume = volume?.Id,
        Statuses = [.. Status.Select(VolumeWords.Of)],
        Metadata = TextTable.Of(Metadata),
        Project = Project,
        AllProjects = All || volume is not null,
    };
}
