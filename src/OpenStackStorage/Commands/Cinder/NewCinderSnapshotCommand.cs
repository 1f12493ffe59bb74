using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Takes snapshots of volumes.</summary>
[Cmdlet(VerbsCommon.New, "CinderSnapshot", SupportsShouldProcess = true)]
[OutputType(typeof(CinderSnapshot))]
public sealed class NewCinderSnapshotCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The volume, as Get-CinderVolume gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderVolumeNameCompleter))]
    [NameOr<CinderVolume>]
    [ValidateNotNull]
    public NameOr<CinderVolume>? Volume { get; set; }

    [Parameter(Position = 1, HelpMessage = "The snapshot's name. Names need not be unique.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter(HelpMessage = "What the snapshot is for.")]
    [ValidateNotNull]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "Metadata of one's own: @{ reason = 'upgrade' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(HelpMessage = "Also of a volume in use: its consumer may have writes in flight.")]
    public SwitchParameter Force { get; set; }

    protected override void Process() => ForItem(Volume, () => NewCinderSnapshotOperation.Run(
        new NewCinderSnapshotRequest(CinderVolumes.Of(Volume!, Connection, () => Existing), new SnapshotSpec
        {
            Name = Name,
            Description = Description,
            Metadata = TextTable.Of(Metadata),
            Force = Force,
        }),
        Host));
}
