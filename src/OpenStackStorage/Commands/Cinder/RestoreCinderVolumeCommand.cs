using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Makes volumes again what they were at their latest snapshot, or what an image is.</summary>
[Cmdlet(VerbsData.Restore, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(CinderVolume))]
public sealed class RestoreCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "The volume's latest snapshot, as Get-CinderSnapshot gives it, or its name or id.")]
    [ArgumentCompleter(typeof(CinderSnapshotNameCompleter))]
    [NameOr<CinderSnapshot>]
    [ValidateNotNull]
    public NameOr<CinderSnapshot>? Snapshot { get; set; }

    [Parameter(HelpMessage = "The image whose content it is to have, as Get-GlanceImage gives it, or its name or id.")]
    [ArgumentCompleter(typeof(GlanceImageNameCompleter))]
    [NameOr<GlanceImage>]
    [ValidateNotNull]
    public NameOr<GlanceImage>? Image { get; set; }

    [Parameter(HelpMessage = "With -Image: also a volume that is reserved.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Output the volume as it is then.")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(HelpMessage = "Restore the volume in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessVolume(CinderVolume volume)
    {
        if ((Snapshot is null) == (Image is null))
            throw new ServiceException(ErrorIds.ParameterInvalid, "-Snapshot or -Image is needed, and not both.") { Remedy = "Say what the volume is to become: -Snapshot before-upgrade." };
        ChangeCinderVolumeOperation.Run(Request(volume) with { PassThru = PassThru }, Host);
    }

    private ChangeCinderVolumeRequest Request(CinderVolume volume)
    {
        OpenStackStorageConnection store = volume.Connection;
        if (Snapshot?.Resolve(thing => CinderSnapshots.Get(store, thing.Id), name => CinderSnapshots.Find(store, name)) is { } snapshot)
        {
            return new ChangeCinderVolumeRequest(
                volume, $"Give up all that its {volume.SizeGiB} GiB got since the snapshot '{snapshot}' of {snapshot.CreatedAt:u}", "Restoring", (volumes, id, _, _) => volumes.Revert(id, snapshot.Id));
        }

        GlanceImage image = Image!.Resolve(thing => GlanceImages.Get(store, thing.Id), name => GlanceImages.Find(store, name));
        return new ChangeCinderVolumeRequest(
            volume, $"Give up all that its {volume.SizeGiB} GiB hold for the image '{image}'", "Restoring", (volumes, id, progress, token) => volumes.Reimage(id, image.Id, Force, progress, token));
    }
}
