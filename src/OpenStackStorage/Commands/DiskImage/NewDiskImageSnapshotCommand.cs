using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Makes an internal snapshot of a disk image.</summary>
[Cmdlet(VerbsCommon.New, "DiskImageSnapshot", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(DiskImageSnapshot))]
public sealed class NewDiskImageSnapshotCommand : DiskImageCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The name of the snapshot.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    protected override void ProcessImage(string path) => NewDiskImageSnapshotOperation.Run(new NewDiskImageSnapshotRequest(path, Name!), Host);
}
