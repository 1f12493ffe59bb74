using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The devices to add to one builder. The path is a full path.</summary>
public sealed record AddSwiftRingDeviceRequest(string Path, IReadOnlyList<RingDeviceSpec> Devices);

/// <summary>Adds devices to a builder. Partitions come to them with the next rebalance.</summary>
public static class AddSwiftRingDeviceOperation
{
    public static void Run(AddSwiftRingDeviceRequest request, ICmdletHost host) =>
        BuilderEdit.Run(request.Path, request.Devices.Select(ToChange), host, (work, builder, devices) =>
        {
            foreach (RingDevice? device in devices)
                work.WriteObject(RingModels.ToModel(request.Path, builder, device!));
        });

    private static BuilderChange ToChange(RingDeviceSpec spec) => new(
        FormattableString.Invariant($"r{spec.Region}z{spec.Zone}-{spec.Ip}:{spec.Port}/{spec.Device}"),
        FormattableString.Invariant($"Add device of weight {spec.Weight}"),
        builder => builder.AddDevice(spec));
}
