using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>
/// Every change of the driver File, stopped before every single one of its steps: by the death of the process, after which
/// nothing more is done, and by one failing step. Then the volumes are recovered.
/// </summary>
public sealed class FileVolumeDriverCrashTests
{
    private const long Gap = 3 << 20;

    private static readonly Dictionary<string, Action<World>> Changes = new()
    {
        ["Create"] = world => world.Make(volume => world.Client.Driver.Create(volume)),
        ["CreateFrom"] = world => world.Make(volume => world.CreateFrom(volume)),
        ["CloneFull"] = world => world.Make(volume => world.Clone(volume, "plain", linked: false)),
        ["CloneLinked"] = world => world.Make(volume => world.Clone(volume, "plain", linked: true)),
        ["CloneOfClone"] = world => world.Make(volume => world.Clone(volume, "unwritten", linked: true)),
        ["CloneOfSnapshot"] = world => world.Make(volume => world.Clone(volume, "chain", linked: true, "chain/1")),
        ["FirstSnapshot"] = world => world.TakeSnapshot("plain"),
        ["AnotherSnapshot"] = world => world.TakeSnapshot("chain"),
        ["DeleteLowestSnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("chain/0")),
        ["DeleteMiddleSnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("chain/1")),
        ["DeleteTopSnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("chain/2")),
        ["DeleteOnlySnapshot"] = world => world.Client.DeleteSnapshot(world.Snapshot("once/0")),
        ["DeleteSnapshotUnderClone"] = world => world.Client.DeleteSnapshot(world.Snapshot("parent/0")),
        ["Revert"] = world => world.Client.Revert(world.Snapshot("chain/2")),
        ["RevertUnderClone"] = world => world.Client.Revert(world.Snapshot("parent/0")),
        ["Extend"] = world => world.Client.Extend(world["chain"], 2),
        ["Flatten"] = world => world.Client.Flatten(world["clone"]),
        ["FlattenLastOfOrphan"] = world => world.Client.Flatten(world["orphan's"]),
        ["Delete"] = world => world.Client.Delete(world["plain"]),
        ["DeleteWiped"] = world => world.Client.Delete(world["plain"], clearMiB: null),
        ["DeleteParent"] = world => world.DeleteAll("parent"),
        ["DeleteLastOfOrphan"] = world => world.Client.Delete(world["orphan's"]),
        ["Manage"] = world => world.Make(volume => world.Client.Driver.Manage(volume, "foreign.qcow2").State),
        ["Unmanage"] = world => world.Unmanage("plain"),
    };

    public static TheoryData<DiskImageFormat, string> Cases()
    {
        TheoryData<DiskImageFormat, string> cases = [];
        foreach (DiskImageFormat format in new[] { DiskImageFormat.Qcow2, DiskImageFormat.Raw, DiskImageFormat.Vhdx })
        {
            foreach (string change in Changes.Keys)
                cases.Add(format, change);
        }

        return cases;
    }

    public static TheoryData<string> Names() => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_process_may_die_before_any_step(DiskImageFormat format, string change) => StopEverywhere(format, change, dies: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_step_may_fail(string change) => StopEverywhere(DiskImageFormat.Qcow2, change, dies: false);

    private static void StopEverywhere(DiskImageFormat format, string change, bool dies)
    {
        Dictionary<string, byte[]?> after = Undisturbed(format, change);
        int step = 1;
        while (StopsAt(format, change, step, dies, after))
            Assert.True(++step < 2000, "The change never ends.");
        Assert.True(step > 3, "No step was seen.");
    }

    private static Dictionary<string, byte[]?> Undisturbed(DiskImageFormat format, string change)
    {
        using World world = new(format, change);
        Changes[change](world);
        return world.Read();
    }

    /// <summary>False where the change has fewer steps and ended.</summary>
    private static bool StopsAt(DiskImageFormat format, string change, int step, bool dies, Dictionary<string, byte[]?> after)
    {
        using World world = new(format, change);
        Dictionary<string, byte[]?> before = world.Read();
        world.Stop = (step, dies);
        try
        {
            Changes[change](world);
        }
        catch (Exception error) when (error is DiedException or StorageException)
        {
            // That is the test.
        }

        bool stopped = world.HasStopped;
        world.Stop = (0, false);
        string where = $"{change} of {format} stopped at step {step}, {world.Last}";
        world.Recover();
        world.AssertWhole(before, after, where);
        world.AssertNothingLeft(where);
        return stopped;
    }

    private sealed class DiedException : Exception;

    /// <summary>Volumes in every relation, of which a change needs some.</summary>
    private sealed class World : IDisposable
    {
        private readonly FileDriverLab _lab;
        private readonly Dictionary<string, VolumeId> _volumes = [];
        private readonly Dictionary<string, SnapshotId> _snapshots = [];
        private int _steps;

        public World(DiskImageFormat format, string change)
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

        public (int Step, bool Dies) Stop { get; set; }

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
}
