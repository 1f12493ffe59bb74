using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Lets volumes share nothing with what they were made from.</summary>
[Cmdlet(VerbsData.Merge, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class MergeCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "Output the volume as it is then.")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(HelpMessage = "Merge the volume in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessVolume(CinderVolume volume) => ChangeCinderVolumeOperation.Run(
        new ChangeCinderVolumeRequest(volume, $"Copy what it shares of its {volume.SizeGiB} GiB, so that it depends on nothing", "Merging", (volumes, id, progress, token) => volumes.Flatten(id, progress, token))
        {
            PassThru = PassThru,
        },
        Host);
}
