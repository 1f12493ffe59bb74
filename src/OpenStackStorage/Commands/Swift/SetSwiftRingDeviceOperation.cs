using OpenStackStorage.Hosting;
using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>What to change of devices; null leaves as it is.</summary>
public sealed record SetSwiftRingDeviceRequest(string Path, IReadOnlyList<RingDeviceFilter> Devices)
{
    public double? Weight { get; init; }

    public int? NewRegion { get; init; }

    public int? NewZone { get; init; }

    public string? NewIp { get; init; }

    public int? NewPort { get; init; }

    public string? NewReplicationIp { get; init; }

    public int? NewReplicationPort { get; init; }

    public string? NewDevice { get; init; }

    public string? NewMeta { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>Changes devices of a builder: set_weight, set_region, set_zone and set_info of swift-ring-builder in one.</summary>
public static class SetSwiftRingDeviceOperation
{
    public static void Run(SetSwiftRingDeviceRequest request, ICmdletHost host)
    {
        string action = Describe(request);
        if (action.Length == 0)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, "Nothing was given to change.")
            {
                Target = request.Path,
                Remedy = "Add -Weight or one of the parameters that start with -New.",
            };
        }

        RingBuilder builder = RingSource.ReadBuilder(request.Path);
        IEnumerable<BuilderChange> changes = RingDeviceChoice.Choose(request.Devices, builder, host)
            .Select(device => new BuilderChange(device.ToString(), action, changed => Apply(request, changed, device.Id)));
        BuilderEdit.Run(request.Path, changes, host, (work, changed, devices) =>
        {
            foreach (RingDevice? device in request.PassThru ? devices : [])
                work.WriteObject(RingModels.ToModel(request.Path, changed, device!));
        });
    }

    private static RingDevice Apply(SetSwiftRingDeviceRequest request, RingBuilder builder, RingDeviceId id)
    {
        if (request.Weight is { } weight)
            builder.SetWeight(id, weight);
        if (request.NewRegion is { } region)
            builder.SetRegion(id, region);
        if (request.NewZone is { } zone)
            builder.SetZone(id, zone);
        if (HasInfo(request))
        {
            builder.SetInfo(
                id, Host(request.NewIp), request.NewPort, Host(request.NewReplicationIp), request.NewReplicationPort, request.NewDevice, request.NewMeta);
        }

        return builder.GetDevice(id);
    }

    private static string? Host(string? address) => address is null ? null : RingAddress.Normalize(address);

    private static bool HasInfo(SetSwiftRingDeviceRequest request) =>
        request.NewIp is not null || request.NewPort is not null || request.NewReplicationIp is not null
        || request.NewReplicationPort is not null || request.NewDevice is not null || request.NewMeta is not null;

    private static string Describe(SetSwiftRingDeviceRequest request)
    {
        (string Name, object? Value)[] changes =
        [
            ("weight", request.Weight), ("region", request.NewRegion), ("zone", request.NewZone), ("ip", request.NewIp), ("port", request.NewPort),
            ("replication ip", request.NewReplicationIp), ("replication port", request.NewReplicationPort), ("device", request.NewDevice), ("meta", request.NewMeta),
        ];
        string text = string.Join(", ", changes.Where(change => change.Value is not null).Select(change => FormattableString.Invariant($"{change.Name} to {change.Value}")));
        return text.Length == 0 ? "" : "Set " + text;
    }
}
