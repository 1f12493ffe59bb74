using OpenStackStorage.Disks;
using OpenStackStorage.Services.Tests.Images;

namespace OpenStackStorage.Services.Tests.Volumes;

/// <summary>
/// A store with backends of three formats in files, and what must be in it: every volume, every snapshot and their bytes. Each step
/// is one random thing that a user may do, done to both; what the service has to refuse is done too.
/// </summary>
internal sealed partial class VolumeModel : IDisposable
{
    public const int StepsBetweenWholeChecks = 50;

    private const int VolumeLimit = 8;
    private const int SnapshotLimit = 12;
    private const int GigabyteLimit = 30;
    private const int MaximumGiB = 4;
    private const int StepsBetweenOpenings = 130;

    private static readonly string[] Backends = ["qcow2", "raw", "vhdx"];
    private static readonly Identity User = new("kim", "work", ["admin"]);

    private readonly TemporaryFolder _folder = TemporaryFolder.InMemory();
    private readonly int _seed;
    private readonly Random _random;
    private readonly Dictionary<VolumeId, Known> _volumes = [];
    private readonly Dictionary<ImageId, ModelDisk> _images = [];
    private EmbeddedStore _store;
    private VolumeService _service = null!;
    private int _step;
    private string _doing = "setting up";

    public VolumeModel(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _store = Open();
        foreach (string name in Backends)
            AddBackend(name);
        _store.Backends(User).SetQuota("volumes", null, VolumeLimit);
        _store.Backends(User).SetQuota("snapshots", null, SnapshotLimit);
        _store.Backends(User).SetQuota("gigabytes", null, GigabyteLimit);
        AddImage(TestImages.Mixed(512 << 10, seed), asQcow2: false);
        AddImage(TestImages.Mixed(320 << 10, seed + 1), asQcow2: true);
    }

    /// <summary>What was done, and how often.</summary>
    public Dictionary<string, int> Done { get; } = [];

    public void Step()
    {
        _step++;
        Saying(() =>
        {
            Change();
            if (_step % StepsBetweenOpenings == 0)
                Reopen();
            if (_step % StepsBetweenWholeChecks == 0)
                CheckEverything(deep: false);
        });
        Done[_doing] = Done.GetValueOrDefault(_doing) + 1;
    }

