using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Backends;

/// <summary>
/// Volumes as qcow2 images in memory. It copies where others share, so what it holds is easy to foresee. A test may fail, hold or
/// watch every call.
/// </summary>
internal sealed class MemoryVolumeDriver : IVolumeDriver
{
    private const long GiB = 1L << 30;

    private readonly Lock _lock = new();
    private readonly Dictionary<VolumeId, Data> _volumes = [];
    private readonly Dictionary<string, byte[]> _foreign = [];
    private readonly HashSet<VolumeId> _open = [];

    /// <summary>Called with the member's name before it changes anything, and with <c>name/done</c> after. What it throws, the member throws.</summary>
    public Action<string> Step { get; set; } = _ => { };

    /// <summary>All changes, in their order.</summary>
    public List<string> Calls { get; } = [];

    public double TotalGiB { get; set; } = 100;

    public DriverCapabilities Capabilities { get; set; } = new(LinkedClones: true, ExtendInUse: false, SnapshotInUse: false);

    public IReadOnlyCollection<VolumeId> Volumes
    {
        get
        {
            lock (_lock)
                return [.. _volumes.Keys];
        }
    }

    public IReadOnlyCollection<SnapshotId> SnapshotsOf(VolumeId volume)
    {
        lock (_lock)
            return [.. _volumes[volume].Snapshots.Select(one => one.Id)];
    }

    /// <summary>Data that a volume could be made of.</summary>
    public void PutForeign(string reference, int sizeGiB) => _foreign[reference] = MemoryVolumeContent.Blank(sizeGiB);

    public void Check() => Enter("Check");

    public IReadOnlyList<DriverPool> GetPools()
    {
        Enter("GetPools");
        return
        [
            new DriverPool("pool", TotalGiB, TotalGiB, Thin: true, Thick: false, Multiattach: true)
            {
                Capabilities = new Dictionary<string, string> { ["storage_protocol"] = "memory" },
            },
        ];
    }

    public IReadOnlyDictionary<string, string> Create(Volume volume) => Change<IReadOnlyDictionary<string, string>>("Create", () => Add(volume, MemoryVolumeContent.Blank(volume.SizeGiB)));

    public IReadOnlyDictionary<string, string> CreateFrom(Volume volume, DiskImage content, WorkProgress progress, CancellationToken token) => Change<IReadOnlyDictionary<string, string>>("CreateFrom", () =>
    {
        if (content.VirtualSize > volume.SizeGiB * GiB)
            throw new ServiceException(ErrorIds.VolumeSizeInvalid, $"The content has {content.VirtualSize} bytes.") { Target = volume.Id.ToString() };
        MemoryBlockDevice device = new("volume");
        ConversionOptions options = new() { Format = DiskImageFormat.Qcow2, Create = new ImageCreateOptions { VirtualSize = content.VirtualSize } };
        ImageConverter.Convert(content, new ImageFile("volume", device), options, progress, token);
        return Add(volume, MemoryVolumeContent.Resize(device.ToArray(), volume.SizeGiB));
    });

    public DriverClone Clone(Volume volume, Volume source, VolumeSnapshot? snapshot, bool linked, WorkProgress progress, CancellationToken token) => Change(linked ? "Clone linked" : "Clone", () =>
    {
        Data from = Find(source);
        RequireIdle(source);
        byte[] content = ContentOf(from, snapshot);
        IReadOnlyDictionary<string, string> state = Add(volume, MemoryVolumeContent.Resize(content, volume.SizeGiB));
        if (linked && snapshot is null)
            _volumes[volume.Id].Base = from.Share();
        return new DriverClone(state, source.DriverState);
    });

    public void Delete(Volume volume, int? clearMiB, WorkProgress progress, CancellationToken token) => Change($"Delete {(clearMiB is { } size ? $"{size}" : "all")}", () =>
    {
        RequireIdle(volume);
        if (_volumes.TryGetValue(volume.Id, out Data? data) && data.Snapshots.Count > 0)
            throw new InvalidOperationException("A volume with snapshots was to be deleted.");
        return _volumes.Remove(volume.Id);
    });

    public DiskImage Open(Volume volume, VolumeSnapshot? snapshot)
    {
        Enter("Open");
        lock (_lock)
        {
            RequireIdle(volume);
            return ImageFormats.Open(new MemoryBlockDevice("volume", [.. ContentOf(Find(volume), snapshot)]), new ImageOpenOptions { Format = DiskImageFormat.Qcow2 });
        }
    }

