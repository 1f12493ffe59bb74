using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Deletes volumes and their data.</summary>
[Cmdlet(VerbsCommon.Remove, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(CinderVolume))]
public sealed class RemoveCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "Delete the volume's snapshots as well.")]
    public SwitchParameter Cascade { get; set; }

    [Parameter(HelpMessage = "Delete the volume whatever its status is. For admins.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Overwrite the data first, or not; by default as the backend is set up.")]
    public VolumeClear? Wipe { get; set; }

    [Parameter(HelpMessage = "How much to overwrite from the start, in whole MiB; 0 for all. By default as the backend is set up.")]
    [ByteSize]
    public ulong? WipeSize { get; set; }

    [Parameter(HelpMessage = "Output the volume as it was last.")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(HelpMessage = "Delete the volume in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessVolume(CinderVolume volume)
    {
        VolumeDeletion how = new() { Cascade = Cascade, Force = Force, Clear = Wipe, ClearSizeMiB = Sizes.ToMiB(WipeSize, nameof(WipeSize)) };
        ChangeCinderVolumeOperation.Run(
            new ChangeCinderVolumeRequest(volume, $"Delete the volume {volume.VolumeId} and its data{(Cascade ? ", with its snapshots" : "")}", "Deleting", (volumes, id, progress, token) =>
            {
                Volume last = volumes.Get(id);
                volumes.Delete(id, how, progress, token);
                return last;
            })
            {
                PassThru = PassThru,
            },
            Host);
    }
}
