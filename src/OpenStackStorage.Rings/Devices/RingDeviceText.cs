namespace OpenStackStorage.Rings;

/// <summary>
/// Devices as <c>swift-ring-builder add</c> takes them:
/// <c>[r&lt;region&gt;]z&lt;zone&gt;-&lt;ip&gt;:&lt;port&gt;[R&lt;ip&gt;:&lt;port&gt;]/&lt;device&gt;[_&lt;meta&gt;]</c>, IPv6 in brackets.
/// Source: swift/common/ring/utils.py, parse_add_value and parse_address.
/// </summary>
public static class RingDeviceText
{
    private const int MaximumPort = 65535;

    /// <param name="text">The device.</param>
    /// <param name="weight">Goes into the result; the adding judges it.</param>
    /// <param name="regionMissing">The text names no region, and the result has 1. The CLI warns then.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static RingDeviceSpec Parse(string text, double weight, out bool regionMissing)
    {
        SpecScanner scanner = new(text);
        int? region = scanner.NumberAfter('r', "the region");
        regionMissing = region is null;
        int zone = scanner.NumberAfter('z', "the zone") ?? throw scanner.Invalid("a zone, such as z1, is missing");
        if (!scanner.Skip('-'))
            throw scanner.Invalid("'-' and an address must follow the zone");

        (string ip, int port) = Address(ref scanner);
        (string? replicationIp, int? replicationPort) = scanner.Skip('R') ? Address(ref scanner) : default((string?, int?));
        if (!scanner.Skip('/'))
            throw scanner.Invalid("'/' and the name of a device must follow the port");
        string device = scanner.While(c => c != '_').ToString();
        if (device.Length == 0 || device.StartsWith(' ') || device.EndsWith(' '))
            throw scanner.Invalid("the name of the device is empty or has spaces around it");
        string meta = scanner.Skip('_') ? scanner.Rest() : "";
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
        };
    }

    /// <summary>
    /// An address in the form that rings hold: lower case, IPv6 without brackets and as short as it can be. Host names
    /// are taken too, as by the CLI's options.
    /// </summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static string NormalizeHost(string address) =>
        RingAddress.TryNormalizeHost(address, out string normal) ? normal : throw new SpecScanner(address).Invalid("it is neither an IP address nor a host name");

    /// <summary>Up to the next 'R' or '/'. The CLI takes no host names here.</summary>
    private static (string Ip, int Port) Address(ref SpecScanner scanner)
    {
        string address = scanner.While(c => c is not ('R' or '/')).ToString();
        int colon = address.LastIndexOf(':');
        SpecScanner portText = new(colon < 0 ? "" : address[(colon + 1)..]);
        if (colon < 0 || !char.IsAsciiDigit(portText.Next) || portText.Number("the port") is var port && (port > MaximumPort || !portText.AtEnd))
            throw scanner.Invalid($"after ':' a port of at most {MaximumPort} is missing");
        string ip = address[..colon];
        if (ip.StartsWith('[') && ip.EndsWith(']'))
            ip = ip[1..^1];
        return RingAddress.TryNormalizeIp(ip, out string normal) ? (normal, port) : throw scanner.Invalid($"'{ip}' is no IP address");
    }
}
