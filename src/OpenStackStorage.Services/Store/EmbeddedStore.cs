namespace OpenStackStorage.Services;

/// <summary>
/// One folder that holds it all: <c>docs/design/services.md</c>. Several processes may have it open at once.
/// </summary>
public sealed class EmbeddedStore : IDisposable
{
    private EmbeddedStore(string path, Guid id)
    {
        Path = path;
        Id = id;
        ImagesFolder = System.IO.Path.Combine(path, StoreLayout.Images);
        string locks = System.IO.Path.Combine(path, StoreLayout.Locks);
        StoreLayout.CreateFolder(ImagesFolder);
        StoreLayout.CreateFolder(locks);
        Locks = new OperationLocks(locks);
        Database = OpenCatalog(System.IO.Path.Combine(path, StoreLayout.Catalog));
        ImageFolders = ImageFolders.Of(Database, id, ImagesFolder);
        Policy = StoreLayout.ReadPolicy(path, PolicyRules.Glance);
        CinderPolicy = StoreLayout.ReadPolicy(path, PolicyRules.Cinder);
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The store's id, which stays when the folder moves.</summary>
    public Guid Id { get; }

    public ICatalog Catalog => Database;

    public OperationLocks Locks { get; }

    /// <summary>The full path of the folder that holds the images' data.</summary>
    public string ImagesFolder { get; }

    /// <summary>Where images' data lies; the first store takes what names none.</summary>
    public IReadOnlyList<IImageStore> ImageStores { get; private set; } = [];

    /// <summary>The folders of the images' data, and how safely it is written.</summary>
    public ImageFolders ImageFolders
    {
        get;
        private set
        {
            field = value;
            ImageStores = [new FileImageStore(new FileImageStoreOptions { Folders = value.Folders, Flush = value.Flush })];
        }
    }

    internal SqliteCatalog Database { get; }

    /// <summary>Glance's rules, with those of the store's own <c>policy.yaml</c> or <c>policy.json</c>.</summary>
    public PolicyRules Policy { get; }

    /// <summary>Cinder's rules, with those of the same file. A rule that does not exist is refused here; Glance's <c>default</c> would allow it.</summary>
    public PolicyRules CinderPolicy { get; }

    /// <summary>What died processes had left when the store was opened.</summary>
    public IReadOnlyList<RecoveredOperation> Recovered { get; private set; } = [];

    /// <summary>True for a folder that is marked as a store; whether it can be opened is another matter.</summary>
    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, StoreLayout.Marker));

    /// <summary>Opens a store; a folder that is new or empty becomes one. Recovers what died processes left.</summary>
    /// <param name="path">The full path of the folder.</param>
    /// <param name="recoveries">At most one for each kind; operations of other kinds are left alone.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.StoreInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.CatalogMissing"/>,
    /// <see cref="ErrorIds.AccessDenied"/>, <see cref="ErrorIds.WriteFailed"/> and those of <see cref="SqliteCatalog.Open(string)"/>.
    /// </exception>
    public static EmbeddedStore Open(string path, params IReadOnlyList<IOperationRecovery> recoveries)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string folder = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        try
        {
            EmbeddedStore store = new(folder, StoreLayout.FindId(folder) ?? StoreLayout.Create(folder));
            try
            {
                store.Recovered = store.Recover(recoveries);
                return store;
            }
            catch
            {
                store.Dispose();
                throw;
            }
        }
        catch (UnauthorizedAccessException error)
        {
            throw new ServiceException(ErrorIds.AccessDenied, $"The store '{folder}' can not be opened: {error.Message}", error) { Target = folder };
        }
        catch (IOException error)
        {
            throw new ServiceException(ErrorIds.WriteFailed, $"The store '{folder}' can not be opened: {error.Message}", error) { Target = folder };
        }
    }

    /// <summary>
    /// The folder for who names none: <c>OPENSTACKSTORAGE_ROOT</c>, or the user's own: below XDG_DATA_HOME on Linux (XDG Base
    /// Directory Specification: a relative one is ignored), elsewhere in the system's folder for data of applications.
    /// </summary>
    public static string DefaultPath() => DefaultPath(Environment.GetEnvironmentVariable);

    internal static string DefaultPath(Func<string, string?> variable)
    {
        if (variable("OPENSTACKSTORAGE_ROOT") is { Length: > 0 } root)
            return System.IO.Path.GetFullPath(root);
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
            return System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "OpenStackStorage");
        string data = variable("XDG_DATA_HOME") is { } given && System.IO.Path.IsPathFullyQualified(given)
            ? given
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return System.IO.Path.Combine(data, "openstackstorage");
    }

    /// <summary>Sets where data goes from here on. Others that have the store open see it when they open it again.</summary>
    /// <param name="folders">Folders beside the store's own, which may be among them to give it a priority; null leaves them.</param>
    /// <param name="flush">Null leaves it.</param>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.PathNotFound"/> for a folder that is not there, <see cref="ErrorIds.ParameterInvalid"/> for one that
    /// holds other things, that is named twice, or that is left out while it holds images.
    /// </exception>
    public void SetImageFolders(IReadOnlyList<FileStoreFolder>? folders, FlushPolicy? flush)
    {
        string marker = ImageFolders.MarkerOf(Id);
        FileStoreFolder[]? full = folders?.Select(folder => folder with { Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder.Path)) }).ToArray();
        int own = full?.FirstOrDefault(folder => folder.Path == ImagesFolder)?.Priority ?? 0;
        ImageFolders next = new(
            full is null ? ImageFolders.Folders : [new FileStoreFolder(ImagesFolder, own), .. full.Where(folder => folder.Path != ImagesFolder).Select(folder => folder with { Marker = marker })],
            flush ?? ImageFolders.Flush);
        _ = new FileImageStore(new FileImageStoreOptions { Folders = next.Folders });
        next.Prepare(ImageFolders, ImagesFolder);
        Catalog.Write(writer =>
        {
            writer.PutSetting(ImageFolders.FoldersSetting, next.FoldersText);
            writer.PutSetting(ImageFolders.FlushSetting, next.Flush == FlushPolicy.None ? "none" : "full");
            return true;
        });
        ImageFolders = next;
    }

    /// <summary>The images as one identity may use them.</summary>
    public ImageService Images(Identity identity) => new(new ImageServiceParts(Catalog, ImageStores, Policy, Locks), identity);

    /// <summary>The volumes as one identity may use them.</summary>
    public VolumeService Volumes(Identity identity) => new(VolumeParts.Of(this), identity);

    /// <summary>Backends, pools and quotas as one identity may use them.</summary>
    public BackendService Backends(Identity identity) => new(VolumeParts.BackendsOf(this), identity);

    /// <summary>Volume types and QoS specs as one identity may use them.</summary>
    public VolumeTypeService VolumeTypes(Identity identity) => new(Catalog, CinderPolicy, identity);

    public void Dispose() => Catalog.Dispose();

    /// <summary>An empty catalogue must not take the place of one that was lost.</summary>
    private SqliteCatalog OpenCatalog(string file)
    {
        if (new FileInfo(file) is not { Exists: true, Length: > 0 } && Directory.EnumerateFiles(ImagesFolder).Any())
        {
            throw new ServiceException(ErrorIds.CatalogMissing, $"'{file}' is missing or empty, and '{ImagesFolder}' holds images' data.")
            {
                Target = Path,
            };
        }

        return SqliteCatalog.Open(file);
    }

    private List<RecoveredOperation> Recover(IReadOnlyList<IOperationRecovery> recoveries)
    {
        List<RecoveredOperation> recovered = [];
        IReadOnlyList<CatalogOperation> operations = Catalog.Read(catalog => catalog.ListOperations());
        foreach (CatalogOperation operation in operations)
        {
            if (recoveries.SingleOrDefault(one => one.Kind == operation.Kind) is not { } recovery || Locks.TryTake(operation.Id) is not { } held)
                continue;
            using (held)
            {
                // Its process may have ended it before it gave up the lock.
                if (Catalog.Read(catalog => catalog.ListOperations()).Contains(operation))
                    recovered.Add(new RecoveredOperation(operation, Try(() => recovery.Recover(operation, this))));
                if (!ImageRecovery.IsRunning(Catalog, operation.Id))
                    held.Complete();
            }
        }

        Locks.Tidy([.. Catalog.Read(catalog => catalog.ListOperations()).Select(operation => operation.Id)]);
        return recovered;
    }

    private static StorageException? Try(Action recover)
    {
        try
        {
            recover();
            return null;
        }
        catch (StorageException error)
        {
            return error;
        }
    }
}
