using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Which volume to forget.</summary>
public sealed record UnregisterCinderVolumeRequest(CinderVolume Volume);

/// <summary>Forgets a volume, and outputs by what its data can be taken over again: nothing else would tell.</summary>
public static class UnregisterCinderVolumeOperation
{
    public static void Run(UnregisterCinderVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        CinderVolume volume = request.Volume;
        IVolumeService volumes = volume.Connection.Volumes;
        volumes.DryRun().Unregister(volume.Id);
        if (!host.ShouldProcess(volume.ToString(), $"Forget the volume {volume.VolumeId} and leave its {volume.SizeGiB} GiB on {volume.Backend ?? "no backend"}"))
            return;
        host.Execute(new WorkActivity("Forgetting", volume.ToString()), work => work.WriteObject(new CinderManageableVolume
        {
            Reference = volumes.Unregister(volume.Id),
            Backend = volume.Backend ?? "",
            SizeGiB = volume.SizeGiB,
            FormerVolumeId = volume.VolumeId,
            FormerName = volume.Name,
        }));
    }
}
