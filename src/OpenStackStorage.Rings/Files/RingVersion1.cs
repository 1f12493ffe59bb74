using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Rings;

/// <summary>
/// Version 1: magic, length (u32, big-endian), JSON, then rows of 2-byte ids in the byte order that the JSON names.
/// Source: swift/common/ring/ring.py, serialize_v1 and deserialize_v1.
/// </summary>
internal static class RingVersion1
{
    /// <summary>65535 stands for "no device".</summary>
    private const int MaximumDevices = ushort.MaxValue;

    public static RingData Read(byte[] bytes, string file)
    {
        using RingInflater inflater = RingInflater.OpenMember(bytes, file);
        Span<byte> start = stackalloc byte[10]; // magic 0-3, version 4-5, length of the JSON 6-9
        inflater.Read(start, "the header");
        PythonFields fields = RingMetadata.Parse(inflater.ReadJson(BinaryPrimitives.ReadUInt32BigEndian(start[6..])), file);
        RingData content = new()
        {
            PartPower = RingMetadata.PartPower(fields),
            NextPartPower = (int?)fields.IntegerOrNull("next_part_power", 0, 33),
            Version = (int?)fields.IntegerOrNull("version", 0, int.MaxValue),
            Devices = RingMetadata.Devices(fields, fields.Get("devs"), file, MaximumDevices),
            Assignments = ReadTable(inflater, fields),
        };
        RingMetadata.Validate(fields, content);
        return content;
    }

    public static void Write(RingGzipWriter writer, RingData content, string fileName)
    {
        if (content.Assignments.Narrow is not { } rows)
        {
            throw new RingException(ErrorIds.RingFileNotSupported, $"'{fileName}': version 1 holds ids of 2 bytes; this ring's have 4.")
            {
                Target = fileName,
                Remedy = "Write version 2, which Swift 2.36 and later read, or remove devices until the ids fit 2 bytes.",
            };
        }

        PythonDict json = new();
        json.Set("byteorder", BitConverter.IsLittleEndian ? "little" : "big");
        json.Set("devs", RingMetadata.Devices(content));
        if (content.NextPartPower is { } next)
            json.Set("next_part_power", next);
        json.Set("part_shift", 32 - content.PartPower);
        json.Set("replica_count", rows.Length);
        if (content.Version is { } version)
            json.Set("version", version);
        byte[] text = PythonJson.Write(json);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);

        writer.WriteStored([.. RingFile.Magic, 0, 1]);
        writer.Write(length);
        writer.Write(text);
        foreach (ushort[] row in rows)
            writer.Write(MemoryMarshal.AsBytes<ushort>(row));
    }

    private static RingAssignments ReadTable(RingInflater inflater, PythonFields fields)
    {
        int parts = 1 << RingMetadata.PartPower(fields);
        int rows = (int)fields.Integer("replica_count", 0, ushort.MaxValue);
        bool swap = (fields.TextOrNull("byteorder") ?? "little") switch
        {
            "little" => !BitConverter.IsLittleEndian,
            "big" => BitConverter.IsLittleEndian,
            _ => throw fields.Wrong("byteorder", fields.Get("byteorder"), "'little' or 'big'"),
        };
        inflater.ThrowIfBeyond((rows - 1L) * parts * sizeof(ushort), "the rows");
        ushort[][] table = new ushort[rows][];
        for (int row = 0; row < rows; row++)
            table[row] = ReadRow(inflater, row, parts, isLast: row == rows - 1, swap);

        inflater.ExpectEnd();
        return new RingAssignments(table);
    }

    /// <summary>The last row ends where the file does, as a fraction of a replica makes it short.</summary>
    private static ushort[] ReadRow(RingInflater inflater, int row, int parts, bool isLast, bool swap)
    {
        ushort[] ids = isLast ? ReadShortRow(inflater, row, parts) : new ushort[parts];
        if (!isLast)
            inflater.Read(MemoryMarshal.AsBytes(ids.AsSpan()), string.Create(CultureInfo.InvariantCulture, $"the row of replica {row}"));
        if (swap)
            BinaryPrimitives.ReverseEndianness(ids, ids);
        return ids;
    }

    private static ushort[] ReadShortRow(RingInflater inflater, int row, int parts)
    {
        // Grows with what is there: the length of a fraction is nowhere in the file.
        ushort[] ids = new ushort[Math.Min(parts, 65536)];
        int length = 0;
        while (true)
        {
            Span<byte> free = MemoryMarshal.AsBytes(ids.AsSpan())[length..];
            int read = inflater.ReadUpTo(free);
            length += read;
            if (read < free.Length || ids.Length == parts)
                break;
            Array.Resize(ref ids, (int)Math.Min(parts, ids.Length * 2L));
        }

        if (length == 0 || length % sizeof(ushort) != 0)
            throw inflater.Corrupt(string.Create(CultureInfo.InvariantCulture, $"the row of replica {row} ends after {length} bytes"));
        return length / sizeof(ushort) == ids.Length ? ids : ids[..(length / sizeof(ushort))];
    }
}
