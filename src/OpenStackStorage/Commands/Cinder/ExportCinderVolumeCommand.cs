using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Makes images of volumes.</summary>
[Cmdlet(VerbsData.Export, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImage))]
public sealed class ExportCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(Position = 1, HelpMessage = "The image's name; by default that of the volume. Names need not be unique.")]
    [ValidateNotNullOrEmpty]
    public string? ImageName { get; set; }

    [Parameter(HelpMessage = "The format that the image's disk is stored in; qcow2 by default.")]
    public ImageDiskFormat? DiskFormat { get; set; }

    [Parameter(HelpMessage = "Who sees the image: shared by default, with nobody until it gets members.")]
    public ImageVisibility? Visibility { get; set; }

    [Parameter(HelpMessage = "Refuse to delete the image until that is taken back.")]
    public SwitchParameter Protected { get; set; }

    [Parameter(HelpMessage = "Also a volume in use; what its consumer has not written yet is not in the image.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Make the image in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessVolume(CinderVolume volume) => ExportCinderVolumeOperation.Run(
        new ExportCinderVolumeRequest(volume, new VolumeExport
        {
            Name = ImageName ?? volume.ToString(),
            DiskFormat = DiskFormat ?? ImageDiskFormat.Qcow2,
            Visibility = Visibility ?? ImageVisibility.Shared,
            Protected = Protected,
            Force = Force,
        }),
        Host);
}
