using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Withholds the data of images from all but admins.</summary>
[Cmdlet(VerbsLifecycle.Disable, "GlanceImage", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImage))]
public sealed class DisableGlanceImageCommand : GlanceImageCmdlet
{
    [Parameter(HelpMessage = "Output the image as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(GlanceImage image) => ChangeGlanceImageOperation.Run(
        new ChangeGlanceImageRequest(image, "Deactivate the image", (images, id) => images.Deactivate(id)) { PassThru = PassThru }, Host);
}
