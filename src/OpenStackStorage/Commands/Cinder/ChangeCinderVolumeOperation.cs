using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>One change of a volume.</summary>
/// <param name="Action">What is about to happen: "Extend from 10 GiB to 20 GiB".</param>
/// <param name="Activity">What its progress is called: "Extending".</param>
/// <param name="Change">Makes the change, and returns the volume as it is then.</param>
public sealed record ChangeCinderVolumeRequest(CinderVolume Volume, string Action, string Activity, ChangeVolume Change)
{
    /// <summary>Outputs the volume as it is then.</summary>
    public bool PassThru { get; init; }
}

/// <summary>A change of one volume, by a service that carries it out or by one that only decides.</summary>
public delegate Volume ChangeVolume(IVolumeService volumes, VolumeId id, WorkProgress progress, CancellationToken token);

/// <summary>Changes a volume. What would be refused is refused before anybody is asked.</summary>
public static class ChangeCinderVolumeOperation
{
    public static void Run(ChangeCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        CinderVolume volume = request.Volume;
        IVolumeService volumes = volume.Connection.Volumes;
        request.Change(volumes.DryRun(), volume.Id, new WorkProgress(), CancellationToken.None);
        if (!host.ShouldProcess(volume.ToString(), request.Action))
            return;
        host.Execute(new WorkActivity(request.Activity, volume.ToString()), work =>
        {
            Volume changed = request.Change(volumes, volume.Id, work.Progress, work.Token);
            if (request.PassThru)
                work.WriteObject(new CinderVolume(changed, volume.Connection));
        });
    }
}