    /// <summary>Checks all, also by qemu-img where it is installed, deletes all, and requires that nothing is left.</summary>
    public void End() => Saying(() =>
    {
        _doing = "the end";
        CheckEverything(deep: true);
        if (Tool.Exists("qemu-img"))
            CheckByQemu();
        foreach (VolumeId volume in _volumes.Keys)
            _service.Delete(volume, new VolumeDeletion { Cascade = true }, new WorkProgress(), CancellationToken.None);
        _volumes.Clear();
        foreach (Volume entry in Cache().List(null))
            Cache().Remove(entry.Id);
        CheckEverything(deep: true);
        Assert.Empty(_store.Catalog.Read(reader => reader.List(VolumeTables.Volumes)));
        foreach (string backend in Backends)
        {
            string[] left = [.. Directory.EnumerateFileSystemEntries(_folder[backend], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder[backend], path))];
            Assert.Equal([LayerMarks.Root, FileVolumeDriver.MarkName], left.Order(StringComparer.Ordinal));
        }
    });

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private void Saying(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error)
        {
            throw new Xunit.Sdk.XunitException($"Seed {_seed}, step {_step}, {_doing}: {error.Message}", error);
        }
    }

    private EmbeddedStore Open()
    {
        EmbeddedStore store = EmbeddedStore.Open(_folder["store"], [.. ImageRecovery.Of(opened => opened.ImageStores), .. VolumeRecovery.Of(VolumeParts.Of)]);
        _service = store.Volumes(User);
        return store;
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = Open();
        Assert.Empty(_store.Recovered);
    }

    /// <summary>A backend of a format, and two types that are of it.</summary>
    private void AddBackend(string name)
    {
        _store.Backends(User).Add(new Backend
        {
            Name = name,
            Driver = "File",
            Host = "node",
            Options = new Dictionary<string, string> { ["path"] = _folder[name], ["format"] = name },
            ImageCacheMaxCount = 2,
            CreatedAt = DateTimeOffset.UnixEpoch,
        });
        foreach (string type in TypesOf(name))
            _store.VolumeTypes(User).CreateType(new VolumeTypeSpec { Name = type, ExtraSpecs = new Dictionary<string, string> { ["volume_backend_name"] = name } });
    }

    private static string[] TypesOf(string backend) => [$"{backend}-gold", $"{backend}-silver"];

    private void AddImage(byte[] data, bool asQcow2)
    {
        ImageService images = _store.Images(User);
        ImageSpec spec = new() { DiskFormat = asQcow2 ? ImageDiskFormat.Qcow2 : ImageDiskFormat.Raw, ContainerFormat = ImageContainerFormat.Bare };
        Image image = ImageServiceConformance.Upload(images, images.Create(spec).Id, asQcow2 ? Samples.Qcow2(data) : data);
        ModelDisk disk = new(1);
        disk.Write(0, data);
        _images[image.Id] = disk;
    }

    private ImageCache Cache() => new(VolumeParts.Of(_store), User);

    private Volume Find(VolumeId id) => _store.Catalog.Read(reader => reader.Find(VolumeTables.Volumes, id.ToString()))!;

    private IVolumeDriver DriverOf(Volume volume) => _store.Catalog.Read(reader => VolumeParts.Of(_store).DriverOf(reader, volume.Host!));

    /// <summary>Compares a volume, or a snapshot of it.</summary>
    private void Check(VolumeId id, SnapshotId? snapshot, ModelDisk disk, bool whole)
    {
        Volume volume = Find(id);
        VolumeSnapshot? of = snapshot is { } one ? _store.Catalog.Read(reader => reader.Find(VolumeTables.Snapshots, one.ToString())) : null;
        using DiskImage image = DriverOf(volume).Open(volume, of);
        string? difference = whole ? ModelDiskCheck.Whole(image, disk) : ModelDiskCheck.Written(image, disk);
        Assert.True(difference is null, $"{(snapshot is null ? "The volume" : "A snapshot")} in {volume.Host}: {difference}.");
    }

    private void CheckEverything(bool deep)
    {
        Volume[] all = [.. _store.Catalog.Read(reader => reader.List(VolumeTables.Volumes))];
        foreach ((VolumeId id, Known known) in _volumes)
        {
            Volume volume = all.Single(one => one.Id == id);
            Assert.Equal((VolumeStatus.Available, known.Disk.SizeGiB, known.Backend, known.Type), (volume.Status, volume.SizeGiB, VolumeHost.BackendOf(volume.Host!), volume.VolumeType));
            Check(id, null, known.Disk, whole: true);
            foreach ((SnapshotId snapshot, ModelDisk disk) in known.Snapshots)
                Check(id, snapshot, disk, whole: true);
        }

        foreach (Volume volume in all.Where(volume => _volumes.ContainsKey(volume.Id)))
            Assert.Empty(_service.Check(volume.Id, deep, new WorkProgress(), CancellationToken.None));
        Assert.Equal(_volumes.Count, all.Count(volume => volume.Cached is null));
        foreach (Backend backend in _store.Backends(User).List())
            Assert.Empty(VolumeParts.BackendsOf(_store).Open(backend).FindOrphans(all.Where(volume => VolumeHost.BackendOf(volume.Host!) == backend.Name).Select(volume => volume.Id).ToHashSet()));
        CheckSums();
    }

    private void CheckSums()
    {
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_store.Path, "locks")));
        _store.Catalog.Read(reader =>
        {
            Assert.Empty(reader.ListOperations());
            Assert.Empty(reader.List(VolumeTables.Reservations));
            VolumeQuotas quotas = VolumeQuotas.Of(reader, User.Project, DateTimeOffset.UtcNow);
            Assert.Equal(
                (_volumes.Count, SnapshotCount, Gigabytes),
                (quotas.Find(VolumeQuota.Volumes, null).InUse, quotas.Find(VolumeQuota.Snapshots, null).InUse, quotas.Find(VolumeQuota.Gigabytes, null).InUse));
            return true;
        });
    }

    private int SnapshotCount => _volumes.Values.Sum(volume => volume.Snapshots.Count);

    private int Gigabytes => _volumes.Values.Sum(volume => volume.Disk.SizeGiB + volume.Snapshots.Sum(snapshot => snapshot.Disk.SizeGiB));

    /// <summary>QEMU reads no differencing VHDX, and a raw disk has nothing to check.</summary>
    private void CheckByQemu()
    {
        foreach (VolumeId id in _volumes.Keys)
        {
            Volume volume = Find(id);
            foreach (DriverLayer layer in DriverOf(volume).GetLayers(volume).Where(layer => layer.Format == "qcow2" || (layer.Format == "vhdx" && layer.Parent is null)))
                Tool.Run("qemu-img", "check", "-f", layer.Format!, _folder[Path.Combine(VolumeHost.BackendOf(volume.Host!), layer.Name)]);
        }
    }

    /// <summary>A volume as it must be.</summary>
    private sealed class Known(ModelDisk disk, string backend, string? type)
    {
        public ModelDisk Disk { get; set; } = disk;

        public string Backend { get; set; } = backend;

        public string? Type { get; set; } = type;

        /// <summary>From the oldest to the latest.</summary>
        public List<(SnapshotId Id, ModelDisk Disk)> Snapshots { get; } = [];
    }
}
