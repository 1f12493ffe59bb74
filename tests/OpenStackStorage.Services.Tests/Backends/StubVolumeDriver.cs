using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>A place that keeps no data: what it says of itself is what a test makes it say.</summary>
internal sealed class StubPlace
{
    public string? Mark { get; set; }

    public string? Failure { get; set; }

    public double? TotalGiB { get; set; } = 100;

    public double? FreeGiB { get; set; } = 100;

    public bool Thin { get; set; } = true;

    public Dictionary<string, string> Capabilities { get; } = [];

    public List<string> Left { get; } = [];

    /// <summary>Volumes that lie there.</summary>
    public List<VolumeId> Data { get; } = [];

    public Dictionary<VolumeId, DriverFinding> Faults { get; } = [];

    /// <summary>Volumes that can't be looked at, and why.</summary>
    public Dictionary<VolumeId, StorageException> Unreadable { get; } = [];

    /// <summary>Called by each look for orphans, once it has been told what is known.</summary>
    public Action Looking { get; set; } = () => { };
}

/// <summary>Makes drivers for places by their path.</summary>
internal sealed class StubDriverFactory : IVolumeDriverFactory
{
    private readonly Dictionary<string, StubPlace> _places = [];

    public string Name => "Stub";

    public Action Initialized { get; set; } = () => { };

    public StubPlace this[string path]
    {
        get
        {
            if (!_places.TryGetValue(path, out StubPlace? place))
                _places[path] = place = new StubPlace();
            return place;
        }
    }

    public IReadOnlyDictionary<string, string> Validate(Backend backend) => backend.Options.ContainsKey("path")
        ? new Dictionary<string, string>(backend.Options) { ["format"] = backend.Options.GetValueOrDefault("format", "qcow2") }
        : throw new ServiceException(ErrorIds.ParameterInvalid, "path is missing");

    public IVolumeDriver Open(Backend backend) => new StubVolumeDriver(this[backend.Options["path"]]);

    public void Initialize(Backend backend, Guid store)
    {
        StubPlace place = this[backend.Options["path"]];
        if (place.Failure is { } failure)
            throw new ServiceException(ErrorIds.BackendUnavailable, failure);
        place.Mark = $"{backend.Name} {store}";
        Initialized();
    }

    public IReadOnlyList<string> Release(Backend backend, Guid store)
    {
        StubPlace place = this[backend.Options["path"]];
        if (place.Failure is { } failure)
            throw new ServiceException(ErrorIds.BackendUnavailable, failure);
        place.Mark = null;
        return place.Left;
    }
}

internal sealed class StubVolumeDriver(StubPlace place) : IVolumeDriver
{
    public DriverCapabilities Capabilities { get; } = new(LinkedClones: true, ExtendInUse: false, SnapshotInUse: false);

    public void Check()
    {
        if (place.Failure is { } failure)
            throw new ServiceException(ErrorIds.BackendUnavailable, failure) { Target = "the place" };
    }

    public IReadOnlyList<DriverPool> GetPools()
    {
        Check();
        return [new DriverPool("pool", place.TotalGiB, place.FreeGiB, place.Thin, Thick: true, Multiattach: true) { Capabilities = place.Capabilities }];
    }

    public IEnumerable<DriverFinding> Inspect(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, bool deep, WorkProgress progress, CancellationToken token) =>
        place.Unreadable.TryGetValue(volume.Id, out StorageException? failure) ? throw failure
        : place.Faults.TryGetValue(volume.Id, out DriverFinding? fault) ? [fault] : [];

    public IReadOnlyList<DriverFinding> FindOrphans(IReadOnlySet<VolumeId> known)
    {
        place.Looking();
        return [.. place.Data.Where(id => !known.Contains(id)).Select(id => new DriverFinding("Orphan", $"{id}", "nobody's", CanRepair: false))];
    }

    public IReadOnlyDictionary<string, string> Create(Volume volume) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, string> CreateFrom(Volume volume, DiskImage content, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public DriverClone Clone(Volume volume, Volume source, VolumeSnapshot? snapshot, bool linked, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public void Delete(Volume volume, int? clearMiB, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public DiskImage Open(Volume volume, VolumeSnapshot? snapshot) => throw new NotSupportedException();

    public WritableImage OpenWritable(Volume volume) => throw new NotSupportedException();

    public DriverChange CreateSnapshot(Volume volume, VolumeSnapshot snapshot) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, string> DeleteSnapshot(Volume volume, VolumeSnapshot snapshot, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, string> Revert(Volume volume, VolumeSnapshot snapshot) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, string> Extend(Volume volume, int sizeGiB) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, string> Flatten(Volume volume, WorkProgress progress, CancellationToken token) => throw new NotSupportedException();

    public DriverTruth Recover(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, string> Connect(Volume volume, IReadOnlyDictionary<string, string> connector, bool readOnly) => throw new NotSupportedException();

    public void Disconnect(Volume volume, IReadOnlyDictionary<string, string> connector) => throw new NotSupportedException();

    public IReadOnlyList<ManageableVolume> ListManageable() => throw new NotSupportedException();

    public (IReadOnlyDictionary<string, string> State, int SizeGiB) Manage(Volume volume, string reference) => throw new NotSupportedException();

    public string Unmanage(Volume volume) => throw new NotSupportedException();

    public IReadOnlyList<DriverLayer> GetLayers(Volume volume) => throw new NotSupportedException();
}

/// <summary>A cache whose entries are rows alone.</summary>
internal sealed class StubImageCache(ICatalog catalog) : IImageCache
{
    public List<string> Calls { get; } = [];

    public ServiceException? Failure { get; set; }

    public IReadOnlyList<Volume> List(string? backend) => catalog.Read(reader => reader.List(VolumeTables.Volumes, ("cached", 1)));

    public int PlanPrefetch(ImageId image, string backend) => Failure is null ? 1 : throw Failure;

    public Volume Prefetch(ImageId image, string backend, WorkProgress progress, CancellationToken token)
    {
        Calls.Add($"prefetch {image} {backend}");
        return List(backend)[0];
    }

    public void PlanRemoval(VolumeId entry)
    {
        if (Failure is not null)
            throw Failure;
    }

    public void Remove(VolumeId entry)
    {
        Calls.Add($"remove {entry}");
        if (Failure is not null)
            throw Failure;
        catalog.Write(writer => writer.Remove(VolumeTables.Volumes, entry.ToString()));
    }
}
