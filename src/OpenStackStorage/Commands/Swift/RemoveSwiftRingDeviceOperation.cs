using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The devices to take out of a ring.</summary>
public sealed record RemoveSwiftRingDeviceRequest(string Path, IReadOnlyList<RingDeviceFilter> Devices, bool PassThru = false);

/// <summary>Marks devices for removal. The next rebalance moves their partitions away and takes them out.</summary>
public static class RemoveSwiftRingDeviceOperation
{
    public static void Run(RemoveSwiftRingDeviceRequest request, ICmdletHost host)
    {
        RingBuilder builder = RingSource.ReadBuilder(request.Path);
        IEnumerable<BuilderChange> changes = RingDeviceChoice.Choose(request.Devices, builder, host).Select(device => new BuilderChange(
            device.ToString(),
            FormattableString.Invariant($"Remove device, which holds {device.Parts} partition replicas, with the next rebalance"),
            changed =>
            {
                changed.RemoveDevice(device.Id);
                return changed.GetDevice(device.Id);
            }));
        BuilderEdit.Run(request.Path, changes, host, (work, changed, devices) =>
        {
            foreach (RingDevice? device in request.PassThru ? devices : [])
                work.WriteObject(RingModels.ToModel(request.Path, changed, device!));
        });
    }
}
