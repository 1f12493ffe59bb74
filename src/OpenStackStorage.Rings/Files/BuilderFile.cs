namespace OpenStackStorage.Rings;

/// <summary>
/// Builder files of all ages: a pickled dict, or before February 2011 a pickled object. Written as Swift does, with
/// protocol 2 and the keys in its order. Source: swift/common/ring/builder.py, load, copy_from, to_dict and save.
/// </summary>
internal static class BuilderFile
{
    private const int MaximumHours = int.MaxValue;
    private const string What = "the builder";

    /// <param name="bytes">The whole file.</param>
    /// <param name="file">Names the file in errors.</param>
    /// <exception cref="RingException"><see cref="ErrorIds.RingFileCorrupt"/>, <see cref="ErrorIds.RingFileUnsafe"/> or <see cref="ErrorIds.RingFileNotSupported"/>.</exception>
    public static RingBuilder Read(ReadOnlySpan<byte> bytes, string file)
    {
        PythonFields fields = PickleReader.Read(bytes, file) switch
        {
            PythonDict dict => new PythonFields(dict, file, What),
            PythonObject { State: { } state } => new PythonFields(state, file, What),
            _ => throw new RingException(ErrorIds.RingFileCorrupt, $"'{file}' holds no builder: a dict was expected.") { Target = file },
        };
        int partPower = PartPower(fields);
        Dictionary<PythonDict, RingDevice> known = new(ReferenceEqualityComparer.Instance);
        RingDevice?[] devices = Devices(fields, file, known);
        FileNumber replicas = Replicas(fields);
        RingBuilder content = new()
        {
            PartPower = partPower,
            NextPartPower = (int?)fields.IntegerOrNull("next_part_power", 0, RingBuilder.MaximumPartPower + 1),
            Replicas = replicas.Value,
            ReplicasIsInteger = replicas.IsInteger,
            MinPartHours = (int)fields.Integer("min_part_hours", 0, MaximumHours),
            DevicesChanged = fields.Boolean("devs_changed"),
            Version = (int)fields.Integer("version", 0, int.MaxValue),
            Overload = fields.NumberOrNull("overload")?.Value ?? 0,
            Assignments = BuilderTables.Table(fields, 1 << partPower),
            LastPartMovesEpoch = fields.IntegerOrNull("_last_part_moves_epoch", 0, long.MaxValue) ?? 0,
            LastPartMoves = BuilderTables.LastPartMoves(fields, 1 << partPower),
            LastPartGatherStart = (int)(fields.IntegerOrNull("_last_part_gather_start", 0, int.MaxValue) ?? 0),
            DispersionGraph = BuilderTables.DispersionGraph(fields, bytes.Length),
            Dispersion = fields.NumberOrNull("dispersion")?.Value,
            Id = fields.TextOrNull("id") ?? fields.TextOrNull("_id"),
        };
        content.SetDevices(devices, Removed(fields, file, known));
        Validate(fields, content);
        return content;
    }

    /// <summary>Writes what every Swift from 2.0 on loads with equal content.</summary>
    public static void Write(Stream stream, RingBuilder content)
    {
        using PickleWriter pickle = new(stream);
        pickle.Start();
        pickle.Write(PickleOpcode.EmptyDict);
        pickle.Write(PickleOpcode.Mark);
        Set(pickle, "part_power", content.PartPower);
        Set(pickle, "next_part_power", content.NextPartPower);
        Set(pickle, "replicas", new FileNumber(content.Replicas, content.ReplicasIsInteger).ToPython());
        Set(pickle, "min_part_hours", content.MinPartHours);
        Set(pickle, "parts", 1L << content.PartPower);
        pickle.WriteName("devs");
        Dictionary<RingDevice, int> entries = WriteDevices(pickle, content);
        Set(pickle, "devs_changed", content.DevicesChanged);
        Set(pickle, "dev_id_bytes", content.DeviceIdBytes);
        Set(pickle, "version", content.Version);
        Set(pickle, "overload", content.Overload);
        BuilderTables.Write(pickle, content);
        pickle.WriteName("_remove_devs");
        pickle.Write(PickleOpcode.EmptyList);
        foreach (RingDevice device in content.RemovedDevices)
        {
            if (entries.TryGetValue(device, out int entry))
                pickle.WriteGet(entry);
            else
                WriteDevice(pickle, device);
            pickle.Write(PickleOpcode.Append);
        }

        Set(pickle, "id", content.Id);
        pickle.Write(PickleOpcode.SetItems);
        pickle.Stop();
    }

