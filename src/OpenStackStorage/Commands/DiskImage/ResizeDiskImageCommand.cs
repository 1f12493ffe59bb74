using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Changes the size of the disk in an image.</summary>
[Cmdlet(VerbsCommon.Resize, "DiskImage", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(DiskImageInfo))]
public sealed class ResizeDiskImageCommand : DiskImageCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "Bytes that the disk is to have, such as 20GB.")]
    [Alias("SizeBytes")]
    [ByteSize]
    public ulong Size { get; set; }

    [Parameter(HelpMessage = "Let the disk become smaller. What lies behind its new end is lost; partitions are never cut.")]
    public SwitchParameter Shrink { get; set; }

    [Parameter(HelpMessage = "What is reserved of the new space: nothing, the tables, or also the space.")]
    public Preallocation Preallocation { get; set; }

    [Parameter(HelpMessage = "Move the backup of a GPT to the new end of the disk, so that the new space can be used.")]
    public SwitchParameter MoveBackupGpt { get; set; }

    [Parameter(HelpMessage = "The format of the image. It must be given for raw images; others are recognised.")]
    public DiskImageFormat? SourceFormat { get; set; }

    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    [Parameter(HelpMessage = "Output the image as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(string path) =>
        ResizeDiskImageOperation.Run(
            new ResizeDiskImageRequest(path, Size)
            {
                Shrink = Shrink,
                Preallocation = Preallocation,
                MoveBackupGpt = MoveBackupGpt,
                SourceFormat = SourceFormat,
                AllowBackingFile = AllowBackingFile,
                PassThru = PassThru,
            },
            Host);
}
