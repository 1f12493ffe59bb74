using System.Management.Automation;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Shows what a disk image is, without trusting it.</summary>
[Cmdlet(VerbsCommon.Get, "DiskImageInfo", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImageInfo))]
public sealed class GetDiskImageInfoCommand : DiskImageCmdlet
{
    [Parameter(HelpMessage = "The format to read the file as. By default it is recognised by its content.")]
    public DiskImageFormat? SourceFormat { get; set; }

    [Parameter(HelpMessage = "Also show every image of the backing chain, nearest first.")]
    public SwitchParameter BackingChain { get; set; }

    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    protected override void ProcessImage(string path) =>
        GetDiskImageInfoOperation.Run(new GetDiskImageInfoRequest(path, SourceFormat, BackingChain, AllowBackingFile), Host);
}
