using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>The process is dead: nothing that it would have done is done.</summary>
internal sealed class DiedException : Exception;

/// <summary>Volumes in every relation, of which a change needs some.</summary>
internal sealed class CrashWorld : IDisposable
{
    private const long Gap = 3 << 20;

    private readonly FileDriverLab _lab;
    private readonly Dictionary<string, VolumeId> _volumes = [];
    private readonly Dictionary<string, SnapshotId> _snapshots = [];
    private int _steps;

    public CrashWorld(DiskImageFormat format, string change)
    {
        _lab = new FileDriverLab(format);
        Client = new DriverClient(_lab.Open(Step));
        if (change is "DeleteSnapshotUnderClone" or "RevertUnderClone" or "DeleteParent" or "Flatten")
            AddParent();
        else if (change is "CloneOfClone")
            Add("unwritten", Client.Clone(Add("plain", Client.Create()), linked: true));
        else if (change.Contains("Orphan", StringComparison.Ordinal))
            AddOrphans();
        else if (change is "DeleteOnlySnapshot")
            AddChain("once", 1);
        else if (change.Contains("Snapshot", StringComparison.Ordinal) && change != "FirstSnapshot" || change is "Revert" or "Extend")
            AddChain("chain", 3);
        else
            Write(Add("plain", Client.Create()), 0, 1);
        if (change is "Manage")
            AddForeign();
    }

    public DriverClient Client { get; }

    public (int Step, bool Dies) Stop
    {
        get;
        set => (field, _steps, HasStopped) = (value, 0, false);
    }

    public bool HasStopped { get; private set; }

    public string Last { get; private set; } = "";

    public VolumeId this[string name] => _volumes[name];

    public SnapshotId Snapshot(string name) => _snapshots[name];

    /// <summary>A new volume, which the catalogue knows before the driver does.</summary>
    public void Make(Func<Volume, IReadOnlyDictionary<string, string>> make)
    {
        Volume volume = DriverClient.NewVolume();
        Add("new", Client.Keep(volume, volume.DriverState));
        Client.Keep(volume, make(volume));
    }

    /// <summary>A new snapshot, which the catalogue knows before the driver does.</summary>
    public void TakeSnapshot(string name)
    {
        Volume volume = Client.Volumes[this[name]];
        VolumeSnapshot snapshot = DriverClient.NewSnapshot(volume);
        Client.Snapshots[snapshot.Id] = snapshot;
        Client.Keep(volume, Client.Driver.CreateSnapshot(volume, snapshot).VolumeState);
    }

    public IReadOnlyDictionary<string, string> CreateFrom(Volume volume)
    {
        using DiskImage image = ImageFormats.Open(new MemoryBlockDevice("content", TestImages.Mixed(300_000)), new ImageOpenOptions { Format = DiskImageFormat.Raw });
        return Client.Driver.CreateFrom(volume, image, new WorkProgress(), CancellationToken.None);
    }

    public IReadOnlyDictionary<string, string> Clone(Volume volume, string source, bool linked, string? snapshot = null)
    {
        DriverClone clone = Client.Driver.Clone(volume, Client.Volumes[this[source]], snapshot is null ? null : Client.Snapshots[Snapshot(snapshot)], linked, new WorkProgress(), CancellationToken.None);
        Client.Keep(Client.Volumes[this[source]], clone.SourceState);
        return clone.State;
    }

    public void DeleteAll(string name)
    {
        foreach (VolumeSnapshot snapshot in Client.SnapshotsOf(this[name]))
            Client.DeleteSnapshot(snapshot.Id);
        Client.Delete(this[name]);
    }

    public void Unmanage(string name)
    {
        Client.Driver.Unmanage(Client.Volumes[this[name]]);
        Client.Volumes.Remove(this[name]);
    }

    /// <summary>What volumes and snapshots show, by name; null for one that has no data.</summary>
    public Dictionary<string, byte[]?> Read()
    {
        Dictionary<string, byte[]?> content = [];
        foreach ((string name, VolumeId id) in _volumes)
            content[name] = Client.Volumes.ContainsKey(id) ? ReadOne(id, null) : null;
        foreach ((string name, SnapshotId id) in _snapshots)
            content[name] = Client.Snapshots.TryGetValue(id, out VolumeSnapshot? known) && Client.Volumes.ContainsKey(known.Volume) ? ReadOne(known.Volume, id) : null;
        return content;
    }

