using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Images as files in one folder or several, laid out and chosen as by glance_store's <c>_drivers/filesystem.py</c>: data
/// at <c>&lt;folder&gt;/&lt;id&gt;</c>. Folders may be mounted shares: one that is gone is passed over where another can
/// serve, and never taken for empty.
/// </summary>
public sealed class FileImageStore : IImageStore
{
    private const int MaximumRecord = 16 << 20; // bytes; tags and properties are bounded far below

    private readonly FileImageStoreOptions _options;
    private readonly IReadOnlyList<FileStoreFolder> _folders;

    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for no folder, or one given twice.</exception>
    public FileImageStore(FileImageStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _folders = [.. options.Folders.Select(folder => folder with { Path = Path.GetFullPath(folder.Path) }).OrderByDescending(folder => folder.Priority)];
        if (_folders.Count == 0 || _folders.DistinctBy(folder => folder.Path).Count() != _folders.Count)
            throw new ServiceException(ErrorIds.ParameterInvalid, $"Store '{options.Name}' has {(_folders.Count == 0 ? "no folder" : "a folder twice")}.") { Target = options.Name };
    }

    public string Name => _options.Name;

    /// <summary>Folders of one medium count once.</summary>
    public StoreSpace? GetSpace()
    {
        StoreSpace[] media = [.. Present().Select(folder => FolderSpace.Find(folder.Path)).OfType<FolderSpace>()
            .DistinctBy(space => space.Medium).Select(space => space.Space)];
        return media.Length == 0 ? null : new StoreSpace(media.Sum(space => space.Total), media.Sum(space => space.Free));
    }

    public bool Holds(ImageId id) => Find(id) is not null;

    public IPendingImageData Begin(ImageId id, long? length)
    {
        if (Holds(id))
            throw Taken(id);
        foreach (FileStoreFolder folder in Present())
            HostFolder.Delete(Path.Combine(folder.Path, ImageFileName.RecordOf(id))); // what an interrupted deletion or commit left
        return new PendingImageFile(Choose(length).Path, id, _options);
    }

    public BlockDevice Open(string key)
    {
        ImageFileName name = ImageFileName.ParseKey(key);
        string path = (name.IsPartial ? null : Find(name.Image)) ?? throw NotFound(key);
        FileBlockDevice device = FileBlockDevice.OpenJudged(path);
        if (!device.IsFixedSize)
            return device;
        device.Dispose();
        throw new StorageException(ErrorIds.PathNotSupported, $"'{path}' is a device; a regular file was expected.") { Target = path };
    }

    public bool Delete(string key)
    {
        ImageFileName name = ImageFileName.ParseKey(key);
        bool found = false;
        foreach (FileStoreFolder folder in Present())
        {
            // The record first: a catalogue that is rebuilt must not bring a deleted image back.
            bool here = !name.IsPartial && HostFolder.Delete(Path.Combine(folder.Path, ImageFileName.RecordOf(name.Image)));
            here |= HostFolder.Delete(Path.Combine(folder.Path, key));
            if (here && _options.Flush == FlushPolicy.Full)
                HostFolder.Flush(folder.Path);
            found |= here;
        }

        return found || (MissingFolder() is { } missing ? throw missing : false);
    }

    /// <summary>A record without data is listed as unfinished, under the image's key.</summary>
    public IEnumerable<StoredImageData> List()
    {
        if (MissingFolder() is { } missing)
            throw missing;
        foreach (FileStoreFolder folder in _folders)
        {
            IReadOnlyList<FileInfo> files = HostFolder.Files(folder.Path);
            HashSet<string> names = [.. files.Select(file => file.Name)];
            foreach (FileInfo file in files)
            {
                if (!ImageFileName.TryParse(file.Name, out ImageFileName name))
                    continue;
                if (name.IsPartial)
                    yield return new StoredImageData(file.Name, file.Length, null, IsPartial: true);
                else if (!name.IsRecord)
                    yield return new StoredImageData(file.Name, file.Length, ReadRecord(folder, name.Image), IsPartial: false);
                else if (!names.Contains(ImageFileName.DataOf(name.Image)))
                    yield return new StoredImageData(ImageFileName.DataOf(name.Image), 0, ReadRecord(folder, name.Image), IsPartial: true);
            }
        }
    }

    internal static ServiceException Taken(ImageId id, Exception? inner = null) =>
        new(ErrorIds.ImageConflict, $"The store holds data of image {id} already.", inner) { Target = id.ToString() };

    /// <summary>glance_store, <c>_find_best_datadir</c>: by priority, then the most free space.</summary>
    private FileStoreFolder Choose(long? length)
    {
        FileStoreFolder[] present = [.. Present()];
        if (present.Length == 0)
            throw MissingFolder()!;
        (FileStoreFolder Folder, long Free)[] candidates = [.. present.Select(folder => (folder, FolderSpace.Find(folder.Path)?.Space.Free ?? long.MaxValue))];
        foreach (IGrouping<int, (FileStoreFolder Folder, long Free)> equals in candidates.GroupBy(candidate => candidate.Folder.Priority))
        {
            (FileStoreFolder folder, long free) = equals.MaxBy(candidate => candidate.Free);
            if (free >= (length ?? 0))
                return folder;
        }

        throw new ServiceException(ErrorIds.InsufficientSpace, $"Store '{Name}' has no room for {length} bytes: its folders have {candidates.Max(candidate => candidate.Free)} at most.")
        {
            Target = Name,
            Found = $"{candidates.Max(candidate => candidate.Free)} bytes free",
            Expected = $"{length} bytes",
        };
    }

    private string? Find(ImageId id) =>
        Present().Select(folder => Path.Combine(folder.Path, ImageFileName.DataOf(id)))
            .FirstOrDefault(path => File.Exists(path) || new FileInfo(path).LinkTarget is not null);

    private ServiceException NotFound(string key) => MissingFolder()
        ?? new ServiceException(ErrorIds.ImageDataNotFound, $"Store '{Name}' holds no data under '{key}'.") { Target = key };

    private IEnumerable<FileStoreFolder> Present() => _folders.Where(folder => folder.IsPresent);

    private ServiceException? MissingFolder() =>
        _folders.FirstOrDefault(folder => !folder.IsPresent) is { } folder
            ? new ServiceException(ErrorIds.PathNotFound, $"Folder '{folder.Path}' of store '{Name}' {(Directory.Exists(folder.Path) ? "is empty: its share is not mounted" : "does not exist")}.")
            {
                Target = folder.Path,
                Remedy = "Mount the share, or bring the folder back; its images are not reachable without it.",
            }
            : null;

    private Image? ReadRecord(FileStoreFolder folder, ImageId id)
    {
        try
        {
            using FileBlockDevice file = FileBlockDevice.OpenJudged(Path.Combine(folder.Path, ImageFileName.RecordOf(id)));
            if (file.Length > MaximumRecord)
                return null;
            byte[] bytes = new byte[file.Length];
            file.Read(default, bytes);
            return _options.Records.Read(bytes) is { } image && image.Id == id ? image : null;
        }
        catch (StorageException)
        {
            return null; // missing or unreadable: the list says so by giving none
        }
    }
}
