namespace OpenStackStorage.Services;

/// <summary>What a file store promises when a commit returns.</summary>
public enum FlushPolicy
{
    /// <summary>Data, record and names are on stable storage.</summary>
    Full,

    /// <summary>They are with the operating system: a power failure may lose what it has not written yet.</summary>
    None,
}

/// <summary>A folder that keeps images: one value of Glance's <c>filesystem_store_datadirs</c>.</summary>
/// <param name="Priority">The folder of the highest priority that has room takes the data; among equals the emptiest.</param>
public sealed record FileStoreFolder(string Path, int Priority = 0)
{
    /// <summary>A file that must be in it: a mount point without its share has none. Null where the folder itself is enough.</summary>
    public string? Marker { get; init; }

    internal bool IsPresent => Marker is null ? Directory.Exists(Path) : File.Exists(System.IO.Path.Combine(Path, Marker));
}

/// <summary>How records are written beside the data, and read again.</summary>
/// <param name="Write">The record's bytes.</param>
/// <param name="Read">The image; null where the bytes are no record.</param>
public sealed record ImageRecordFormat(Func<Image, byte[]> Write, Func<byte[], Image?> Read)
{
    /// <summary>That of <see cref="ImageRecordFile"/>.</summary>
    public static ImageRecordFormat Json { get; } = new(WriteJson, ReadJson);

    private static byte[] WriteJson(Image image)
    {
        using MemoryStream stream = new();
        ImageRecordFile.Write(stream, image);
        return stream.ToArray();
    }

    private static Image? ReadJson(byte[] bytes)
    {
        try
        {
            return ImageRecordFile.Read(new MemoryStream(bytes));
        }
        catch (ServiceException)
        {
            return null;
        }
    }
}

/// <summary>What a file store is made of.</summary>
public sealed record FileImageStoreOptions
{
    /// <summary>What locations name it by.</summary>
    public string Name { get; init; } = "file";

    /// <summary>At least one; no path twice. They must exist: a share that is not mounted must not be taken for an empty one.</summary>
    public required IReadOnlyList<FileStoreFolder> Folders { get; init; }

    public ImageRecordFormat Records { get; init; } = ImageRecordFormat.Json;

    public FlushPolicy Flush { get; init; } = FlushPolicy.Full;
}
