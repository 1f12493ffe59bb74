using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>A file in a folder of images whose name a store makes.</summary>
/// <param name="Folder">The folder that it lies in.</param>
internal sealed record StoreFile(string Folder, ImageFileName Name, long Length)
{
    public string Path { get; } = System.IO.Path.Combine(Folder,
        (Name.IsRecord ? ImageFileName.RecordOf(Name.Image) : ImageFileName.DataOf(Name.Image)) + Name.Suffix);
}

/// <summary>
/// What a store holds, read without changing anything, while others may be at work: the catalogue is read before and after the
/// folders, and only what holds in both is judged.
/// </summary>
internal sealed class StoreState
{
    private StoreState(string folder, IReadOnlyList<FileStoreFolder> folders) => (Folder, Folders) = (folder, folders);

    public string Folder { get; }

    public string CatalogPath => Path.Combine(Folder, StoreLayout.Catalog);

    public IReadOnlyList<FileStoreFolder> Folders { get; }

    public IReadOnlyList<StoreFile> Files { get; private set; } = [];

    public IReadOnlyList<string> ForeignFiles { get; private set; } = [];

    /// <summary>Null where there is no usable catalogue.</summary>
    public CatalogContent? Catalog { get; private set; }

    /// <summary>Images that were there with the same data before the folders were read.</summary>
    public IReadOnlySet<ImageId> Before { get; private set; } = new HashSet<ImageId>();

    /// <summary>What is wrong with the catalogue; empty where it is sound.</summary>
    public IReadOnlyList<string> CatalogDamage { get; private set; } = [];

    public bool IsCatalogMissing { get; private set; }

    /// <summary>Operations whose process died.</summary>
    public IReadOnlyList<CatalogOperation> Dead { get; private set; } = [];

    /// <summary>Images that an operation works on, or did until a moment ago.</summary>
    public IReadOnlySet<string> Busy { get; private set; } = new HashSet<string>();

    public IReadOnlyList<string> FreeLocks { get; private set; } = [];

    /// <summary>Folders of imports whose process died.</summary>
    public IReadOnlyList<string> DeadImports { get; private set; } = [];

    /// <summary>The lock of who repairs: no operation has this id.</summary>
    public static Guid RepairLock => Guid.Empty;

    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.StoreInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.CatalogBusy"/>, <see cref="ErrorIds.AccessDenied"/>.
    /// </exception>
    public static StoreState Read(string path)
    {
        try
        {
            return ReadFolder(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Read(path, error);
        }
    }

    private static StoreState ReadFolder(string path)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Guid id = StoreLayout.FindId(folder) ?? throw new ServiceException(ErrorIds.StoreInvalid, $"'{folder}' is no store: '{StoreLayout.Marker}' is missing.") { Target = folder };
        string images = Path.Combine(folder, StoreLayout.Images);
        string catalog = Path.Combine(folder, StoreLayout.Catalog);
        if (new FileInfo(catalog) is not { Exists: true, Length: > 0 })
            return WithoutCatalog(folder, id, images, missing: true, []);
        try
        {
            using SqliteCatalog database = SqliteCatalog.Open(catalog);
            IReadOnlyList<string> damage = database.FindDamage();
            if (damage.Count > 0)
                return WithoutCatalog(folder, id, images, missing: false, damage);
            StoreState state = new(folder, ImageFolders.Of(database, id, images).Folders);
            state.ReadAll(database);
            return state;
        }
        catch (ServiceException error) when (error.Id == ErrorIds.CatalogDamaged)
        {
            return WithoutCatalog(folder, id, images, missing: false, [error.Message]);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            return WithoutCatalog(folder, id, images, missing: false, [$"a row can not be read: {error.Message}"]);
        }
    }

    private static StoreState WithoutCatalog(string folder, Guid id, string images, bool missing, IReadOnlyList<string> damage)
    {
        StoreState state = new(folder, ImageFolders.FromCopy(id, images).Folders) { CatalogDamage = damage };
        state.ReadFolders();
        state.IsCatalogMissing = missing && (state.Files.Count > 0 || Directory.Exists(images) && Directory.EnumerateFiles(images).Any());
        state.ReadLocks([], []);
        return state;
    }

    private void ReadAll(SqliteCatalog database)
    {
        CatalogContent before = database.ReadContent();
        ReadFolders();
        CatalogContent after = database.ReadContent();
        Catalog = after;
        Dictionary<ImageId, Image> earlier = before.Images.ToDictionary(image => image.Id);
        Before = after.Images.Where(image => earlier.TryGetValue(image.Id, out Image? other) && other.Status == image.Status).Select(image => image.Id).ToHashSet();
        ReadLocks(after.Operations, database.Read(catalog => catalog.ListOperations()));
        Busy = before.Operations.Concat(after.Operations).Select(operation => operation.Subject).ToHashSet(StringComparer.Ordinal);
        // What was on its way, or being deleted, may be gone by now. What belongs to an image that had data throughout was
        // there when the folders were read; that a deletion has begun since then is no news of them.
        HashSet<ImageId> held = [.. after.Images.Where(image => StoreCheck.HasData(image) && Before.Contains(image.Id)).Select(image => image.Id)];
        Files = [.. Files.Where(file => (held.Contains(file.Name.Image) && !file.Name.IsPartial) || File.Exists(file.Path))];
    }

    private void ReadFolders()
    {
        List<StoreFile> files = [];
        List<string> foreign = [];
        foreach (FileStoreFolder folder in Folders.Where(folder => folder.IsPresent))
        {
            foreach (FileInfo file in HostFolder.Files(folder.Path))
            {
                if (ImageFileName.TryParse(file.Name, out ImageFileName name))
                    files.Add(new StoreFile(folder.Path, name, file.Length));
                else if (!ImageFolders.IsOwn(file.Name))
                    foreign.Add(file.FullName);
            }
        }

        (Files, ForeignFiles) = (files, foreign);
    }

    /// <param name="running">The operations that were in the catalogue.</param>
    /// <param name="still">Those that still are: a process may end its operation before it gives up the lock.</param>
    private void ReadLocks(IReadOnlyList<CatalogOperation> running, IReadOnlyList<CatalogOperation> still)
    {
        string folder = Path.Combine(Folder, StoreLayout.Locks);
        OperationLocks locks = new(folder);
        HashSet<Guid> held = [];
        List<string> free = [];
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
        {
            if (!Guid.TryParseExact(Path.GetFileName(path), "D", out Guid id) || id == RepairLock)
                continue;
            if (!locks.IsFree(id))
                held.Add(id);
            else if (!running.Concat(still).Any(operation => operation.Id == id))
                free.Add(path);
        }

        FreeLocks = free;
        DeadImports = [.. Directory.GetDirectories(Folder, StoreImportFolder.MergePrefix + "*").Where(path => StoreImportFolder.LockOf(path) is { } id && !held.Contains(id))];
        Dead = [.. running.Where(operation => still.Contains(operation) && !held.Contains(operation.Id))];
    }
}

/// <summary>All that a catalogue holds of images and operations, of one moment.</summary>
/// <param name="Images">Deleted ones too.</param>
internal sealed record CatalogContent(IReadOnlyList<Image> Images, IReadOnlyList<CatalogOperation> Operations);
