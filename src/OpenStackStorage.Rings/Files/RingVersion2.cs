using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Rings;

/// <summary>
/// Version 2, from Swift 2.36: sections of JSON and ids in network order, each after a full flush and with its length
/// (u64) before it; at the end an index with their places and checksums. Source: swift/common/ring/io.py, RingWriter and
/// RingReader; ring.py, serialize_v2 and deserialize_v2.
/// </summary>
internal static class RingVersion2
{
    private const string MetadataName = "swift/ring/metadata";
    private const string DevicesName = "swift/ring/devices";
    private const string AssignmentsName = "swift/ring/assignments";

    public static RingData Read(byte[] bytes, string file)
    {
        RingIndex index = RingIndex.Read(bytes, file);
        PythonFields fields = RingMetadata.Parse(index.ReadJson(MetadataName), file);
        int partPower = RingMetadata.PartPower(fields);
        RingData content = new()
        {
            PartPower = partPower,
            NextPartPower = (int?)fields.IntegerOrNull("next_part_power", 0, 33),
            Version = (int?)fields.IntegerOrNull("version", 0, int.MaxValue),
            Devices = RingMetadata.Devices(fields, PythonJson.Parse(index.ReadJson(DevicesName), file), file, RingMetadata.MaximumDevices),
            Assignments = ReadTable(index, fields, 1 << partPower),
        };
        RingMetadata.Validate(fields, content);
        return content;
    }

    public static void Write(RingGzipWriter writer, RingData content)
    {
        PythonDict metadata = new();
        metadata.Set("dev_id_bytes", content.Assignments.DeviceIdBytes);
        if (content.NextPartPower is { } next)
            metadata.Set("next_part_power", next);
        metadata.Set("part_shift", 32 - content.PartPower);
        // calc_replica_count gives the integer 0 where there are no rows.
        metadata.Set("replica_count", content.Assignments.RowCount == 0 ? 0 : content.Replicas);
        metadata.Set("version", content.Version);

        RingIndexWriter index = new(writer);
        writer.WriteStored([.. RingFile.Magic, 0, 2]);
        index.WriteSection(MetadataName, PythonJson.Write(metadata));
        index.WriteSection(DevicesName, PythonJson.Write(RingMetadata.Devices(content)));
        WriteTable(index, content.Assignments);
        index.Finish();
    }

    private static RingAssignments ReadTable(RingIndex index, PythonFields fields, int parts)
    {
        int width = fields.Integer("dev_id_bytes");
        if (width is not (2 or 4))
            throw fields.Wrong("dev_id_bytes", (long)width, "2 or 4");
        using RingSection section = index.Open(AssignmentsName);
        if (section.Length % (ulong)width != 0)
            throw section.Corrupt("ends within an id");
        section.ThrowIfBeyond();
        long ids = (long)section.Length / width;
        int rows = (int)Math.Min(int.MaxValue, (ids + parts - 1) / parts);
        RingAssignments table = width == 2
            ? new RingAssignments(ReadRows<ushort>(section, rows, ids, parts, row => BinaryPrimitives.ReverseEndianness(row, row)))
            : new RingAssignments(ReadRows<uint>(section, rows, ids, parts, row => BinaryPrimitives.ReverseEndianness(row, row)));
        section.VerifyEnd();
        double replicas = rows == 0 ? 0 : (double)ids / parts;
        return fields.Number("replica_count").Value == replicas
            ? table
            : throw fields.Wrong("replica_count", fields.Get("replica_count"), $"{PythonNumber.Repr(replicas)}, which the assignments make,");
    }

    private static T[][] ReadRows<T>(RingSection section, int rows, long ids, int parts, Action<T[]> toHostOrder)
        where T : unmanaged
    {
        T[][] table = new T[rows][];
        for (int row = 0; row < rows; row++)
        {
            table[row] = new T[Math.Min(parts, ids - ((long)row * parts))];
            section.Read(MemoryMarshal.AsBytes(table[row].AsSpan()));
            if (BitConverter.IsLittleEndian)
                toHostOrder(table[row]);
        }

        return table;
    }

    private static void WriteTable(RingIndexWriter index, RingAssignments table)
    {
        long ids = 0;
        for (int row = 0; row < table.RowCount; row++)
            ids += table.RowLength(row);
        // Swift counts 0 bytes per id where there is no row.
        index.Begin(AssignmentsName, (ulong)(ids * table.DeviceIdBytes));
        byte[] chunk = new byte[65536];
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.Narrow is { } narrow)
                WriteRow<ushort>(index, narrow[row], chunk, (from, to) => BinaryPrimitives.ReverseEndianness(from, to));
            else
                WriteRow<uint>(index, table.Wide![row], chunk, (from, to) => BinaryPrimitives.ReverseEndianness(from, to));
        }

        index.End();
    }

    private delegate void Reversal<T>(ReadOnlySpan<T> from, Span<T> to);

    private static void WriteRow<T>(RingIndexWriter index, ReadOnlySpan<T> row, byte[] chunk, Reversal<T> reverse)
        where T : unmanaged
    {
        Span<T> swapped = MemoryMarshal.Cast<byte, T>(chunk.AsSpan());
        while (row.Length > 0)
        {
            int count = Math.Min(row.Length, swapped.Length);
            if (BitConverter.IsLittleEndian)
                reverse(row[..count], swapped);
            else
                row[..count].CopyTo(swapped);
            index.Write(MemoryMarshal.AsBytes(swapped[..count]));
            row = row[count..];
        }
    }
}