    public void Recover()
    {
        foreach (VolumeId volume in Client.Volumes.Keys.ToArray())
            Client.Recover(volume);
    }

    public void AssertWhole(Dictionary<string, byte[]?> before, Dictionary<string, byte[]?> after, string where)
    {
        foreach ((string name, byte[]? now) in Read())
        {
            byte[]? was = before.GetValueOrDefault(name);
            byte[]? becomes = after.GetValueOrDefault(name);
            Assert.True(Same(now, was) || Same(now, becomes), $"{where}: '{name}' is neither what it was nor what it was to be.");
        }

        foreach (VolumeId volume in Client.Volumes.Keys)
            Assert.True(Client.Inspect(volume) is { Length: 0 }, $"{where}: {string.Join(" ", Client.Inspect(volume).Select(finding => finding.ToString()))}");
        Assert.True(Client.Driver.FindOrphans(Client.Volumes.Keys.ToHashSet()).Count == 0, $"{where}: there are orphans.");
    }

    /// <summary>When all volumes are deleted nothing is there, but what is of no volume.</summary>
    public void AssertNothingLeft(string where)
    {
        foreach (SnapshotId snapshot in Client.Snapshots.Keys.ToArray())
            Client.DeleteSnapshot(snapshot);
        foreach (VolumeId volume in Client.Volumes.Keys.ToArray())
            Client.Delete(volume);
        string[] left = [.. _lab.Names().Where(name => name != LayerMarks.Root && !name.StartsWith("unmanaged-", StringComparison.Ordinal) && name != "foreign.qcow2")];
        Assert.True(left.Length == 0, $"{where}: left is {string.Join(", ", left)}");
    }

    public void Dispose() => _lab.Dispose();

    private static bool Same(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);

    private byte[] ReadOne(VolumeId volume, SnapshotId? snapshot) =>
        [.. Client.Read(volume, 0, 8192, snapshot), .. Client.Read(volume, Gap - 4096, 8192, snapshot), .. Client.Read(volume, DriverClient.GiB - 4096, 4096, snapshot)];

    private VolumeId Add(string name, VolumeId volume) => _volumes[name] = volume;

    private void Write(VolumeId volume, long offset, byte value) => Client.Write(volume, offset, value, value, value);

    /// <summary>Every layer holds something that the others hold too, and something that they don't.</summary>
    private void AddChain(string name, int snapshots)
    {
        VolumeId volume = Add(name, Client.Create());
        for (byte at = 0; at < snapshots; at++)
        {
            Write(volume, 100 * at, (byte)(at + 1));
            Write(volume, Gap, (byte)(at + 1));
            _snapshots[$"{name}/{at}"] = Client.Snapshot(volume);
        }

        Write(volume, Gap, 99);
        Write(volume, DriverClient.GiB - 100, 99);
    }

    private void AddParent()
    {
        AddChain("parent", 1);
        VolumeId clone = Add("clone", Client.Clone(this["parent"], linked: true));
        Write(clone, 10, 50);
        _snapshots["clone/0"] = Client.Snapshot(clone);
        Write(clone, 20, 51);
        Write(this["parent"], 30, 52);
    }

    /// <summary>Two generations of volumes are gone; one needs their data.</summary>
    private void AddOrphans()
    {
        VolumeId first = Client.Create();
        Write(first, 0, 1);
        VolumeId second = Client.Clone(first, linked: true);
        Write(second, Gap, 2);
        VolumeId third = Add("orphan's", Client.Clone(second, linked: true));
        Write(third, 100, 3);
        Client.Delete(first);
        Client.Delete(second);
    }

    private void AddForeign()
    {
        using (FileBlockDevice file = FileBlockDevice.CreateNew(_lab["foreign.qcow2"]))
        using (ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(file, new ImageCreateOptions { VirtualSize = DriverClient.GiB }))
            writer.Finish();
    }

    private void Step(string what)
    {
        if (Stop.Step == 0 || (HasStopped && !Stop.Dies))
            return;
        if (!HasStopped && Interlocked.Increment(ref _steps) < Stop.Step)
            return;
        if (!HasStopped)
            Last = what;
        HasStopped = true;
        throw Stop.Dies ? new DiedException() : new StorageException(ErrorIds.WriteFailed, "The step fails.");
    }
}
