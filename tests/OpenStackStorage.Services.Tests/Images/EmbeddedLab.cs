namespace OpenStackStorage.Services.Tests.Images;

/// <summary>An embedded store in a folder of its own, with images in files.</summary>
internal sealed class EmbeddedLab : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private EmbeddedStore? _store;

    public EmbeddedLab() => Reopen();

    public PolicyRules Policy { get; set; } = PolicyRules.Glance;

    public EmbeddedStore Store => _store!;

    public IReadOnlyList<IImageStore> ImageStores { get; private set; } = [];

    public ImageServiceParts Parts => new(Store.Catalog, ImageStores, Policy, Store.Locks);

    public ImageService As(Identity identity) => new(Parts, identity);

    /// <summary>Opens the store again, as the next process would.</summary>
    public void Reopen()
    {
        _store?.Dispose();
        _store = EmbeddedStore.Open(_folder["store"], ImageRecovery.Of(StoresOf));
        ImageStores = StoresOf(_store);
    }

    /// <summary>Opens the same folder once more, as a process beside this one would.</summary>
    public EmbeddedStore OpenBeside() => EmbeddedStore.Open(Store.Path, ImageRecovery.Of(StoresOf));

    public string[] Files(string folder) => [.. Directory.GetFiles(Path.Combine(Store.Path, folder)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public IReadOnlyList<CatalogOperation> Operations() => Store.Catalog.Read(reader => reader.ListOperations());

    public void Write(Action<ICatalogWriter> change) => Store.Catalog.Write(writer =>
    {
        change(writer);
        return true;
    });

    public void Dispose()
    {
        _store?.Dispose();
        _folder.Dispose();
    }

    private static IReadOnlyList<IImageStore> StoresOf(EmbeddedStore store) =>
    [
        new FileImageStore(new FileImageStoreOptions
        {
            Folders = [new FileStoreFolder(store.ImagesFolder)],
            Flush = FlushPolicy.None,
        }),
    ];
}
