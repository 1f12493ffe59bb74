using System.Management.Automation;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Computes the hash of the disk in an image, the same for every format.</summary>
[Cmdlet(VerbsCommon.Get, "DiskImageHash", DefaultParameterSetName = DefaultSet)]
[OutputType(typeof(DiskImageHash))]
public sealed class GetDiskImageHashCommand : DiskImageCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The hash function, by default SHA256.")]
    public DiskImageHashAlgorithm Algorithm { get; set; }

    [Parameter(HelpMessage = "Hash this internal snapshot, by id or name, in place of the current state.")]
    [ValidateNotNullOrEmpty]
    public string? Snapshot { get; set; }

    [Parameter(HelpMessage = "The format to read the file as. By default it is recognised by its content.")]
    public DiskImageFormat? SourceFormat { get; set; }

    [Parameter(HelpMessage = "Open files that the image names wherever they lie. By default only in its own folder.")]
    public SwitchParameter AllowBackingFile { get; set; }

    [Parameter(HelpMessage = "Hash in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessImage(string path) =>
        GetDiskImageHashOperation.Run(new GetDiskImageHashRequest(path, Algorithm, Snapshot, SourceFormat, AllowBackingFile), Host);
}
