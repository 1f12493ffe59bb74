using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Waits for images to be in a state.</summary>
[Cmdlet(VerbsLifecycle.Wait, "GlanceImage", DefaultParameterSetName = NameSet)]
[OutputType(typeof(GlanceImage))]
public sealed class WaitGlanceImageCommand : GlanceImageCmdlet
{
    [Parameter(HelpMessage = "The states that end the wait; Active by default.")]
    [ValidateNotNullOrEmpty]
    public ImageStatus[] Status { get; set; } = [ImageStatus.Active];

    [Parameter(HelpMessage = "The most seconds to wait for each image; for ever by default.")]
    [Alias("Timeout")]
    [ValidateRange(0, int.MaxValue)]
    public int? TimeoutSeconds { get; set; }

    protected override void ProcessImage(GlanceImage image) => WaitGlanceImageOperation.Run(
        new WaitGlanceImageRequest(image, Status, TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null), Host);
}
