namespace OpenStackStorage.Rings;

/// <summary>Devices from and to the dicts of builder and ring files. Source: swift/common/ring/builder.py, load and get_ring.</summary>
internal static class DeviceFields
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "id", "region", "zone", "ip", "port", "replication_ip", "replication_port", "device", "meta", "weight", "parts", "parts_wanted",
    };

    /// <summary>Fills in what older files lack: region 1, the replication address, meta.</summary>
    public static RingDevice Read(PythonDict dict, int id, string file)
    {
        PythonFields fields = new(dict, file, $"device {id}");
        if (fields.Integer("id") != id)
            throw fields.Corrupt($"its id is {fields.Integer("id")}, its place in the list {id}");

        FileNumber weight = fields.Number("weight");
        if (!double.IsFinite(weight.Value) || weight.Value < 0)
            throw fields.Wrong("weight", weight.Value, "0 or more");
        int port = fields.Integer("port");
        string ip = fields.Text("ip");
        return new RingDevice
        {
            Id = new RingDeviceId(id),
            Region = fields.Has("region") ? fields.Integer("region") : 1,
            Zone = fields.Integer("zone"),
            Ip = ip,
            Port = port,
            ReplicationIp = fields.TextOrNull("replication_ip") ?? ip,
            ReplicationPort = (int?)fields.IntegerOrNull("replication_port", int.MinValue, int.MaxValue) ?? port,
            Device = fields.Text("device"),
            Meta = fields.TextOrNull("meta") ?? "",
            Weight = weight.Value,
            WeightIsInteger = weight.IsInteger,
            Parts = (int)(fields.IntegerOrNull("parts", int.MinValue, int.MaxValue) ?? 0),
            PartsWanted = fields.NumberOrNull("parts_wanted")?.Value,
            Others = Others(dict),
        };
    }

    /// <summary>In the order that <c>swift-ring-builder add</c> inserts them.</summary>
    /// <param name="forRing">Rings leave out what only the builder needs.</param>
    public static IEnumerable<KeyValuePair<string, object?>> Pairs(RingDevice device, bool forRing)
    {
        yield return new("region", (long)device.Region);
        yield return new("zone", (long)device.Zone);
        yield return new("ip", device.Ip);
        yield return new("port", (long)device.Port);
        yield return new("device", device.Device);
        yield return new("replication_ip", device.ReplicationIp);
        yield return new("replication_port", (long)device.ReplicationPort);
        yield return new("meta", device.Meta);
        yield return new("weight", new FileNumber(device.Weight, device.WeightIsInteger).ToPython());
        yield return new("id", (long)device.Id.Value);
        if (!forRing)
            yield return new("parts", (long)device.Parts);
        if (!forRing && device.PartsWanted is { } wanted)
            yield return new("parts_wanted", new FileNumber(wanted, IsInteger: double.IsInteger(wanted)).ToPython());
        foreach (KeyValuePair<string, object?> other in device.Others)
            yield return other;
    }

    /// <summary>Only plain values are kept of what Swift does not know; no Swift writes any.</summary>
    private static List<KeyValuePair<string, object?>> Others(PythonDict dict)
    {
        List<KeyValuePair<string, object?>> others = [];
        foreach ((object? key, object? value) in dict.Pairs)
        {
            if (key is string name && !Known.Contains(name) && value is null or bool or long or double or string)
                others.Add(new((string)key!, value));
        }

        return others;
    }
}