    internal static void Set(PickleWriter pickle, string key, object? value)
    {
        pickle.WriteName(key);
        switch (value)
        {
            case null: pickle.WriteNone(); break;
            case bool flag: pickle.WriteBoolean(flag); break;
            case int integer: pickle.WriteInteger(integer); break;
            case long integer: pickle.WriteInteger(integer); break;
            case double number: pickle.WriteFloat(number); break;
            default: pickle.WriteText((string)value); break;
        }
    }

    private static int PartPower(PythonFields fields)
    {
        long partPower = fields.Integer("part_power", 0, 32);
        if (partPower > RingBuilder.MaximumPartPower)
            throw fields.NotSupported($"a part power of {partPower}; at most {RingBuilder.MaximumPartPower} can be read here");
        long parts = fields.Integer("parts", 0, long.MaxValue);
        return parts == 1L << (int)partPower
            ? (int)partPower
            : throw fields.Wrong("parts", parts, $"{1L << (int)partPower}, as the part power is {partPower},");
    }

    private static FileNumber Replicas(PythonFields fields)
    {
        FileNumber replicas = fields.Number("replicas");
        return replicas.Value is >= 1 and < ushort.MaxValue ? replicas : throw fields.Wrong("replicas", replicas.ToPython(), "1 or more");
    }

    private static RingDevice?[] Devices(PythonFields fields, string file, Dictionary<PythonDict, RingDevice> known)
    {
        PythonList list = fields.List("devs");
        RingDevice?[] devices = new RingDevice?[list.Count];
        for (int id = 0; id < devices.Length; id++)
        {
            if (list[id] is null)
                continue;
            if (list[id] is not PythonDict dict)
                throw fields.Wrong($"devs[{id}]", list[id], "a dict or None");
            devices[id] = DeviceFields.Read(dict, id, file);
            known[dict] = devices[id]!;
        }

        return devices;
    }

    private static List<RingDevice> Removed(PythonFields fields, string file, Dictionary<PythonDict, RingDevice> known)
    {
        PythonList list = fields.List("_remove_devs");
        List<RingDevice> removed = new(Math.Min(list.Count, known.Count));
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is not PythonDict dict)
                throw fields.Wrong($"_remove_devs[{i}]", list[i], "a dict");
            if (removed.Count > known.Count)
                throw fields.Corrupt("more devices are to be removed than there are");
            removed.Add(known.TryGetValue(dict, out RingDevice? device) ? device : DeviceFields.Read(dict, new PythonFields(dict, file, "a removed device").Integer("id"), file));
        }

        return removed;
    }

    private static void Validate(PythonFields fields, RingBuilder content)
    {
        if (content.Overload is not (>= 0 and <= double.MaxValue))
            throw fields.Wrong("overload", content.Overload, "0 or more");
        foreach (RingDevice removed in content.RemovedDevices)
        {
            if (removed.Id.Value >= content.Devices.Count || content.Devices[removed.Id.Value] is null)
                throw fields.Corrupt($"device {removed.Id.Value} is to be removed, but is not there");
        }

        bool[] exists = [.. content.Devices.Select(device => device is not null)];
        if (content.Assignments is { } table && AssignmentCheck.FindStray(table, exists, allowNone: true) is var (row, partition, id))
            throw fields.Corrupt($"replica {row} of partition {partition} lies on device {id}, which does not exist");
    }

    private static Dictionary<RingDevice, int> WriteDevices(PickleWriter pickle, RingBuilder content)
    {
        HashSet<RingDevice> removed = new(content.RemovedDevices, ReferenceEqualityComparer.Instance);
        Dictionary<RingDevice, int> entries = new(ReferenceEqualityComparer.Instance);
        pickle.Write(PickleOpcode.EmptyList);
        foreach (RingDevice? device in content.Devices)
        {
            if (device is null)
                pickle.WriteNone();
            else
                WriteDevice(pickle, device);
            if (device is not null && removed.Contains(device))
                entries[device] = pickle.WritePut();
            pickle.Write(PickleOpcode.Append);
        }

        return entries;
    }

    private static void WriteDevice(PickleWriter pickle, RingDevice device)
    {
        pickle.Write(PickleOpcode.EmptyDict);
        pickle.Write(PickleOpcode.Mark);
        foreach ((string key, object? value) in DeviceFields.Pairs(device, forRing: false))
            Set(pickle, key, value);
        pickle.Write(PickleOpcode.SetItems);
    }
}
