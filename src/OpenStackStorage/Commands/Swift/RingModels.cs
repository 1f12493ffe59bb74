using OpenStackStorage.Model;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>Makes the output objects of the ring cmdlets.</summary>
internal static class RingModels
{
    public static SwiftRing ToModel(string path, RingBuilder builder) => new()
    {
        Path = path,
        Kind = "Builder",
        PartPower = builder.PartPower,
        NextPartPower = builder.NextPartPower,
        Replica = builder.Replicas,
        MinPartHours = builder.MinPartHours,
        MinPartSecondsLeft = builder.MinPartSecondsLeft(),
        Overload = builder.Overload,
        Regions = Count(builder.Devices, device => device.Region),
        Zones = Count(builder.Devices, device => (device.Region, device.Zone)),
        Devices = builder.Devices.Count(device => device is not null),
        Balance = HasWeight(builder) ? builder.GetBalance() : null,
        Dispersion = builder.Dispersion,
        Version = builder.Version,
        Changed = builder.DevicesChanged,
        RingState = RingState(path, builder),
        DeviceIdBytes = builder.DeviceIdBytes,
        Id = builder.Id,
    };

    public static SwiftRing ToModel(string path, RingData ring) => new()
    {
        Path = path,
        Kind = "Ring",
        PartPower = ring.PartPower,
        NextPartPower = ring.NextPartPower,
        Replica = ring.Replicas,
        Regions = Count(ring.Devices, device => device.Region),
        Zones = Count(ring.Devices, device => (device.Region, device.Zone)),
        Devices = ring.Devices.Count(device => device is not null),
        Version = ring.Version,
        DeviceIdBytes = ring.Assignments.DeviceIdBytes,
    };

    public static SwiftRingDevice ToModel(string path, RingBuilder builder, RingDevice device) =>
        ToModel(path, device, device.Parts, HasWeight(builder) ? builder.GetBalance(device) : 0, builder.IsRemoved(device) ? "DEL" : "");

    public static SwiftRingDevice ToModel(string path, RingDevice device, int parts, double? balance = null, string flags = "") => new()
    {
        Path = path,
        Id = device.Id.Value,
        Region = device.Region,
        Zone = device.Zone,
        Ip = device.Ip,
        Port = device.Port,
        ReplicationIp = device.ReplicationIp,
        ReplicationPort = device.ReplicationPort,
        Device = device.Device,
        Weight = device.Weight,
        Partitions = parts,
        PartitionsWanted = device.PartsWanted,
        Balance = balance,
        Flags = flags,
        Meta = device.Meta,
    };

    /// <summary>Swift's own listing is in this order (ringbuilder.py, default).</summary>
    public static IEnumerable<RingDevice> InOrder(IEnumerable<RingDevice?> devices) =>
        devices.OfType<RingDevice>()
            .OrderBy(device => device.Region)
            .ThenBy(device => device.Zone)
            .ThenBy(device => device.Ip, StringComparer.Ordinal)
            .ThenBy(device => device.Device, StringComparer.Ordinal);

    /// <summary>A tier's name, a device's with the name of its disk.</summary>
    public static string TierName(RingTier tier, IReadOnlyList<RingDevice?> devices) =>
        tier.Device is { } id && id.Value < devices.Count && devices[id.Value] is { } device
            ? $"{device.Tier(RingTierLevel.Server)}/{device.Device}"
            : tier.ToString();

    private static bool HasWeight(RingBuilder builder) => builder.Devices.Any(device => device is { Weight: > 0 });

    private static int Count<T>(IEnumerable<RingDevice?> devices, Func<RingDevice, T> tier) =>
        devices.OfType<RingDevice>().Select(tier).Distinct().Count();

    private static string RingState(string path, RingBuilder builder)
    {
        string ringPath = BuilderSession.RingPathOf(path);
        if (!File.Exists(ringPath))
            return "not found";
        try
        {
            return RingStore.ReadRing(ringPath).HasSameContentAs(builder.GetRing()) ? "up-to-date" : "obsolete";
        }
        catch (StorageException)
        {
            return "invalid";
        }
    }
}
