using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the internal snapshots of a disk image.</summary>
[Cmdlet(VerbsCommon.Get, "DiskImageSnapshot", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImageSnapshot))]
public sealed class GetDiskImageSnapshotCommand : DiskImageCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The name of the snapshots, with the wildcards * and ?; by default all.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    protected override void ProcessImage(string path) =>
        GetDiskImageSnapshotOperation.Run(new GetDiskImageSnapshotRequest(path) { Name = Name }, Host);
}
