namespace OpenStackStorage.Rings;

/// <summary>Which devices are meant: all that are given must match. Source: swift/common/ring/builder.py, search_devs.</summary>
public sealed record RingDeviceSearch
{
    public int? Id { get; init; }

    public int? Region { get; init; }

    public int? Zone { get; init; }

    /// <summary>As <see cref="RingAddress.Normalize"/> gives it.</summary>
    public string? Ip { get; init; }

    public int? Port { get; init; }

    /// <inheritdoc cref="Ip"/>
    public string? ReplicationIp { get; init; }

    public int? ReplicationPort { get; init; }

    public string? Device { get; init; }

    public double? Weight { get; init; }

    /// <summary>Matches where it is contained.</summary>
    public string? Meta { get; init; }

    /// <summary>
    /// Reads <c>d1r2z3-10.0.0.1:6200R10.0.0.2:6200/sda_meta</c> or parts of it in this order; the '-' may be missing.
    /// Source: swift/common/ring/utils.py, parse_search_value. An empty text is refused: it would mean every device.
    /// </summary>
    /// <exception cref="RingException"><see cref="ErrorIds.RingSearchInvalid"/>.</exception>
    public static RingDeviceSearch Parse(string text)
    {
        RingDeviceText rest = new(text);
        if (rest.IsAtEnd)
            throw rest.Invalid("at least one part of d1r1z1-10.0.0.1:6200R10.0.0.1:6200/sda_meta");
        RingDeviceSearch search = new() { Id = rest.Number('d'), Region = rest.Number('r'), Zone = rest.Number('z') };
        rest.Skip('-');
        search = search with { Ip = rest.Ip(), Port = rest.Number(':') };
        if (rest.Skip('R'))
            search = search with { ReplicationIp = rest.Ip(), ReplicationPort = rest.Number(':') };
        search = search with { Device = rest.Device(), Meta = rest.Meta() };
        return rest.IsAtEnd ? search : throw rest.Invalid("d1r1z1-10.0.0.1:6200R10.0.0.1:6200/sda_meta, or parts of it in this order");
    }

    public bool Matches(RingDevice device) =>
        (Id is null || Id == device.Id.Value)
        && (Region is null || Region == device.Region)
        && (Zone is null || Zone == device.Zone)
        && (Ip is null || IsAddress(device.Ip, Ip))
        && (Port is null || Port == device.Port)
        && (ReplicationIp is null || IsAddress(device.ReplicationIp, ReplicationIp))
        && (ReplicationPort is null || ReplicationPort == device.ReplicationPort)
        && (Device is null || Device == device.Device)
        && (Weight is null || Weight == device.Weight)
        && (Meta is null || device.Meta.Contains(Meta, StringComparison.Ordinal));

    /// <summary>A device may hold an address of an old version in another form, or none that can be read.</summary>
    private static bool IsAddress(string found, string wanted) => found == wanted || RingAddress.TryNormalize(found) == wanted;
}
