using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Changes what is recorded of snapshots.</summary>
[Cmdlet(VerbsCommon.Set, "CinderSnapshot", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderSnapshot))]
public sealed class SetCinderSnapshotCommand : CinderSnapshotCmdlet
{
    [Parameter(HelpMessage = "The name to give the snapshot.")]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    [Parameter(HelpMessage = "What the snapshot is for.")]
    [ValidateNotNull]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "Metadata to set; others stay: @{ reason = 'upgrade' }.")]
    [ValidateNotNull]
    public Hashtable Metadata { get; set; } = [];

    [Parameter(HelpMessage = "The names of metadata to take away.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveMetadata { get; set; } = [];

    [Parameter(HelpMessage = "Output the snapshot as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessSnapshot(CinderSnapshot snapshot)
    {
        VolumeChange change = new() { Name = NewName, Description = Description, SetMetadata = TextTable.Of(Metadata), RemoveMetadata = RemoveMetadata };
        IVolumeService volumes = snapshot.Connection.Volumes;
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeService, VolumeSnapshot>(volumes, volumes.DryRun(), snapshot.ToString(), CinderVolumeChange.Describe(change), service => service.UpdateSnapshot(snapshot.Id, change))
            {
                Output = PassThru ? changed => new CinderSnapshot(changed, snapshot.Connection) : null,
            },
            Host);
    }
}
