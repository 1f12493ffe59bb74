using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Copies images to backends before they are needed.</summary>
[Cmdlet(VerbsCommon.Add, "CinderImageCache", SupportsShouldProcess = true)]
[OutputType(typeof(CinderImageCache))]
public sealed class AddCinderImageCacheCommand : ServiceCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The image, as Get-GlanceImage gives it, or its name or id.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [NameOr<GlanceImage>]
    [ValidateNotNull]
    public NameOr<GlanceImage>? Image { get; set; }

    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The backends to copy it to.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Backend { get; set; } = [];

    [Parameter(HelpMessage = "Copy in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void Process() => ForItem(Image, () =>
    {
        GlanceImage image = Image!.Resolve(given => GlanceImages.Get(Connection ?? given.Connection, given.Id), name => GlanceImages.Find(Existing, name));
        foreach (string backend in Backend)
            ForItem(backend, () => AddCinderImageCacheOperation.Run(new AddCinderImageCacheRequest(image, CinderBackends.Find(image.Connection, backend)), Host));
    });
}
