using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Gives the data of deactivated images free again.</summary>
[Cmdlet(VerbsLifecycle.Enable, "GlanceImage", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(GlanceImage))]
public sealed class EnableGlanceImageCommand : GlanceImageCmdlet
{
    [Parameter(HelpMessage = "Output the image as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(GlanceImage image) => ChangeGlanceImageOperation.Run(
        new ChangeGlanceImageRequest(image, "Reactivate the image", (images, id) => images.Reactivate(id)) { PassThru = PassThru }, Host);
}
