using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>The records that lie beside data, for who checks and repairs.</summary>
internal static class StoreRecords
{
    /// <summary>The image, or why the record can't be read. A link is not followed.</summary>
    public static (Image? Image, StorageException? Error) Read(string path)
    {
        try
        {
            using FileBlockDevice file = FileBlockDevice.OpenJudged(path);
            if (file.Length > ImageRecordFile.LargestSize)
                throw new ServiceException(ErrorIds.ImageRecordDamaged, $"An image's record is larger than {ImageRecordFile.LargestSize} bytes.");
            byte[] bytes = new byte[file.Length];
            file.Read(default, bytes);
            return (ImageRecordFile.Read(new MemoryStream(bytes)), null);
        }
        catch (StorageException error)
        {
            return (null, error);
        }
    }

    /// <summary>The image of data, from a record beside it that names its id and its length.</summary>
    public static Image? FindSound(StoreFile data) =>
        Read(Path.Combine(data.Folder, ImageFileName.RecordOf(data.Name.Image))).Image is { } image && image.Id == data.Name.Image && image.Size == data.Length
            && image.DiskFormat is not null && image.ContainerFormat is not null
            ? image
            : null;

    public static bool AgreesOnData(Image record, Image image) =>
        record.Id == image.Id && record.Size == image.Size && record.Checksum == image.Checksum && record.HashValue == image.HashValue;

    /// <summary>Status, reasons and times of change aside, which a record does not follow.</summary>
    public static bool Agrees(Image record, Image image) => Bytes(record).AsSpan().SequenceEqual(Bytes(image));

    public static void Write(string path, Image image, bool flushes)
    {
        using PendingFile file = PendingFile.Create(path, overwrite: true, flushes: flushes);
        file.Device.Write(default, ImageRecordFormat.Json.Write(image with { Status = ImageStatus.Active, LastError = null, DeletedAt = null }));
        file.Commit(overwrite: true);
    }

    /// <summary>Where what nobody knows is kept: on the same file system as it lay, so that to move it is to rename it.</summary>
    public static string LostFolder(string store, string folder) =>
        folder == Path.Combine(store, StoreLayout.Images) ? Path.Combine(store, StoreLayout.LostAndFound) : Path.Combine(folder, StoreLayout.LostAndFound + ".openstackstorage");

    /// <summary>Moves a file to where nothing is lost, under a name that is free.</summary>
    /// <returns>Its new path; null where it was gone.</returns>
    public static string? Keep(string store, string path)
    {
        if (!File.Exists(path))
            return null;
        string lost = LostFolder(store, Path.GetDirectoryName(path)!);
        if (new FileInfo(lost).LinkTarget is not null)
            throw new ServiceException(ErrorIds.PathNotSupported, $"'{lost}' is a symbolic link; what is kept must stay where it was, in a folder.") { Target = lost };
        StoreLayout.CreateFolder(lost);
        for (int copy = 0; File.Exists(path); copy++)
        {
            string place = Path.Combine(lost, Path.GetFileName(path) + (copy == 0 ? "" : FormattableString.Invariant($".{copy}")));
            if (Path.Exists(place))
                continue;
            HostFolder.Move(path, place, overwrite: false);
            HostFolder.Flush(lost);
            return place;
        }

        return null;
    }

    private static byte[] Bytes(Image image) => ImageRecordFormat.Json.Write(image with
    {
        Status = ImageStatus.Active,
        UpdatedAt = default,
        DeletedAt = null,
        LastError = null,
        Locations = [],
        Properties = new SortedDictionary<string, string>(image.Properties.ToDictionary(), StringComparer.Ordinal),
        Tags = [.. image.Tags.Order(StringComparer.Ordinal)],
    });
}
