using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Puts another image behind a disk image, or none.</summary>
[Cmdlet(VerbsCommon.Set, "DiskImageBackingFile", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
[OutputType(typeof(DiskImageInfo))]
public sealed class SetDiskImageBackingFileCommand : DiskImageCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The image that is to be behind it.")]
    [Alias("ParentPath")]
    [ValidateNotNullOrEmpty]
    public string? BackingFile { get; set; }

    [Parameter(HelpMessage = "No image is to be behind it: all that shows through is copied into it.")]
    public SwitchParameter None { get; set; }

    [Parameter(HelpMessage = "Change the name alone and copy nothing. The disk shows what it did only when the new backing file holds the same.")]
    public SwitchParameter Unsafe { get; set; }

    [Parameter(HelpMessage = "With -Unsafe: accept a parent whose identity is not the one that the image recorded.")]
    public SwitchParameter IgnoreIdMismatch { get; set; }

    [Parameter(HelpMessage = "How many threads read; by default one a processor.")]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    [Parameter(HelpMessage = "Output the image as it is then.")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(HelpMessage = "Work in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessImage(string path) =>
        SetDiskImageBackingFileOperation.Run(
            new SetDiskImageBackingFileRequest(path, BackingFile)
            {
                None = None,
                Unsafe = Unsafe,
                IgnoreIdMismatch = IgnoreIdMismatch,
                ThrottleLimit = ThrottleLimit,
                AllowBackingFile = AllowBackingFile,
                PassThru = PassThru,
            },
            Host);
}
