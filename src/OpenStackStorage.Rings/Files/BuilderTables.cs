namespace OpenStackStorage.Rings;

/// <summary>The large parts of a builder file: assignments, last moves, dispersion graph.</summary>
internal static class BuilderTables
{
    /// <summary>Null before the first rebalance.</summary>
    public static RingAssignments? Table(PythonFields fields, int parts)
    {
        const string key = "_replica2part2dev";
        if (fields.Get(key) is null)
            return null;
        PythonList rows = fields.List(key);
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        Array[] data = new Array[rows.Count];
        for (int row = 0; row < data.Length; row++)
        {
            if (rows[row] is not PythonArray { Data: ushort[] or uint[] } array)
                throw fields.Wrong($"{key}[{row}]", rows[row], "an array of device ids");
            if (!seen.Add(array))
                throw fields.Corrupt($"replica {row} is the same array as another");
            if (array.Data.Length > parts || (array.Data.Length < parts && row < data.Length - 1))
                throw fields.Corrupt($"replica {row} has {array.Data.Length} partitions; {parts} were expected");
            data[row] = array.Data;
        }

        return data.Length > 0 && Array.TrueForAll(data, row => row is uint[])
            ? new RingAssignments(Array.ConvertAll(data, row => (uint[])row))
            : new RingAssignments(Array.ConvertAll(data, row => row as ushort[] ?? throw fields.Corrupt("its rows have ids of different widths")));
    }

    /// <summary>An array; a list after a partition power increase; None from <c>write_builder</c>.</summary>
    public static byte[] LastPartMoves(PythonFields fields, int parts)
    {
        const string key = "_last_part_moves";
        byte[]? moves = fields.Get(key) switch
        {
            // Not from a number alone: a builder of 30 partition bits has at least a byte for each in its file, but for this.
            null when fields.Get("_replica2part2dev") is not null || parts <= 1 << 24 => new byte[parts],
            PythonArray { Data: byte[] bytes } => bytes,
            PythonList list => list.Take<byte>(),
            _ => null,
        };
        if (moves is null)
            throw fields.Wrong(key, fields.Get(key), "an array of hours");
        return moves.Length == parts ? moves : throw fields.Corrupt($"'{key}' has {moves.Length} entries; {parts} were expected");
    }

    /// <param name="fileLength">Bytes; a graph has fewer numbers, unless its lists are shared to swell.</param>
    public static List<KeyValuePair<RingTier, int[]>> DispersionGraph(PythonFields fields, int fileLength)
    {
        const string key = "_dispersion_graph";
        List<KeyValuePair<RingTier, int[]>> graph = [];
        if (fields.GetOrNull(key) is not { } value)
            return graph;
        if (value is not PythonDict dict)
            throw fields.Wrong(key, value, "a dict");
        long numbers = 0;
        foreach ((object? tier, object? counts) in dict.Pairs)
        {
            if (counts is not PythonList list || (numbers += list.Count) > fileLength)
                throw fields.Wrong(key, counts, "lists of counts");
            graph.Add(new(Tier(fields, tier), Counts(fields, list)));
        }

        return graph;
    }

    /// <summary>From <c>_replica2part2dev</c> to <c>dispersion</c>, in the order of <c>to_dict</c>.</summary>
    public static void Write(PickleWriter pickle, RingBuilder content)
    {
        pickle.WriteName("_replica2part2dev");
        WriteTable(pickle, content.Assignments);
        BuilderFile.Set(pickle, "_last_part_moves_epoch", content.LastPartMovesEpoch);
        pickle.WriteName("_last_part_moves");
        pickle.WriteArray(content.LastPartMoves);
        BuilderFile.Set(pickle, "_last_part_gather_start", content.LastPartGatherStart);
        pickle.WriteName("_dispersion_graph");
        pickle.Write(PickleOpcode.EmptyDict);
        foreach ((RingTier tier, int[] counts) in content.DispersionGraph)
        {
            WriteTier(pickle, tier);
            pickle.WriteList(counts);
            pickle.Write(PickleOpcode.SetItem);
        }

        BuilderFile.Set(pickle, "dispersion", content.Dispersion);
    }

    private static void WriteTable(PickleWriter pickle, RingAssignments? table)
    {
        if (table is null)
        {
            pickle.WriteNone();
            return;
        }

        pickle.Write(PickleOpcode.EmptyList);
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.Narrow is { } narrow)
                pickle.WriteArray(narrow[row]);
            else
                pickle.WriteArray(table.Wide![row]);
            pickle.Write(PickleOpcode.Append);
        }
    }

    private static void WriteTier(PickleWriter pickle, RingTier tier)
    {
        pickle.Write(PickleOpcode.Mark);
        pickle.WriteInteger(tier.Region!.Value);
        if (tier.Zone is { } zone)
            pickle.WriteInteger(zone);
        if (tier.Ip is { } ip)
            pickle.WriteName(ip);
        if (tier.Device is { } device)
            pickle.WriteInteger(device.Value);
        pickle.Write(PickleOpcode.Tuple);
    }

    private static RingTier Tier(PythonFields fields, object? tier)
    {
        object?[] items = (tier as PythonTuple)?.Items ?? [];
        string? ip = null;
        bool good = items.Length is >= 1 and <= 4 && IsInt(items[0])
            && (items.Length < 2 || IsInt(items[1]))
            && (items.Length < 3 || PythonText.TryGet(items[2], out ip))
            && (items.Length < 4 || IsInt(items[3]));
        if (!good)
            throw fields.Corrupt("a tier of the dispersion graph is no region, zone, address and device");
        return new RingTier(Int(items[0]), items.Length > 1 ? Int(items[1]) : null, ip, items.Length > 3 ? new RingDeviceId(Int(items[3])) : null);

        static bool IsInt(object? item) => item is long and >= int.MinValue and <= int.MaxValue;
        static int Int(object? item) => (int)(long)item!;
    }

    private static int[] Counts(PythonFields fields, PythonList list)
    {
        int[] counts = new int[list.Count];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = list[i] is long and >= 0 and <= int.MaxValue and var count ? (int)count : throw fields.Corrupt("the dispersion graph counts with what is no number");
        return counts;
    }
}
