using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the partitions of the disk in an image.</summary>
[Cmdlet(VerbsCommon.Get, "DiskImagePartition", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImagePartition))]
public sealed class GetDiskImagePartitionCommand : DiskImageCmdlet
{
    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    protected override void ProcessImage(string path) =>
        GetDiskImagePartitionOperation.Run(new GetDiskImagePartitionRequest(path, AllowBackingFile), Host);
}
