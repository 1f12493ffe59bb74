using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>The devices that a command was told to change.</summary>
internal static class RingDeviceChoice
{
    /// <summary>Each device once, in the order of the filters. A filter that chooses none is an error of its own.</summary>
    public static List<RingDevice> Choose(IReadOnlyList<RingDeviceFilter> filters, RingBuilder builder, ICmdletHost host)
    {
        List<RingDevice> devices = [];
        HashSet<RingDeviceId> seen = [];
        foreach (RingDeviceFilter filter in filters)
        {
            try
            {
                IReadOnlyList<RingDevice> chosen = filter.Choose(builder.Devices);
                if (chosen.Count == 0)
                    throw new RingException(ErrorIds.RingDeviceNotFound, $"No device of the ring matches {filter.Search ?? "what was given"}.") { Found = filter.Search };
                devices.AddRange(chosen.Where(device => seen.Add(device.Id)));
            }
            catch (RingException error)
            {
                host.WriteError(error);
            }
        }

        return devices;
    }
}
