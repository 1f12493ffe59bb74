using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Takes images back whose deletion was delayed.</summary>
[Cmdlet(VerbsData.Restore, "GlanceImage", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImage))]
public sealed class RestoreGlanceImageCommand : GlanceImageCmdlet
{
    [Parameter(HelpMessage = "Output the image as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override bool MeansTrash => true;

    protected override void ProcessImage(GlanceImage image) => ChangeGlanceImageOperation.Run(
        new ChangeGlanceImageRequest(image, "Take the image back", (images, id) => images.Restore(id)) { PassThru = PassThru }, Host);
}