    public WritableImage OpenWritable(Volume volume)
    {
        Enter("OpenWritable");
        lock (_lock)
        {
            RequireIdle(volume);
            byte[] content = Find(volume).Content;
            _open.Add(volume.Id);
            return ImageFormats.OpenWritable(new MemoryVolumeContent.WrittenBack("volume", content, bytes => Set(volume, bytes), () => Occupy(volume.Id, isOpen: false)), new ImageOpenOptions { Format = DiskImageFormat.Qcow2 });
        }
    }

    public DriverChange CreateSnapshot(Volume volume, VolumeSnapshot snapshot) => Change("CreateSnapshot", () =>
    {
        Data data = Find(volume);
        if (!Capabilities.SnapshotInUse)
            RequireIdle(volume);
        if (!data.Snapshots.Any(one => one.Id == snapshot.Id))
            data.Snapshots.Add((snapshot.Id, data.Content));
        return new DriverChange(StateOf(volume), new Dictionary<string, string> { ["of"] = volume.Id.ToString() });
    });

    public IReadOnlyDictionary<string, string> DeleteSnapshot(Volume volume, VolumeSnapshot snapshot, WorkProgress progress, CancellationToken token) => Change<IReadOnlyDictionary<string, string>>("DeleteSnapshot", () =>
    {
        RequireIdle(volume);
        Find(volume).Snapshots.RemoveAll(one => one.Id == snapshot.Id);
        return StateOf(volume);
    });

    public IReadOnlyDictionary<string, string> Revert(Volume volume, VolumeSnapshot snapshot) => Change<IReadOnlyDictionary<string, string>>("Revert", () =>
    {
        Data data = Find(volume);
        RequireIdle(volume);
        byte[] content = ContentOf(data, snapshot);
        if (data.Snapshots[^1].Id != snapshot.Id)
            throw new ServiceException(ErrorIds.VolumeConflict, $"Snapshot {snapshot.Id} is not the latest.") { Target = snapshot.Id.ToString() };
        data.Content = MemoryVolumeContent.Resize(content, volume.SizeGiB);
        return StateOf(volume);
    });

    public IReadOnlyDictionary<string, string> Extend(Volume volume, int sizeGiB) => Change<IReadOnlyDictionary<string, string>>("Extend", () =>
    {
        Data data = Find(volume);
        if (!Capabilities.ExtendInUse)
            RequireIdle(volume);
        data.Content = MemoryVolumeContent.Resize(data.Content, sizeGiB);
        return StateOf(volume);
    });

    public IReadOnlyDictionary<string, string> Flatten(Volume volume, WorkProgress progress, CancellationToken token) => Change<IReadOnlyDictionary<string, string>>("Flatten", () =>
    {
        Find(volume).Base = null;
        return StateOf(volume);
    });

    public DriverTruth Recover(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots) => Change("Recover", () =>
    {
        // A volume without a state was never finished.
        if (volume.DriverState.Count == 0)
            _volumes.Remove(volume.Id);
        return _volumes.TryGetValue(volume.Id, out Data? data)
            ? new DriverTruth(true, (int)(MemoryVolumeContent.SizeOf(data.Content) / GiB), StateOf(volume), [.. data.Snapshots.Select(one => one.Id)])
            : new DriverTruth(false, 0, new Dictionary<string, string>(), []);
    });

    public IReadOnlyDictionary<string, string> Connect(Volume volume, IReadOnlyDictionary<string, string> connector, bool readOnly) => Change<IReadOnlyDictionary<string, string>>("Connect", () =>
    {
        Find(volume);
        return new Dictionary<string, string> { ["driver_volume_type"] = "memory", ["access_mode"] = readOnly ? "ro" : "rw" };
    });

    public void Disconnect(Volume volume, IReadOnlyDictionary<string, string> connector) => Change("Disconnect", () => true);

    public IReadOnlyList<ManageableVolume> ListManageable() => [.. _foreign.Select(one => new ManageableVolume(one.Key, (int)(MemoryVolumeContent.SizeOf(one.Value) / GiB), null))];

    public (IReadOnlyDictionary<string, string> State, int SizeGiB) Manage(Volume volume, string reference) => Change<(IReadOnlyDictionary<string, string>, int)>("Manage", () =>
    {
        if (!_foreign.Remove(reference, out byte[]? content))
            throw Missing(reference);
        return (Add(volume, content), (int)(MemoryVolumeContent.SizeOf(content) / GiB));
    });

    public string Unmanage(Volume volume) => Change("Unmanage", () =>
    {
        string reference = $"was-{volume.Id}";
        _foreign[reference] = Find(volume).Content;
        _volumes.Remove(volume.Id);
        return reference;
    });

