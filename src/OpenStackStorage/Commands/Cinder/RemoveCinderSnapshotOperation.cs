using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The snapshot to remove.</summary>
public sealed record RemoveCinderSnapshotRequest(CinderSnapshot Snapshot)
{
    /// <summary>Whatever its status is.</summary>
    public bool Force { get; init; }
}

/// <summary>Removes a snapshot. What would be refused is refused before anybody is asked.</summary>
public static class RemoveCinderSnapshotOperation
{
    public static void Run(RemoveCinderSnapshotRequest request, ICmdletHost host)
    {
        ArgumentNullException.ThrowIfNull(request);
        CinderSnapshot snapshot = request.Snapshot;
        IVolumeService volumes = snapshot.Connection.Volumes;
        string volume = snapshot.VolumeName ?? snapshot.SourceVolumeId.ToString();
        volumes.DryRun().DeleteSnapshot(snapshot.Id, request.Force, new WorkProgress(), CancellationToken.None);
        if (!host.ShouldProcess(snapshot.ToString(), $"Remove the snapshot {snapshot.SnapshotId} of volume {volume}; the content that it keeps is lost"))
            return;
        host.Execute(new WorkActivity("Removing", snapshot.ToString()), work => volumes.DeleteSnapshot(snapshot.Id, request.Force, work.Progress, work.Token));
    }
}
