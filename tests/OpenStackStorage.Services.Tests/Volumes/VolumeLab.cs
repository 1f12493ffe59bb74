using OpenStackStorage.Services.Tests.Backends;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>An embedded store with images in files and volumes in memory.</summary>
internal sealed class VolumeLab : IDisposable
{
    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();
    private readonly Dictionary<string, MemoryVolumeDriver> _drivers = [];
    private readonly IVolumeDriverFactory? _factory;
    private EmbeddedStore? _store;

    /// <param name="factory">What makes the driver of the only backend; null for drivers in memory.</param>
    public VolumeLab(IVolumeDriverFactory? factory = null)
    {
        _factory = factory;
        Reopen();
        if (factory is null)
            AddBackend("b1");
        else
            AddBackend(factory);
    }

    public EmbeddedStore Store => _store!;

    public MemoryVolumeDriver Driver => _drivers["b1"];

    public VolumeServiceParts Parts => PartsOf(Store);

    public MemoryVolumeDriver DriverOf(string backend) => _drivers[backend];

    public VolumeService As(Identity identity) => new(Parts, identity);

    /// <summary>Parts whose catalogue fails from now on, as it does for a process that died.</summary>
    public (VolumeServiceParts Parts, DyingCatalog Catalog) Dying()
    {
        DyingCatalog catalog = new(Store.Catalog);
        return (Parts with { Catalog = catalog }, catalog);
    }

    public MemoryVolumeDriver AddBackend(string name, string zone = "nova")
    {
        _drivers[name] = new MemoryVolumeDriver();
        Write(writer => writer.Put(VolumeTables.Backends, new Backend { Name = name, Driver = "Memory", Host = "node", AvailabilityZone = zone, CreatedAt = DateTimeOffset.UnixEpoch }));
        return _drivers[name];
    }

    private void AddBackend(IVolumeDriverFactory factory)
    {
        Directory.CreateDirectory(_folder["backend"]);
        Backend backend = new()
        {
            Name = "b1",
            Driver = factory.Name,
            Host = "node",
            Options = new Dictionary<string, string> { ["path"] = _folder["backend"] },
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        backend = backend with { Options = factory.Validate(backend) };
        factory.Initialize(backend, Store.Id);
        Put(VolumeTables.Backends, backend);
    }

    /// <summary>Opens the store again, as the next process would.</summary>
    public void Reopen()
    {
        _store?.Dispose();
        _store = EmbeddedStore.Open(_folder["store"], VolumeRecovery.Of(PartsOf));
    }

    public Image UploadImage(byte[] data, ImageDiskFormat format = ImageDiskFormat.Raw, Identity? owner = null, Func<ImageSpec, ImageSpec>? change = null)
    {
        ImageSpec spec = new() { Name = "i", DiskFormat = format, ContainerFormat = ImageContainerFormat.Bare };
        ImageService images = Store.Images(owner ?? VolumeServiceConformance.Owner);
        return ImageServiceConformance.Upload(images, images.Create(change?.Invoke(spec) ?? spec).Id, data);
    }

    public Volume Find(VolumeId volume) => Store.Catalog.Read(reader => reader.Find(VolumeTables.Volumes, volume.ToString()))!;

    public IVolumeDriver DriverFor(VolumeId volume) => Store.Catalog.Read(reader => Parts.DriverOf(reader, Find(volume).Host!));

    /// <summary>The volume has a consumer.</summary>
    public void Attach(VolumeId volume) => Write(writer =>
    {
        writer.Put(VolumeTables.Attachments, new VolumeAttachment
        {
            Id = new AttachmentId(Guid.NewGuid()),
            Volume = volume,
            Project = "one",
            Status = AttachStatus.Attached,
            Mode = "rw",
            CreatedAt = DateTimeOffset.UnixEpoch,
        });
        writer.Put(VolumeTables.Volumes, writer.Find(VolumeTables.Volumes, volume.ToString())! with { Status = VolumeStatus.InUse });
    });

    public T Put<T>(CatalogTable<T> table, T record)
        where T : class
    {
        Write(writer => writer.Put(table, record));
        return record;
    }

    public void Write(Action<ICatalogWriter> change) => Store.Catalog.Write(writer =>
    {
        change(writer);
        return true;
    });

    public IReadOnlyList<CatalogOperation> Operations() => Store.Catalog.Read(reader => reader.ListOperations());

    public IReadOnlyList<VolumeReservation> Reservations() => Store.Catalog.Read(reader => reader.List(VolumeTables.Reservations));

    public string[] Locks() => [.. Directory.GetFiles(Path.Combine(Store.Path, "locks")).Select(path => Path.GetFileName(path)!)];

    public VolumeUsage Usage(VolumeQuota quota, string project = "one") =>
        Store.Catalog.Read(reader => VolumeQuotas.Of(reader, project, DateTimeOffset.UtcNow).Find(quota, null));

    /// <summary>Everything in the folder of the only backend, where it keeps files.</summary>
    public string[] BackendFiles() => [.. Directory.EnumerateFileSystemEntries(_folder["backend"], "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(_folder["backend"], path)).Order(StringComparer.Ordinal)];

    /// <summary>Nothing of an operation is left, whatever became of it.</summary>
    public void AssertQuiet()
    {
        Assert.Empty(Operations());
        Assert.Empty(Reservations());
        Assert.Empty(Locks());
    }

    public void Dispose()
    {
        _store?.Dispose();
        _folder.Dispose();
    }

    private VolumeServiceParts PartsOf(EmbeddedStore store) =>
        new(store.Catalog, store.CinderPolicy, store.Locks, backend => _factory?.Open(backend) ?? _drivers[backend.Name], store.Images);
}

/// <summary>A catalogue that takes no more changes once its process is dead.</summary>
internal sealed class DyingCatalog(ICatalog catalog) : ICatalog
{
    public bool IsDead { get; set; }

    public T Read<T>(Func<ICatalogReader, T> query) => catalog.Read(query);

    public T Write<T>(Func<ICatalogWriter, T> change) =>
        IsDead ? throw new ServiceException(ErrorIds.CatalogBusy, "This process is dead.") : catalog.Write(change);

    /// <summary>The catalogue belongs to another.</summary>
    public void Dispose()
    {
    }
}
