using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists what the disk in an image consists of, and where its bytes are.</summary>
[Cmdlet(VerbsCommon.Get, "DiskImageExtent", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImageExtent))]
public sealed class GetDiskImageExtentCommand : DiskImageCmdlet
{
    [Parameter(HelpMessage = "The byte of the disk to start at.")]
    [ByteSize]
    public ulong? Offset { get; set; }

    [Parameter(HelpMessage = "Bytes of the disk to look at; by default all that follow.")]
    [ByteSize]
    public ulong? Length { get; set; }

    [Parameter(HelpMessage = "The format to read the file as. By default it is recognised by its content.")]
    public DiskImageFormat? SourceFormat { get; set; }

    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    protected override void ProcessImage(string path) =>
        GetDiskImageExtentOperation.Run(new GetDiskImageExtentRequest(path, Offset, Length, SourceFormat, AllowBackingFile), Host);
}
