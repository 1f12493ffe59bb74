namespace OpenStackStorage.Services.Tests;

/// <summary>A new catalogue, and volumes to put into it.</summary>
public abstract class VolumeCatalogTest : IDisposable
{
    protected static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    protected VolumeCatalogTest() => Catalog = SqliteCatalog.Open(File);

    protected string File => _folder["catalog.db"];

    protected SqliteCatalog Catalog { get; }

    public void Dispose()
    {
        Catalog.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static Volume Volume(int sizeGiB, string? type = null, string project = "p1") => new()
    {
        Id = VolumeId.New(),
        Status = VolumeStatus.Available,
        SizeGiB = sizeGiB,
        Project = project,
        User = "u1",
        VolumeType = type,
        AvailabilityZone = "nova",
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    protected static Volume Cache(int sizeGiB) => Volume(sizeGiB, project: CachedImage.InternalProject) with
    {
        Cached = new CachedImage(ImageId.New(), Now, Now),
    };

    protected static VolumeSnapshot Snapshot(Volume volume) => new()
    {
        Id = SnapshotId.New(),
        Volume = volume.Id,
        Status = SnapshotStatus.Available,
        SizeGiB = volume.SizeGiB,
        Project = volume.Project,
        VolumeType = volume.VolumeType,
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    protected static VolumeType Type(string name) => new() { Id = Guid.NewGuid(), Name = name, CreatedAt = Now, UpdatedAt = Now };

    protected static CatalogOperation Operation() => new(Guid.NewGuid(), "volume-extend", "x", "", Now);

    protected T Put<T>(CatalogTable<T> table, T record)
        where T : class
    {
        Write(writer => writer.Put(table, record));
        return record;
    }

    protected Volume Put(Volume volume) => Put(VolumeTables.Volumes, volume);

    protected VolumeSnapshot Put(VolumeSnapshot snapshot) => Put(VolumeTables.Snapshots, snapshot);

    protected VolumeType Put(VolumeType type) => Put(VolumeTables.Types, type);

    protected void Write(Action<ICatalogWriter> change) => Catalog.Write(writer =>
    {
        change(writer);
        return true;
    });

    protected static ServiceException Refused(ErrorId id, Action action)
    {
        ServiceException error = Assert.Throws<ServiceException>(action);
        Assert.Equal(id, error.Id);
        return error;
    }
}
