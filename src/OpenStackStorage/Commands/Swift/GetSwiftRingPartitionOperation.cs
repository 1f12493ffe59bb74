using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Which partitions to list: those of devices, or those that are named.</summary>
public sealed record GetSwiftRingPartitionRequest(string Path)
{
    public RingDeviceFilter Filter { get; init; } = new();

    public IReadOnlyCollection<int> Partitions { get; init; } = [];
}

/// <summary>Lists replicas of partitions with the devices that hold them.</summary>
public static class GetSwiftRingPartitionOperation
{
    public static void Run(GetSwiftRingPartitionRequest request, ICmdletHost host)
    {
        RingData ring = RingSource.Read(request.Path).Ring;
        if (ring.Assignments.RowCount == 0)
            throw new RingException(ErrorIds.RingNotRebalanced, $"'{request.Path}' has no assignments: it was never rebalanced.") { Target = request.Path };
        int parts = ring.Assignments.RowLength(0);
        foreach (int partition in request.Partitions.Where(partition => partition < 0 || partition >= parts))
        {
            throw new RingException(ErrorIds.RingParameterInvalid, FormattableString.Invariant($"'{request.Path}' has no partition {partition}: 0 to {parts - 1}."))
            {
                Target = request.Path,
                Found = FormattableString.Invariant($"{partition}"),
                Expected = FormattableString.Invariant($"0 to {parts - 1}"),
            };
        }

        HashSet<int> devices = [.. request.Filter.Choose(ring.Devices).Select(device => device.Id.Value)];
        host.Execute(new WorkActivity("Listing partitions", request.Path, "partitions"), work =>
        {
            foreach (int partition in request.Partitions.Count > 0 ? request.Partitions : Enumerable.Range(0, parts))
            {
                work.Token.ThrowIfCancellationRequested();
                for (int row = 0; row < ring.Assignments.RowCount && partition < ring.Assignments.RowLength(row); row++)
                {
                    if (ring.Assignments[row, new RingPartition(partition)] is { } id && devices.Contains(id.Value))
                        work.WriteObject(ToModel(request.Path, partition, row, ring.Devices[id.Value]!));
                }

                work.Progress.Add(1);
            }
        });
    }

    private static SwiftRingPartition ToModel(string path, int partition, int replica, RingDevice device) => new()
    {
        Path = path,
        Partition = partition,
        Replica = replica,
        DeviceId = device.Id.Value,
        Region = device.Region,
        Zone = device.Zone,
        Ip = device.Ip,
        Port = device.Port,
        Device = device.Device,
    };
}
