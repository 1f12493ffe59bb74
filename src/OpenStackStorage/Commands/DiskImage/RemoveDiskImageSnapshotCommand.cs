using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Removes an internal snapshot of a disk image.</summary>
[Cmdlet(VerbsCommon.Remove, "DiskImageSnapshot", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DiskImageSnapshot))]
public sealed class RemoveDiskImageSnapshotCommand : DiskImageCmdlet
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
        ChangeDiskImageSnapshotOperation.Remove(new ChangeDiskImageSnapshotRequest(path, Name!) { SnapshotId = SnapshotId, PassThru = PassThru }, Host);
}
