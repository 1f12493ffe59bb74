using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Removes cached images from backends.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderImageCache", DefaultParameterSetName = "Image", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveCinderImageCacheCommand : ServiceCmdlet
{
    [Parameter(ParameterSetName = "Image", Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The image, as Get-GlanceImage gives it, or its name or id.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [NameOr<GlanceImage>]
    [ValidateNotNull]
    public NameOr<GlanceImage>? Image { get; set; }

    [Parameter(ParameterSetName = "Image", Position = 1, HelpMessage = "The backend to remove it from; all by default.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    [Parameter(ParameterSetName = "Entry", Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Entries, as Get-CinderImageCache gives them.")]
    [ValidateNotNull]
    public CinderImageCache[] Entry { get; set; } = [];

    protected override void Process()
    {
        foreach (CinderImageCache entry in Entry)
            ForItem(entry, () => CinderImageCaches.Remove(entry, Host));
        if (Image is not null)
            ForItem(Image, RemoveOfImage);
    }

    private void RemoveOfImage()
    {
        IReadOnlyList<CinderImageCache> entries = (Connection ?? Image!.Thing?.Connection ?? Existing) is { } connection ? CinderImageCaches.List(connection, Image, Backend) : [];
        if (entries.Count == 0)
            throw new ServiceException(ErrorIds.VolumeNotFound, $"No backend holds the image '{Image}'.") { Target = Image!.ToString(), Remedy = "List what is held with Get-CinderImageCache." };
        foreach (CinderImageCache entry in entries)
            ForItem(entry, () => CinderImageCaches.Remove(entry, Host));
    }
}
