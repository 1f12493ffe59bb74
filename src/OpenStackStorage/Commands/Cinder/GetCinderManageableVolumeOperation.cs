using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The backend to look at.</summary>
/// <param name="Connection">Null where there is no store, and so no backend.</param>
public sealed record GetCinderManageableVolumeRequest(OpenStackStorageConnection? Connection, string Backend);

/// <summary>Lists data on a backend that no volume has, also what can't be taken over, with the reason.</summary>
public static class GetCinderManageableVolumeOperation
{
    public static void Run(GetCinderManageableVolumeRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        IVolumeService volumes = request.Connection?.Volumes ?? throw RegisterCinderVolumeOperation.NoStore(request.Backend);
        foreach (ManageableVolume data in volumes.ListManageable(request.Backend))
            host.WriteObject(new CinderManageableVolume { Backend = request.Backend, Reference = data.Reference, SizeGiB = data.SizeGiB, Obstacle = data.Obstacle });
    }
}
