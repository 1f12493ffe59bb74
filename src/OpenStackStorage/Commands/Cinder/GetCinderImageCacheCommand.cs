using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lists the images that backends hold to clone volumes from.</summary>
[Cmdlet(VerbsCommon.Get, "CinderImageCache")]
[OutputType(typeof(CinderImageCache))]
public sealed class GetCinderImageCacheCommand : ServiceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "Those of an image: as Get-GlanceImage gives it, or its name or id. All by default.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [NameOr<GlanceImage>]
    public NameOr<GlanceImage>? Image { get; set; }

    [Parameter(HelpMessage = "Those of one backend.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    protected override void Process() => ForItem(Image, () =>
    {
        if ((Connection ?? Image?.Thing?.Connection ?? Existing) is not { } connection)
            return;
        foreach (CinderImageCache entry in CinderImageCaches.List(connection, Image, Backend))
            Host.WriteObject(entry);
    });
}
