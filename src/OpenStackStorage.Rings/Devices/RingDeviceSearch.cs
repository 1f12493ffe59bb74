namespace OpenStackStorage.Rings;

/// <summary>
/// What devices are looked for by; null fits all. As text:
/// <c>d&lt;id&gt;r&lt;region&gt;z&lt;zone&gt;-&lt;ip&gt;:&lt;port&gt;R&lt;ip&gt;:&lt;port&gt;/&lt;device&gt;_&lt;meta&gt;</c>, any part of it.
/// Source: swift/common/ring/utils.py, parse_search_value; builder.py, search_devs.
/// </summary>
public sealed record RingDeviceSearch
{
    public RingDeviceId? Id { get; init; }

    public int? Region { get; init; }

    public int? Zone { get; init; }

    /// <summary>In the form of <see cref="RingDeviceText.NormalizeHost"/>; devices are compared in that form.</summary>
    public string? Ip { get; init; }

    public int? Port { get; init; }

    /// <inheritdoc cref="Ip"/>
    public string? ReplicationIp { get; init; }

    public int? ReplicationPort { get; init; }

    public string? Device { get; init; }

    public double? Weight { get; init; }

    /// <summary>Any part of a device's meta.</summary>
    public string? Meta { get; init; }

    /// <summary>Fits every device.</summary>
    public bool IsEmpty => this == new RingDeviceSearch();

    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static RingDeviceSearch Parse(string text)
    {
        SpecScanner scanner = new(text);
        int? id = scanner.NumberAfter('d', "the id");
        int? region = scanner.NumberAfter('r', "the region");
        int? zone = scanner.NumberAfter('z', "the zone");
        scanner.Skip('-');
        string? ip = ReadIp(ref scanner);
        int? port = scanner.NumberAfter(':', "the port");
        bool hasReplication = scanner.Skip('R');
        string? replicationIp = hasReplication ? ReadIp(ref scanner) : null;
        int? replicationPort = hasReplication ? scanner.NumberAfter(':', "the replication port") : null;
        string? device = scanner.Skip('/') ? scanner.While(c => c != '_').ToString() : null;
        string? meta = scanner.Skip('_') ? scanner.Rest() : null;
        if (!scanner.AtEnd)
            throw scanner.Invalid($"nothing known begins at '{scanner.Rest()}'");
        return new RingDeviceSearch
        {
            Id = id is { } number ? new RingDeviceId(number) : null,
            Region = region,
            Zone = zone,
            Ip = ip,
            Port = port,
            ReplicationIp = replicationIp,
            ReplicationPort = replicationPort,
            Device = device,
            Meta = meta,
        };
    }

    public bool Matches(RingDevice device) =>
        Fits(Id, device.Id) && Fits(Region, device.Region) && Fits(Zone, device.Zone)
        && Fits(Port, device.Port) && Fits(ReplicationPort, device.ReplicationPort) && Fits(Weight, device.Weight)
        && (Device is null || Device == device.Device)
        && (Meta is null || device.Meta.Contains(Meta, StringComparison.Ordinal))
        && FitsAddress(Ip, device.Ip) && FitsAddress(ReplicationIp, device.ReplicationIp);

    private static bool Fits<T>(T? wanted, T found)
        where T : struct => wanted is not { } value || value.Equals(found);

    private static bool FitsAddress(string? wanted, string found) =>
        wanted is null || (RingAddress.TryNormalizeHost(found, out string normal) && normal == wanted);

    private static string? ReadIp(ref SpecScanner scanner)
    {
        string ip;
        if (scanner.Skip('['))
        {
            ip = scanner.While(c => c != ']').ToString();
            scanner.Skip(']');
        }
        else if (char.IsAsciiDigit(scanner.Next))
        {
            ip = scanner.While(c => char.IsAsciiDigit(c) || c == '.').ToString();
        }
        else
        {
            return null;
        }

        return RingAddress.TryNormalizeIp(ip, out string normal) ? normal : throw scanner.Invalid($"'{ip}' is no IP address");
    }
}
