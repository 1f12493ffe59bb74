using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Deletes images and their data.</summary>
[Cmdlet(VerbsCommon.Remove, "GlanceImage", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(GlanceImage))]
public sealed class RemoveGlanceImageCommand : GlanceImageCmdlet
{
    [Parameter(HelpMessage = "Keep the data until the trash is cleared: until then Restore-GlanceImage takes the image back.")]
    public SwitchParameter Delay { get; set; }

    [Parameter(HelpMessage = "Output the image as it was last.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessImage(GlanceImage image) => ChangeGlanceImageOperation.Run(
        new ChangeGlanceImageRequest(image, Delay ? "Delete the image, and keep its data in the trash" : $"Delete the image {image.ImageId} and its data", Delete) { PassThru = PassThru }, Host);

    private Image Delete(IImageService images, ImageId id)
    {
        Image last = images.Get(id);
        images.Delete(id, Delay);
        return last;
    }
}
