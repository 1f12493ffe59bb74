using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Takes a disk image back to one of its internal snapshots.</summary>
[Cmdlet(VerbsData.Restore, "DiskImageSnapshot", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DiskImageSnapshot))]
public sealed class RestoreDiskImageSnapshotCommand : DiskImageCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "The name of the snapshot, or its id.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = "The id of the snapshot, where several have the name.")]
    [ValidateNotNullOrEmpty]
    public string? SnapshotId { get; set; }

    [Parameter(HelpMessage = "Output the snapshot.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(string path) =>
        ChangeDiskImageSnapshotOperation.Restore(new ChangeDiskImageSnapshotRequest(path, Name!) { SnapshotId = SnapshotId, PassThru = PassThru }, Host);
}
