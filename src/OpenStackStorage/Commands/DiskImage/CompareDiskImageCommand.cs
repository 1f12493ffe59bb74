using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Compares the disks of two images, whatever their formats.</summary>
[Cmdlet(VerbsData.Compare, "DiskImage")]
[OutputType(typeof(DiskImageDifference))]
public sealed class CompareDiskImageCommand : StorageCmdlet
{
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The image to compare with.")]
    [ValidateNotNullOrEmpty]
    public string ReferencePath { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The image that is compared.")]
    [ValidateNotNullOrEmpty]
    public string DifferencePath { get; set; } = "";

    [Parameter(HelpMessage = "List every difference. By default the first one ends the comparison.")]
    public SwitchParameter All { get; set; }

    [Parameter(HelpMessage = "Count different sizes and different allocation as differences too.")]
    public SwitchParameter Strict { get; set; }

    [Parameter(HelpMessage = "Open files that the images name wherever they lie. By default only in their own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    [Parameter(HelpMessage = "Compare in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void Process() =>
        CompareDiskImageOperation.Run(new CompareDiskImageRequest(ReferencePath, DifferencePath, All, Strict, AllowBackingFile), Host);
}
