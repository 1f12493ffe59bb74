using System.Management.Automation;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Waits for volumes to be in a state, or to be gone.</summary>
[Cmdlet(VerbsLifecycle.Wait, "CinderVolume", DefaultParameterSetName = NameSet)]
[OutputType(typeof(CinderVolume))]
public sealed class WaitCinderVolumeCommand : CinderVolumeCmdlet
{
    [Parameter(HelpMessage = "The states that end the wait; Available by default.")]
    [ValidateNotNullOrEmpty]
    public VolumeStatus[] Status { get; set; } = [VolumeStatus.Available];

    [Parameter(HelpMessage = "Wait until the volume is gone; with -Status, for that or one of these states.")]
    public SwitchParameter Deleted { get; set; }

    [Parameter(HelpMessage = "The most seconds to wait for each volume; for ever by default.")]
    [Alias("Timeout")]
    [ValidateRange(0, int.MaxValue)]
    public int? TimeoutSeconds { get; set; }

    protected override bool IsWanted(StorageException error) => Deleted && error.Id == ErrorIds.VolumeNotFound;

    protected override void ProcessVolume(CinderVolume volume) => WaitCinderVolumeOperation.Run(
        new WaitCinderVolumeRequest(volume, Deleted && !MyInvocation.BoundParameters.ContainsKey(nameof(Status)) ? [] : Status)
        {
            Deleted = Deleted,
            Timeout = TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        },
        Host);
}
