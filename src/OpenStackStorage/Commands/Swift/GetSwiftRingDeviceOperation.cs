using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Which devices of a builder or ring file to show.</summary>
public sealed record GetSwiftRingDeviceRequest(string Path, RingDeviceFilter Filter);

/// <summary>Lists the devices of a ring, in the order that operators know.</summary>
public static class GetSwiftRingDeviceOperation
{
    public static void Run(GetSwiftRingDeviceRequest request, ICmdletHost host)
    {
        RingSource source = RingSource.Read(request.Path);
        int[]? parts = source.Builder is null ? source.CountParts() : null;
        foreach (RingDevice device in request.Filter.Choose(source.Ring.Devices))
        {
            host.WriteObject(source.Builder is { } builder
                ? RingModels.ToModel(request.Path, builder, builder.GetDevice(device.Id))
                : RingModels.ToModel(request.Path, device, parts![device.Id.Value]));
        }
    }
}
