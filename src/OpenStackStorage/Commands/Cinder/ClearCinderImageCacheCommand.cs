using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Removes all cached images that no volume shares data with.</summary>
[Cmdlet(VerbsCommon.Clear, "CinderImageCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearCinderImageCacheCommand : ServiceCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The backend: as Get-CinderBackend gives it, or its name. All by default.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [NameOr<CinderBackend>]
    public NameOr<CinderBackend>? Backend { get; set; }

    protected override void Process() => ForItem(Backend, () =>
    {
        if ((Connection ?? Backend?.Thing?.Connection ?? Existing) is not { } connection)
            return;
        foreach (CinderImageCache entry in CinderImageCaches.List(connection, null, Backend?.Thing?.Name ?? Backend?.Text))
            ForItem(entry, () => RemoveUnlessShared(entry));
    });

    private void RemoveUnlessShared(CinderImageCache entry)
    {
        try
        {
            CinderImageCaches.Remove(entry, Host);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.VolumeConflict)
        {
            Host.WriteVerbose($"{entry} stays: {error.Message}");
        }
    }
}
