namespace OpenStackStorage.Rings;

/// <summary>A device to add to a ring.</summary>
public sealed record RingDeviceSpec
{
    public int Region { get; init; } = 1;

    public required int Zone { get; init; }

    /// <summary>Address or host name; tiers compare it as text, so write it always in the same way.</summary>
    public required string Ip { get; init; }

    /// <summary>1 to 65535.</summary>
    public required int Port { get; init; }

    /// <summary><see cref="Ip"/> if null.</summary>
    public string? ReplicationIp { get; init; }

    /// <summary><see cref="Port"/> if null.</summary>
    public int? ReplicationPort { get; init; }

    /// <summary>The name of the disk, such as <c>sda</c>; neither empty nor with spaces around it.</summary>
    public required string Device { get; init; }

    public string Meta { get; init; } = "";

    /// <summary>Finite and not negative.</summary>
    public required double Weight { get; init; }

    /// <summary>The first free id if null.</summary>
    public RingDeviceId? Id { get; init; }

    /// <summary>
    /// Reads <c>r1z2-10.0.0.1:6200R10.0.0.2:6200/sda_meta</c>; region (then 1), R.. and _meta may be missing. Source:
    /// swift/common/ring/utils.py, parse_add_value.
    /// </summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static RingDeviceSpec Parse(string text, double weight)
    {
        const string form = "r1z2-10.0.0.1:6200R10.0.0.2:6200/sda_meta";
        RingDeviceText rest = new(text);
        int? region = rest.Number('r');
        int zone = rest.Number('z') ?? throw rest.Invalid($"a zone: {form}");
        if (!rest.Skip('-'))
            throw rest.Invalid($"'-' after the zone: {form}");
        (string ip, int port) = rest.Address(form);
        (string? replicationIp, int? replicationPort) = rest.Skip('R') ? rest.Address(form) : default((string?, int?));
        string device = rest.Device() ?? throw rest.Invalid($"'/' and the name of the device: {form}");
        if (device.Length == 0 || device.StartsWith(' ') || device.EndsWith(' '))
            throw rest.Invalid($"a name of the device without spaces around it: {form}");
        string meta = rest.Meta() ?? "";
        return new RingDeviceSpec
        {
            Region = region ?? 1,
            Zone = zone,
            Ip = ip,
            Port = port,
            ReplicationIp = replicationIp,
            ReplicationPort = replicationPort,
            Device = device,
            Meta = meta,
            Weight = weight,
            HasRegion = region is not null,
        };
    }

    /// <summary>The text that this was read from named a region; Swift warns where it does not.</summary>
    public bool HasRegion { get; init; } = true;
}
