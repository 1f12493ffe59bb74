namespace OpenStackStorage.Rings;

/// <summary>What both versions of ring files say in JSON.</summary>
internal static class RingMetadata
{
    /// <summary>More ids than any cluster: 4,194,304. A list of removed devices costs no more than its commas.</summary>
    public const int MaximumDevices = 1 << 22;

    public const string What = "the ring";

    public static PythonFields Parse(byte[] json, string file) =>
        PythonJson.Parse(json, file) is PythonDict dict
            ? new PythonFields(dict, file, What)
            : throw new RingException(ErrorIds.RingFileCorrupt, $"'{file}': its JSON holds no object.") { Target = file };

    /// <summary>From <c>part_shift</c>: the bits of a hash that are not the partition.</summary>
    public static int PartPower(PythonFields fields)
    {
        int partPower = 32 - (int)fields.Integer("part_shift", 0, 32);
        return partPower <= RingBuilder.MaximumPartPower
            ? partPower
            : throw fields.NotSupported($"a part power of {partPower}; at most {RingBuilder.MaximumPartPower} can be read here");
    }

    public static RingDevice?[] Devices(PythonFields fields, object? value, string file, int maximum)
    {
        if (value is not PythonList list)
            throw fields.Wrong("devs", value, "a list");
        if (list.Count > maximum)
            throw fields.Corrupt($"it has {list.Count} devices; at most {maximum} can be");
        RingDevice?[] devices = new RingDevice?[list.Count];
        for (int id = 0; id < devices.Length; id++)
        {
            if (list[id] is PythonDict dict)
                devices[id] = DeviceFields.Read(dict, id, file);
            else if (list[id] is not null)
                throw fields.Wrong($"devs[{id}]", list[id], "an object or null");
        }

        return devices;
    }

    /// <summary>Each assignment must name a device: proxies would fail at the first request for it.</summary>
    public static void Validate(PythonFields fields, RingData content)
    {
        bool[] exists = [.. content.Devices.Select(device => device is not null)];
        if (AssignmentCheck.FindStray(content.Assignments, exists, allowNone: false) is var (row, partition, id))
            throw fields.Corrupt($"replica {row} of partition {partition} lies on device {id}, which does not exist");
    }

    /// <summary>Devices as JSON values, null in the holes.</summary>
    public static object?[] Devices(RingData content)
    {
        object?[] devices = new object?[content.Devices.Count];
        for (int id = 0; id < devices.Length; id++)
        {
            if (content.Devices[id] is not { } device)
                continue;
            PythonDict dict = new();
            foreach ((string key, object? value) in DeviceFields.Pairs(device, forRing: true))
                dict.Set(key, value);
            devices[id] = dict;
        }

        return devices;
    }
}
