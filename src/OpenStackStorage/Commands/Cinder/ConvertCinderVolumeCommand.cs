using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Gives volumes another type.</summary>
[Cmdlet(VerbsData.Convert, "CinderVolume", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolume))]
public sealed class ConvertCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The type that the volume is to have.")]
    [ArgumentCompleter(typeof(CinderVolumeTypeNameCompleter))]
    [NameOr<CinderVolumeType>]
    [ValidateNotNull]
    public NameOr<CinderVolumeType>? VolumeType { get; set; }

    [Parameter(HelpMessage = "OnDemand lets the data move where the type needs another backend; Never, the default, refuses that.")]
    public MigrationPolicy MigrationPolicy { get; set; }

    [Parameter(HelpMessage = "Convert the volume in the background and return a job.")]
    public SwitchParameter AsJob { get; set; }

    protected override bool RunsAsJob => AsJob;

    protected override void ProcessVolume(CinderVolume volume)
    {
        string move = MigrationPolicy == MigrationPolicy.OnDemand ? $", moving its {volume.SizeGiB} GiB where that is needed" : "";
        ChangeCinderVolumeOperation.Run(
            new ChangeCinderVolumeRequest(
                volume, $"Change the type from {volume.VolumeType ?? "none"} to {VolumeType}{move}", "Converting", (volumes, id, progress, token) => volumes.Retype(id, VolumeType!.ToString(), MigrationPolicy, progress, token))
            {
                PassThru = true,
            },
            Host);
    }
}
