using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The volume whose content is to be kept.</summary>
public sealed record NewCinderSnapshotRequest(CinderVolume Volume, SnapshotSpec Spec);

/// <summary>Takes a snapshot, and outputs it.</summary>
public static class NewCinderSnapshotOperation
{
    public static void Run(NewCinderSnapshotRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        OpenStackStorageConnection connection = request.Volume.Connection;
        string named = request.Spec.Name is { } name ? $" '{name}'" : "";
        ServiceChangeOperation.Run(
            new ServiceChangeRequest<IVolumeService, VolumeSnapshot>(connection.Volumes, connection.Volumes.DryRun(), request.Volume.ToString(),
                $"Take a snapshot{named} of {request.Volume.SizeGiB} GiB", volumes => volumes.CreateSnapshot(request.Volume.Id, request.Spec))
            {
                Output = snapshot => new CinderSnapshot(snapshot, connection),
            },
            host);
    }
}
