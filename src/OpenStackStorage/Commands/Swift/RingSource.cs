using OpenStackStorage.Rings;

namespace OpenStackStorage.Commands;

/// <summary>A builder file or a ring file, whichever lies at a path.</summary>
internal sealed record RingSource(string Path, RingBuilder? Builder, RingData Ring)
{
    /// <summary>Ring files are gzip files, which start with 1F 8B; builder files are pickles.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.RingFileCorrupt"/> and its kin, <see cref="ErrorIds.ReadFailed"/>.</exception>
    public static RingSource Read(string path)
    {
        if (IsRing(path))
            return new RingSource(path, null, RingStore.ReadRing(path));
        RingBuilder builder = RingStore.ReadBuilder(path);
        return new RingSource(path, builder, builder.GetRing());
    }

    /// <summary>How many partition replicas each device holds, by its number. A ring file says it in its table only.</summary>
    public int[] CountParts()
    {
        int[] parts = new int[Ring.Devices.Count];
        for (int row = 0; row < Ring.Assignments.RowCount; row++)
        {
            for (int partition = 0; partition < Ring.Assignments.RowLength(row); partition++)
            {
                if (Ring.Assignments[row, new RingPartition(partition)] is { } id && id.Value < parts.Length)
                    parts[id.Value]++;
            }
        }

        return parts;
    }

    /// <summary>Reads a builder; a ring file is refused, as what it lacks can't be made up.</summary>
    public static RingBuilder ReadBuilder(string path) =>
        IsRing(path)
            ? throw new RingException(ErrorIds.RingFileNotSupported, $"'{path}' is a ring file; a builder file was expected.")
            {
                Target = path,
                Found = "a ring file",
                Expected = "a builder file",
                Remedy = "Name the builder. Import-SwiftRing makes one from a ring when the builder is lost.",
            }
            : RingStore.ReadBuilder(path);

    private static bool IsRing(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // the reader of builders says what is wrong
        }
    }
}
