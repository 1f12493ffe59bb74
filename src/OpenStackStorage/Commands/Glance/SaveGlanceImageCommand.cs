using System.Management.Automation;
using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Saves the data of images to files.</summary>
[Cmdlet(VerbsData.Save, "GlanceImage", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class SaveGlanceImageCommand : GlanceImageCmdlet
{
    private readonly HashSet<string> _destinations = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The file, or a folder in which it gets the image's name.")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    [Parameter(HelpMessage = "The format of the file; by default the data as it is stored.")]
    [Alias("As")]
    public DiskImageFormat? ConvertTo { get; set; }

    [Parameter(HelpMessage = "Go on where an earlier attempt was interrupted, and keep what there is when this one is.")]
    public SwitchParameter Resume { get; set; }

    [Parameter(HelpMessage = "Replace an existing file.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Save in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessImage(GlanceImage image) => SaveGlanceImageOperation.Run(
        new SaveGlanceImageRequest(image, Path)
        {
            Options = new ImageDownloadOptions { ConvertTo = ConvertTo, Resume = Resume, Overwrite = Force },
            Destinations = _destinations,
        },
        Host);
}
