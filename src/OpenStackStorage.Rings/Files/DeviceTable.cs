namespace OpenStackStorage.Rings;

/// <summary>Which device holds each replica of each partition: rows of ids of 2 or 4 bytes. The last row may be short.</summary>
/// <param name="Narrow">Rows of 2-byte ids, or null.</param>
/// <param name="Wide">Rows of 4-byte ids, or null.</param>
internal sealed record DeviceTable(ushort[][]? Narrow, uint[][]? Wide)
{
    public static DeviceTable Empty { get; } = new([], null);

    public int RowCount => Narrow?.Length ?? Wide!.Length;

    /// <summary>2 or 4.</summary>
    public int IdBytes => Narrow is null ? 4 : 2;

    /// <summary>The id that stands for "no device yet": the highest of its width.</summary>
    public uint None => Narrow is null ? uint.MaxValue : ushort.MaxValue;

    public int RowLength(int row) => Narrow?[row].Length ?? Wide![row].Length;

    public uint this[int row, int partition] => Narrow?[row][partition] ?? Wide![row][partition];

    /// <summary>The first assignment that names no device of <paramref name="exists"/>; null when all do.</summary>
    public (int Row, int Partition)? FindStray(bool[] exists, bool allowNone)
    {
        for (int row = 0; row < RowCount; row++)
        {
            int partition = Narrow is not null ? FindStray(Narrow[row], exists, allowNone) : FindStray(Wide![row], exists, allowNone);
            if (partition >= 0)
                return (row, partition);
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
