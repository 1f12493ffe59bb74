using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Merges a disk image into the one behind it.</summary>
[Cmdlet(VerbsData.Merge, "DiskImage", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(DiskImageInfo))]
public sealed class MergeDiskImageCommand : DiskImageCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The image of the chain to merge into; by default the nearest one behind the image.")]
    [Alias("DestinationPath")]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    [Parameter(HelpMessage = "How many threads read; by default one a processor.")]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    [Parameter(HelpMessage = "Merge although other images read through the destination. They are not valid afterwards.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Merge in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessImage(string path) =>
        MergeDiskImageOperation.Run(
            new MergeDiskImageRequest(path)
            {
                Destination = Destination,
                ThrottleLimit = ThrottleLimit,
                AllowBackingFile = AllowBackingFile,
                Force = Force,
            },
            Host);
}