    public IEnumerable<DriverFinding> Inspect(Volume volume, IReadOnlyList<VolumeSnapshot> snapshots, bool deep, WorkProgress progress, CancellationToken token)
    {
        Enter("Inspect");
        lock (_lock)
        {
            if (!_volumes.TryGetValue(volume.Id, out Data? data))
                return [new DriverFinding("LayerMissing", volume.Id.ToString(), "Its data is gone.", CanRepair: false)];
            return MemoryVolumeContent.SizeOf(data.Content) == volume.SizeGiB * GiB ? [] : [new DriverFinding("SizeDiffers", volume.Id.ToString(), "Its disk has another size.", CanRepair: true)];
        }
    }

    public IReadOnlyList<DriverFinding> FindOrphans(IReadOnlySet<VolumeId> known) =>
        [.. Volumes.Where(volume => !known.Contains(volume)).Select(volume => new DriverFinding("Orphan", volume.ToString(), $"No volume {volume} is known.", CanRepair: false))];

    public IReadOnlyList<DriverLayer> GetLayers(Volume volume)
    {
        lock (_lock)
        {
            Data data = Find(volume);
            List<(string Name, VolumeId? Volume, SnapshotId? Snapshot)> layers =
            [
                (volume.Id.ToString(), volume.Id, null),
                .. data.Snapshots.AsEnumerable().Reverse().Select(one => ($"{volume.Id}.{one.Id}", (VolumeId?)volume.Id, (SnapshotId?)one.Id)),
                .. data.Base is { } shared ? [(shared.Name, null, null)] : Array.Empty<(string, VolumeId?, SnapshotId?)>(),
            ];
            return [.. layers.Select((layer, at) => new DriverLayer(layer.Name, at + 1 < layers.Count ? layers[at + 1].Name : null, "qcow2", layer.Volume, layer.Snapshot, 0))];
        }
    }

    private T Change<T>(string name, Func<T> change)
    {
        string member = name.Split(' ')[0];
        Enter(member);
        T result;
        lock (_lock)
        {
            result = change();
            Calls.Add(name);
        }

        Step(member + "/done");
        return result;
    }

    private void Enter(string member) => Step(member);

    private Dictionary<string, string> Add(Volume volume, byte[] content)
    {
        if (!_volumes.TryAdd(volume.Id, new Data(content)))
            throw new ServiceException(ErrorIds.VolumeConflict, $"Volume {volume.Id} is there already.") { Target = volume.Id.ToString() };
        return StateOf(volume);
    }

    private void Set(Volume volume, byte[] content)
    {
        lock (_lock)
            Find(volume).Content = content;
    }

    private Data Find(Volume volume) => _volumes.GetValueOrDefault(volume.Id) ?? throw Missing(volume.Id.ToString());

    private static byte[] ContentOf(Data data, VolumeSnapshot? snapshot) => snapshot is null
        ? data.Content
        : data.Snapshots.FirstOrDefault(one => one.Id == snapshot.Id).Content
            ?? throw new ServiceException(ErrorIds.SnapshotNotFound, $"Snapshot {snapshot.Id} is not there.") { Target = snapshot.Id.ToString() };

    private void RequireIdle(Volume volume)
    {
        if (_open.Contains(volume.Id))
            throw new StorageException(ErrorIds.ImageInUse, $"Volume {volume.Id} is open elsewhere.") { Target = volume.Id.ToString() };
    }

    /// <summary>A consumer has the volume's disk open.</summary>
    public void Occupy(VolumeId volume, bool isOpen)
    {
        lock (_lock)
            _ = isOpen ? _open.Add(volume) : _open.Remove(volume);
    }

    private static ServiceException Missing(string what) => new(ErrorIds.VolumeDamaged, $"There is no data of '{what}'.") { Target = what };

    private static Dictionary<string, string> StateOf(Volume volume) => new() { ["place"] = volume.Id.ToString() };

    private sealed class Data(byte[] content)
    {
        public byte[] Content { get; set; } = content;

        public List<(SnapshotId Id, byte[] Content)> Snapshots { get; } = [];

        /// <summary>What it shares with others; null for nothing.</summary>
        public SharedContent? Base { get; set; }

        /// <summary>The content as others may share it: one layer as long as nobody writes.</summary>
        public SharedContent Share() => Base is { } shared && shared.Content == Content ? shared : Base = new SharedContent($"base-{Guid.NewGuid()}", Content);
    }

    private sealed record SharedContent(string Name, byte[] Content);
}
