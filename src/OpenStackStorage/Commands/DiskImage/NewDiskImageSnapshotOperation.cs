using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which image gets a snapshot of which name.</summary>
public sealed record NewDiskImageSnapshotRequest(string Path, string Name);

/// <summary>Keeps the disk of an image as it is now.</summary>
public static class NewDiskImageSnapshotOperation
{
    public static void Run(NewDiskImageSnapshotRequest request, ICmdletHost host)
    {
        if (DiskImageSnapshots.Of(request.Path).Find(snapshot => snapshot.Name == request.Name || snapshot.Id == request.Name) is { } taken)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{request.Path}' has the snapshot {DiskImageSnapshots.Describe(taken)} already.")
            {
                Target = request.Path,
                Found = request.Name,
                Expected = "a name that is neither the name nor the id of another snapshot",
                Remedy = "Choose another name, or remove that snapshot first.",
            };
        }

        if (!host.ShouldProcess(request.Path, $"Make snapshot '{request.Name}'"))
            return;
        host.Execute(new WorkActivity("Making a snapshot", request.Path), work =>
        {
            DiskImageSnapshot snapshot;
            using (Qcow2WritableImage image = DiskImageSnapshots.Open(request.Path))
            {
                snapshot = DiskImageInfoReader.ToModel(request.Path, image.CreateSnapshot(request.Name, DateTimeOffset.UtcNow));
                image.Close();
            }

            work.WriteObject(snapshot);
        });
    }
}
