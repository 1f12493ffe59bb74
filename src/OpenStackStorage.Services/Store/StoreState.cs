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
/// folders, and only images that are the same in both are judged; and again after the locks, as an operation ends before its
/// lock is given up.
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

    /// <summary>What is wrong with the catalogue; empty where it is sound.</summary>
    public IReadOnlyList<string> CatalogDamage { get; private set; } = [];

    public bool IsCatalogMissing { get; private set; }

    /// <summary>Operations whose process died.</summary>
    public IReadOnlyList<CatalogOperation> Dead { get; private set; } = [];

    /// <summary>Images that were changed while the folders were read, or that an operation works on or did until a moment ago.</summary>
    public IReadOnlySet<ImageId> Busy { get; private set; } = new HashSet<ImageId>();

    public IReadOnlyList<string> FreeLocks { get; private set; } = [];

    /// <summary>Folders of imports whose process died.</summary>
    public IReadOnlyList<string> DeadImports { get; private set; } = [];

    /// <summary>The lock of who repairs: no operation has this id.</summary>
    public static Guid RepairLock => Guid.Empty;

    /// <param name="looked">Told between two looks, while others may go on; for tests.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.StoreInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.CatalogBusy"/>, <see cref="ErrorIds.AccessDenied"/>.
    /// </exception>
    public static StoreState Read(string path, Action? looked = null)
    {
        try
        {
            return ReadFolder(path, looked ?? (() => { }));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Read(path, error);
        }
    }

    private static StoreState ReadFolder(string path, Action looked)
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
            state.ReadAll(database, looked);
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
        state.ReadLocks([], () => []);
        return state;
    }

    private void ReadAll(SqliteCatalog database, Action looked)
    {
        CatalogContent before = database.ReadContent();
        looked();
        ReadFolders();
        looked();
        CatalogContent after = database.ReadContent();
        looked();
        Catalog = after;
        Busy = FindBusy(before, after);
        ReadLocks(after.Operations, () =>
        {
            looked();
            return database.Read(catalog => catalog.ListOperations());
        });
        looked();
        // What an import has undone is gone by now. What belongs to an image that had data throughout was there when the
        // folders were read; that a deletion has begun since then is no news of it.
        HashSet<ImageId> held = [.. after.Images.Where(image => StoreCheck.HasData(image) && !Busy.Contains(image.Id)).Select(image => image.Id)];
        Files = [.. Files.Where(file => (held.Contains(file.Name.Image) && !file.Name.IsPartial) || File.Exists(file.Path))];
    }

    // Whatever begins or ends on an image changes it. Only an import begins before there is an image.
    private static HashSet<ImageId> FindBusy(CatalogContent before, CatalogContent after)
    {
        HashSet<(ImageId, ImageStatus, DateTimeOffset)> same = [.. before.Images.Select(Key)];
        same.SymmetricExceptWith(after.Images.Select(Key));
        HashSet<ImageId> busy = [.. same.Select(image => image.Item1)];
        foreach (CatalogOperation operation in before.Operations.Concat(after.Operations))
        {
            if (ImageId.TryParse(operation.Subject, out ImageId id))
                busy.Add(id);
        }

        return busy;

        static (ImageId Id, ImageStatus Status, DateTimeOffset UpdatedAt) Key(Image image) => (image.Id, image.Status, image.UpdatedAt);
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

    /// <param name="running">The operations that were in the catalogue before.</param>
    /// <param name="readStill">Reads those that are in it after: a process ends its operation before it gives up the lock.</param>
    private void ReadLocks(IReadOnlyList<CatalogOperation> running, Func<IReadOnlyList<CatalogOperation>> readStill)
    {
        string folder = Path.Combine(Folder, StoreLayout.Locks);
        OperationLocks locks = new(folder);
        string[] imports = Directory.GetDirectories(Folder, StoreImportFolder.MergePrefix + "*");
        HashSet<Guid> held = [];
        List<(Guid Id, string Path)> free = [];
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
        {
            if (!Guid.TryParseExact(Path.GetFileName(path), "D", out Guid id) || id == RepairLock)
                continue;
            if (locks.IsHeld(id))
                held.Add(id);
            else if (File.Exists(path))
                free.Add((id, path));
        }

        IReadOnlyList<CatalogOperation> still = readStill();
        FreeLocks = [.. free.Where(one => !running.Concat(still).Any(operation => operation.Id == one.Id)).Select(one => one.Path)];
        DeadImports = [.. imports.Where(path => StoreImportFolder.LockOf(path) is { } id && !held.Contains(id) && Directory.Exists(path))];
        Dead = [.. running.Where(operation => still.Contains(operation) && !held.Contains(operation.Id))];
    }
}

/// <summary>All that a catalogue holds of images and operations, of one moment.</summary>
/// <param name="Images">Deleted ones too.</param>
internal sealed record CatalogContent(IReadOnlyList<Image> Images, IReadOnlyList<CatalogOperation> Operations);
