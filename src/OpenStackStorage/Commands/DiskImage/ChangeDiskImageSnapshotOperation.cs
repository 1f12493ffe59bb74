using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which snapshot of an image to go back to, or to remove.</summary>
/// <param name="Name">A name, or else an id.</param>
public sealed record ChangeDiskImageSnapshotRequest(string Path, string Name)
{
    /// <summary>The id of the snapshot of that name; null where the name tells enough.</summary>
    public string? SnapshotId { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>Goes back to an internal snapshot, or removes it. The question says what is lost.</summary>
public static class ChangeDiskImageSnapshotOperation
{
    public static void Restore(ChangeDiskImageSnapshotRequest request, ICmdletHost host)
    {
        DiskImageSnapshot snapshot = DiskImageSnapshots.Find(request.Path, request.Name, request.SnapshotId);
        long? size = DiskImageInfoReader.Read(request.Path, DiskImageFormat.Qcow2).VirtualSize;
        string resize = size == snapshot.VirtualSize ? "" : $", and its size of {ByteSize.Format(size ?? 0)} becomes {ByteSize.Format(snapshot.VirtualSize)}";
        string action = $"Go back to snapshot {DiskImageSnapshots.Describe(snapshot)}; what the disk holds now is lost{resize}";
        Change(request, snapshot, host, action, "Restoring a snapshot", image => image.RestoreSnapshot(snapshot.Id));
    }

    public static void Remove(ChangeDiskImageSnapshotRequest request, ICmdletHost host)
    {
        DiskImageSnapshot snapshot = DiskImageSnapshots.Find(request.Path, request.Name, request.SnapshotId);
        string state = snapshot.VmStateSize == 0 ? "" : $", and {ByteSize.Format(snapshot.VmStateSize)} of saved memory";
        string action = $"Remove snapshot {DiskImageSnapshots.Describe(snapshot)}; the disk as it was then{state} is lost";
        Change(request, snapshot, host, action, "Removing a snapshot", image => image.RemoveSnapshot(snapshot.Id));
    }

    private static void Change(
        ChangeDiskImageSnapshotRequest request, DiskImageSnapshot snapshot, ICmdletHost host, string action, string activity, Action<Qcow2WritableImage> change)
    {
        if (!host.ShouldProcess(request.Path, action))
            return;
        host.Execute(new WorkActivity(activity, request.Path), work =>
        {
            using (Qcow2WritableImage image = DiskImageSnapshots.Open(request.Path))
            {
                change(image);
                image.Close();
            }

            if (request.PassThru)
                work.WriteObject(snapshot);
        });
    }
}
