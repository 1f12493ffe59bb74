using System.Text.Json;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Where a store keeps its images' data: its own folder and those that were added, as settings of the catalogue. Each added
/// folder holds an empty file that names the store: one that lacks it is a share that is not mounted, and not an empty folder.
/// A copy of the settings lies beside the data, for a catalogue that is lost.
/// </summary>
/// <param name="Folders">The store's own first.</param>
public sealed record ImageFolders(IReadOnlyList<FileStoreFolder> Folders, FlushPolicy Flush)
{
    internal const string FoldersSetting = "image_store.folders";
    internal const string FlushSetting = "image_store.flush";
    private const string CopyName = "folders.json";
    private const string MarkerStart = ".openstackstorage-";

    internal static bool IsOwn(string name) => name == CopyName || name.StartsWith(MarkerStart, StringComparison.Ordinal);

    internal static ImageFolders Of(ICatalog catalog, Guid store, string images) =>
        catalog.Read(reader => Read(reader.FindSetting(FoldersSetting), reader.FindSetting(FlushSetting), store, images));

    /// <summary>From the copy beside the data. Where that can't be read: the store's own folder alone.</summary>
    internal static ImageFolders FromCopy(Guid store, string images)
    {
        string path = Path.Combine(images, CopyName);
        try
        {
            return Read(File.Exists(path) ? File.ReadAllText(path) : null, null, store, images);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ServiceException)
        {
            return Read(null, null, store, images);
        }
    }

    /// <summary>The settings' values.</summary>
    internal string FoldersText => JsonSerializer.Serialize(Folders.Select(folder => new Entry(folder.Path, folder.Priority)));

    /// <summary>Writes what must be there before the catalogue may name the folders.</summary>
    /// <param name="before">The settings so far.</param>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.PathNotFound"/> for a folder that is not there, <see cref="ErrorIds.ParameterInvalid"/> for one that
    /// holds other things, or that is left out while it holds images.
    /// </exception>
    internal void Prepare(ImageFolders before, string images)
    {
        foreach (FileStoreFolder gone in before.Folders.ExceptBy(Folders.Select(folder => folder.Path), folder => folder.Path))
        {
            if (!gone.IsPresent)
                throw Missing(gone);
            if (HostFolder.Files(gone.Path).Any(file => ImageFileName.TryParse(file.Name, out _)))
                throw new ServiceException(ErrorIds.ParameterInvalid, $"'{gone.Path}' holds images of the store; it can't be left out.") { Target = gone.Path };
        }

        foreach (FileStoreFolder folder in Folders.Where(folder => folder.Marker is not null && !folder.IsPresent))
        {
            if (!Directory.Exists(folder.Path) || before.Folders.Any(other => other.Path == folder.Path))
                throw Missing(folder);
            if (Directory.EnumerateFileSystemEntries(folder.Path).Any(path => Path.GetFileName(path) != StoreLayout.LostAndFound))
                throw new ServiceException(ErrorIds.ParameterInvalid, $"'{folder.Path}' holds other things; an empty folder was expected.") { Target = folder.Path };
            Write(Path.Combine(folder.Path, folder.Marker!), "");
        }

        Write(Path.Combine(images, CopyName), FoldersText);
    }

    internal static string MarkerOf(Guid store) => $"{MarkerStart}{store:D}";

    private static ImageFolders Read(string? folders, string? flush, Guid store, string images)
    {
        Entry[] entries;
        try
        {
            entries = folders is null ? [] : JsonSerializer.Deserialize<Entry[]>(folders) ?? [];
        }
        catch (JsonException error)
        {
            throw new ServiceException(ErrorIds.ParameterInvalid, $"The setting {FoldersSetting} can not be read: {error.Message}", error) { Target = FoldersSetting };
        }

        // The store may have been moved: its own folder goes with it.
        IEnumerable<FileStoreFolder> others = entries.Where(entry => entry.Path is not null && Path.IsPathFullyQualified(entry.Path) && entry.Path != images)
            .Select(entry => new FileStoreFolder(entry.Path!, entry.Priority) { Marker = MarkerOf(store) });
        int own = entries.FirstOrDefault(entry => entry.Path == images)?.Priority ?? 0;
        return new ImageFolders([new FileStoreFolder(images, own), .. others], flush == "none" ? FlushPolicy.None : FlushPolicy.Full);
    }

    private static void Write(string path, string text)
    {
        using PendingFile file = PendingFile.Create(path, overwrite: true);
        file.Device.Write(default, System.Text.Encoding.UTF8.GetBytes(text));
        file.Commit(overwrite: true);
    }

    private static ServiceException Missing(FileStoreFolder folder) => new(ErrorIds.PathNotFound, $"The folder of images '{folder.Path}' is not there, or is not the one that was added.")
    {
        Target = folder.Path,
        Remedy = "Mount the share, or make the folder if it is to be a new one.",
    };

    private sealed record Entry(string? Path, int Priority);
}
