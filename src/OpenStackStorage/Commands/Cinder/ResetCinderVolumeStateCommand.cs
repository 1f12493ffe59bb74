using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Sets the status of volumes by hand.</summary>
[Cmdlet(VerbsCommon.Reset, "CinderVolumeState", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class ResetCinderVolumeStateCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "The status to set, whatever is true of the data.")]
    public VolumeStatus? Status { get; set; }

    [Parameter(HelpMessage = "The status to set of its attachments; Detached takes them away.")]
    public AttachStatus? AttachStatus { get; set; }

    [Parameter(HelpMessage = "Forget a migration that does not end.")]
    public SwitchParameter ResetMigration { get; set; }

    [Parameter(HelpMessage = "Output the volume as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessVolume(CinderVolume volume) => ChangeCinderVolumeOperation.Run(
        new ChangeCinderVolumeRequest(volume, $"Set {Describe(volume)}, without a look at the data", "Setting status", (volumes, id, _, _) => volumes.ResetState(id, Status, AttachStatus, ResetMigration))
        {
            PassThru = PassThru,
        },
        Host);

    private string Describe(CinderVolume volume)
    {
        List<string> parts = [];
        if (Status is { } status)
            parts.Add($"status {VolumeWords.Of(status)} in place of {volume.Status}");
        if (AttachStatus is { } attachStatus)
            parts.Add($"attach status {VolumeWords.Of(attachStatus)}");
        if (ResetMigration)
            parts.Add($"no migration in place of {volume.MigrationStatus}");
        return parts.Count > 0
            ? string.Join(", ", parts)
            : throw new ServiceException(ErrorIds.ParameterInvalid, "Nothing was given that is to be set.") { Remedy = "Give at least one of -Status, -AttachStatus and -ResetMigration." };
    }
}
