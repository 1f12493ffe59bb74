using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Moves volumes to another backend.</summary>
[Cmdlet(VerbsCommon.Move, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class MoveCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The backend or pool that is to hold the volume.")]
    [ArgumentCompleter(typeof(CinderBackendNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Backend { get; set; }

    [Parameter(HelpMessage = "Copy the data even where the backend could do it otherwise.")]
    public SwitchParameter Force { get; set; }

    [Parameter(HelpMessage = "Output the volume as it is then.")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(HelpMessage = "Move the volume in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessVolume(CinderVolume volume) => ChangeCinderVolumeOperation.Run(
        new ChangeCinderVolumeRequest(
            volume, $"Move its {volume.SizeGiB} GiB from {volume.Backend ?? "no backend"} to {Backend}", "Moving", (volumes, id, progress, token) => volumes.Migrate(id, Backend!, Force, progress, token))
        {
            PassThru = PassThru,
        },
        Host);
}
