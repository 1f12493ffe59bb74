using System.Text;

namespace OpenStackStorage.Rings.Tests;

/// <summary>Builders and rings that several tests need.</summary>
internal static class RingSamples
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public static RingDevice Device(int id, double weight = 100, string meta = "") => new()
    {
        Id = new RingDeviceId(id),
        Region = 1 + (id % 2),
        Zone = id % 3,
        Ip = $"10.0.{id % 3}.{id % 5}",
        Port = 6200,
        ReplicationIp = $"10.1.{id % 3}.{id % 5}",
        ReplicationPort = 6300,
        Device = $"sd{(char)('a' + (id % 26))}",
        Meta = meta,
        Weight = weight,
        WeightIsInteger = double.IsInteger(weight) && id % 4 == 3,
        Parts = 5 * id,
        PartsWanted = id == 1 ? null : id - 3,
    };

    /// <summary>A builder with a hole, a device to be removed, texts beyond ASCII and a fraction of a replica.</summary>
    public static RingBuilder Builder(int partPower = 6, int devices = 7, bool wide = false, double replicas = 2.5, bool unassigned = false)
    {
        RingDevice?[] list = [.. Enumerable.Range(0, devices).Select(id => Device(id, id * 12.5, id == 1 ? "é😀\"\\\n\u007f" : ""))];
        if (devices > 4)
            list[2] = null;
        int parts = 1 << partPower;
        int[] ids = [.. list.OfType<RingDevice>().Select(device => device.Id.Value)];
        int[] lengths = [.. Enumerable.Range(0, (int)Math.Ceiling(replicas)).Select(row => (int)Math.Min(parts, (replicas - row) * parts))];
        uint none = wide ? uint.MaxValue : ushort.MaxValue;
        uint[][] rows = [.. lengths.Select((length, row) => Enumerable.Range(0, length).Select(part => unassigned && part == 3 ? none : (uint)ids[(part * 7 + row) % ids.Length]).ToArray())];
        RingBuilder builder = new()
        {
            PartPower = partPower,
            NextPartPower = wide ? partPower + 1 : null,
            Replicas = replicas,
            MinPartHours = 24,
            DevicesChanged = true,
            Version = 12,
            Overload = 0.1,
            Assignments = wide ? new RingAssignments(rows) : new RingAssignments([.. rows.Select(row => Array.ConvertAll(row, id => (ushort)id))]),
            LastPartMovesEpoch = 1_700_000_000,
            LastPartMoves = [.. Enumerable.Range(0, parts).Select(part => (byte)(part * 5))],
            LastPartGatherStart = 17,
            DispersionGraph = [new(new(1), [0, 1, 70000]), new(new(1, 2), [1]), new(new(1, 2, "10.0.0.1"), []), new(new(1, 2, "10.0.0.1", new RingDeviceId(3)), [1, 2])],
            Dispersion = 1.25,
            Id = "0123456789abcdef0123456789abcdef",
        };
        builder.SetDevices(list, [list[^1]!]);
        return builder;
    }

    public static RingData Ring(RingBuilder builder) => new()
    {
        PartPower = builder.PartPower,
        NextPartPower = builder.NextPartPower,
        Version = builder.Version,
        Devices = builder.Devices,
        Assignments = builder.Assignments ?? new RingAssignments(Array.Empty<ushort[]>()),
    };

    public static byte[] ToBytes(RingBuilder builder)
    {
        using MemoryStream stream = new();
        BuilderFile.Write(stream, builder);
        return stream.ToArray();
    }

    public static byte[] ToBytes(RingData ring, int version)
    {
        using MemoryStream stream = new();
        RingFile.Write(stream, ring, "/etc/swift/object.ring.gz", version);
        return stream.ToArray();
    }

    /// <summary>All of a builder in words, for comparing.</summary>
    public static string Describe(RingBuilder builder)
    {
        StringBuilder text = new();
        text.AppendLine($"{builder.PartPower} {builder.NextPartPower} {builder.Replicas} {builder.ReplicasIsInteger} {builder.MinPartHours} {builder.DevicesChanged} {builder.Version} {builder.Overload}");
        text.AppendLine($"{builder.LastPartMovesEpoch} {Convert.ToHexString(builder.LastPartMoves)} {builder.LastPartGatherStart} {builder.Dispersion} {builder.Id}");
        foreach (RingDevice? device in builder.Devices)
            text.AppendLine(device is null ? "none" : string.Join(' ', DeviceFields.Pairs(device, forRing: false).Select(pair => $"{pair.Key}={pair.Value}({pair.Value?.GetType().Name})")));
        text.AppendLine(string.Join(' ', builder.RemovedDevices.Select(device => device.Id)));
        foreach ((RingTier tier, int[] counts) in builder.DispersionGraph)
            text.AppendLine($"{tier} {string.Join(',', counts)}");
        return text.Append(Describe(builder.Assignments ?? new RingAssignments(Array.Empty<ushort[]>()))).ToString();
    }

    public static string Describe(RingData ring)
    {
        StringBuilder text = new();
        text.AppendLine($"{ring.PartPower} {ring.NextPartPower} {ring.Version} {ring.Replicas}");
        foreach (RingDevice? device in ring.Devices)
            text.AppendLine(device is null ? "none" : string.Join(' ', DeviceFields.Pairs(device, forRing: true).Select(pair => $"{pair.Key}={pair.Value}({pair.Value?.GetType().Name})")));
        return text.Append(Describe(ring.Assignments)).ToString();
    }

    private static string Describe(RingAssignments table) =>
        $"{table.DeviceIdBytes}\n{string.Join('\n', Enumerable.Range(0, table.RowCount).Select(row => string.Join(',', Enumerable.Range(0, table.RowLength(row)).Select(part => table.Narrow?[row][part] ?? table.Wide![row][part]))))}";
}
