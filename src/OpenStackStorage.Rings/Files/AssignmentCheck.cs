namespace OpenStackStorage.Rings;

/// <summary>Finds assignments that no reader of the file could use.</summary>
internal static class AssignmentCheck
{
    /// <summary>The first assignment that names no device of <paramref name="exists"/>; null when all do.</summary>
    public static (int Row, int Partition, uint Id)? FindStray(RingAssignments table, bool[] exists, bool allowNone)
    {
        for (int row = 0; row < table.RowCount; row++)
        {
            int partition = table.Narrow is { } narrow ? FindStray(narrow[row], exists, allowNone) : FindStray(table.Wide![row], exists, allowNone);
            if (partition >= 0)
                return (row, partition, table.Narrow?[row][partition] ?? table.Wide![row][partition]);
        }

        return null;
    }

    private static int FindStray(ReadOnlySpan<ushort> row, bool[] exists, bool allowNone)
    {
        for (int partition = 0; partition < row.Length; partition++)
        {
            ushort id = row[partition];
            if ((id >= exists.Length || !exists[id]) && !(allowNone && id == ushort.MaxValue))
                return partition;
        }

        return -1;
    }

    private static int FindStray(ReadOnlySpan<uint> row, bool[] exists, bool allowNone)
    {
        for (int partition = 0; partition < row.Length; partition++)
        {
            uint id = row[partition];
            if ((id >= (uint)exists.Length || !exists[id]) && !(allowNone && id == uint.MaxValue))
                return partition;
        }

        return -1;
    }
}
