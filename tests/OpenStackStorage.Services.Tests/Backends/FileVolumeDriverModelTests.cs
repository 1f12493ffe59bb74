using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests;

/// <summary>Random changes of volumes, held against a model that is plain memory.</summary>
public sealed class FileVolumeDriverModelTests
{
    private const int Steps = 600;
    private const int FullCheck = 50;

    [Theory]
    [InlineData(DiskImageFormat.Qcow2, 1)]
    [InlineData(DiskImageFormat.Raw, 2)]
    [InlineData(DiskImageFormat.Vhdx, 3)]
    public void Volumes_show_what_a_model_shows(DiskImageFormat format, int seed)
    {
        using FileDriverLab lab = new(format);
        Model model = new(new DriverClient(lab.Open()), new Random(seed));
        for (int step = 1; step <= Steps; step++)
        {
            model.Change(step);
            if (step % FullCheck == 0)
                model.CheckAll();
        }

        model.DeleteAll();
        Assert.Equal([LayerMarks.Root], lab.Names());
    }

    /// <summary>A disk's pages that were written. Pages are replaced, never written.</summary>
    private sealed record Disk(Dictionary<long, byte[]> Pages, int SizeGiB)
    {
        public const int Page = 4096;

        public Disk Copy() => new(new Dictionary<long, byte[]>(Pages), SizeGiB);
    }

    private sealed class Model(DriverClient client, Random random)
    {
        private const int MaximumVolumes = 8;
        private const int MaximumGiB = 4;

        private readonly Dictionary<VolumeId, Disk> _volumes = [];
        private readonly Dictionary<SnapshotId, Disk> _snapshots = [];
        private string _last = "";

        public void Change(int step)
        {
            VolumeId? touched = null;
            if (_volumes.Count == 0)
                touched = Create();
            else
            {
                VolumeId volume = Pick(_volumes.Keys);
                touched = random.Next(20) switch
                {
                    0 => _volumes.Count < MaximumVolumes ? Create() : Delete(volume),
                    1 or 2 => _volumes.Count < MaximumVolumes ? Clone(volume, linked: true) : Delete(volume),
                    3 => _volumes.Count < MaximumVolumes ? Clone(volume, linked: false) : Delete(volume),
                    4 or 5 or 6 => Snapshot(volume),
                    7 or 8 => DeleteSnapshot(volume),
                    9 => Revert(volume),
                    10 => Extend(volume),
                    11 => Flatten(volume),
                    12 => Delete(volume),
                    13 => Recover(volume),
                    _ => Write(volume),
                };
            }

            _last = $"step {step}, {_last}";
            if (touched is { } id && _volumes.TryGetValue(id, out Disk? disk))
                Check(id, null, disk);
        }

        public void CheckAll()
        {
            foreach ((VolumeId volume, Disk disk) in _volumes)
            {
                CheckWhole(volume, null, disk);
                foreach (VolumeSnapshot snapshot in client.SnapshotsOf(volume))
                    CheckWhole(volume, snapshot.Id, _snapshots[snapshot.Id]);
                Assert.True(client.Inspect(volume) is [], $"{_last}: {string.Join(" ", client.Inspect(volume).Select(finding => finding.ToString()))}");
            }

            Assert.Empty(client.Driver.FindOrphans(_volumes.Keys.ToHashSet()));
        }

        public void DeleteAll()
        {
            foreach (VolumeId volume in _volumes.Keys.ToArray())
                Delete(volume);
        }

        private T Pick<T>(IEnumerable<T> items) => items.ElementAt(random.Next(items.Count()));

        private VolumeId Create()
        {
            _last = "create";
            int size = random.Next(1, 3);
            VolumeId volume = client.Create(size);
            _volumes[volume] = new Disk([], size);
            return volume;
        }

        private VolumeId Clone(VolumeId source, bool linked)
        {
            SnapshotId? snapshot = client.SnapshotsOf(source) is { Length: > 0 } all && random.Next(2) == 0 ? Pick(all).Id : null;
            _last = $"clone of {(snapshot is null ? "a volume" : "a snapshot")}, {(linked ? "linked" : "full")}";
            Disk disk = snapshot is { } id ? _snapshots[id] : _volumes[source];
            int size = Math.Min(MaximumGiB, Math.Max(disk.SizeGiB, _volumes[source].SizeGiB) + random.Next(2));
            VolumeId clone = client.Clone(source, snapshot, linked, size);
            _volumes[clone] = disk.Copy() with { SizeGiB = size };
            Check(source, null, _volumes[source]);
            return clone;
        }

        private VolumeId Snapshot(VolumeId volume)
        {
            _last = "snapshot";
            SnapshotId snapshot = client.Snapshot(volume);
            _snapshots[snapshot] = _volumes[volume].Copy();
            Check(volume, snapshot, _snapshots[snapshot]);
            return volume;
        }

        private VolumeId DeleteSnapshot(VolumeId volume)
        {
            _last = "delete a snapshot";
            if (client.SnapshotsOf(volume) is not { Length: > 0 } all)
                return volume;
            SnapshotId snapshot = Pick(all).Id;
            client.DeleteSnapshot(snapshot);
            _snapshots.Remove(snapshot);
            foreach (VolumeSnapshot left in client.SnapshotsOf(volume))
                Check(volume, left.Id, _snapshots[left.Id]);
            return volume;
        }

        private VolumeId Revert(VolumeId volume)
        {
            _last = "revert";
            if (client.Driver.GetLayers(client.Volumes[volume]).Select(layer => layer.Snapshot).FirstOrDefault(snapshot => snapshot is not null) is not { } latest)
                return volume;
            client.Revert(latest);
            _volumes[volume] = _snapshots[latest].Copy() with { SizeGiB = _volumes[volume].SizeGiB };
            return volume;
        }

        private VolumeId Extend(VolumeId volume)
        {
            _last = "extend";
            if (_volumes[volume].SizeGiB == MaximumGiB)
                return volume;
            client.Extend(volume, _volumes[volume].SizeGiB + 1);
            _volumes[volume] = _volumes[volume] with { SizeGiB = _volumes[volume].SizeGiB + 1 };
            return volume;
        }

        private VolumeId Flatten(VolumeId volume)
        {
            _last = "flatten";
            client.Flatten(volume);
            Assert.All(client.Driver.GetLayers(client.Volumes[volume]), layer => Assert.Equal(volume, layer.Volume));
            return volume;
        }

        private VolumeId Recover(VolumeId volume)
        {
            _last = "recover";
            Assert.Equal(_volumes[volume].SizeGiB, client.Recover(volume).SizeGiB);
            return volume;
        }

        private VolumeId Delete(VolumeId volume)
        {
            _last = "delete";
            foreach (VolumeSnapshot snapshot in client.SnapshotsOf(volume))
            {
                client.DeleteSnapshot(snapshot.Id);
                _snapshots.Remove(snapshot.Id);
            }

            client.Delete(volume, random.Next(3) == 0 ? 1 : 0);
            _volumes.Remove(volume);
            return volume;
        }

        /// <summary>Several pages near the start, across GiB boundaries and at the end; some become zero again.</summary>
        private VolumeId Write(VolumeId volume)
        {
            _last = "write";
            Disk disk = _volumes[volume].Copy();
            using ImageEditor editor = new(client.Driver.OpenWritable(client.Volumes[volume]));
            for (int count = random.Next(1, 6); count > 0; count--)
            {
                long pages = disk.SizeGiB * (DriverClient.GiB / Disk.Page);
                long page = random.Next(4) switch
                {
                    0 => (random.Next(1, disk.SizeGiB + 1) * (DriverClient.GiB / Disk.Page)) - random.Next(1, 20),
                    1 => random.NextInt64(pages),
                    _ => random.Next(600),
                };
                byte[] bytes = new byte[Disk.Page];
                if (random.Next(5) == 0)
                {
                    editor.Zero(new GuestOffset(page * Disk.Page), Disk.Page, free: random.Next(2) == 0);
                    disk.Pages[page] = bytes;
                    continue;
                }

                random.NextBytes(bytes);
                editor.Write(new GuestOffset(page * Disk.Page), bytes);
                disk.Pages[page] = bytes;
            }

            editor.Close();
            _volumes[volume] = disk;
            return volume;
        }

        /// <summary>The pages that the model has.</summary>
        private void Check(VolumeId volume, SnapshotId? snapshot, Disk disk)
        {
            using DiskImage image = Open(volume, snapshot, disk);
            ImageReader reader = new(image);
            byte[] page = new byte[Disk.Page];
            foreach ((long number, byte[] expected) in disk.Pages)
            {
                reader.Read(new GuestOffset(number * Disk.Page), page);
                Assert.True(page.AsSpan().SequenceEqual(expected), $"{_last}: page {number} of {(snapshot is null ? "the volume" : "a snapshot")} differs.");
            }
        }

        /// <summary>Everything: whatever has data is the model's, or zero.</summary>
        private void CheckWhole(VolumeId volume, SnapshotId? snapshot, Disk disk)
        {
            Check(volume, snapshot, disk);
            using DiskImage image = Open(volume, snapshot, disk);
            ImageReader reader = new(image);
            byte[] piece = new byte[1 << 20];
            GuestOffset end = new(image.VirtualSize);
            for (GuestOffset at = default; at < end;)
            {
                Extent extent = reader.Map(at, end);
                int length = (int)Math.Min(extent.Length, piece.Length - (at.Value % piece.Length));
                if (extent.ReadsAsZeroes)
                {
                    at = extent.End;
                    continue;
                }

                reader.Read(at, piece.AsSpan(0, length));
                for (long number = at.Value / Disk.Page; number * Disk.Page < at.Value + length; number++)
                {
                    int from = (int)Math.Max(0, (number * Disk.Page) - at.Value);
                    int to = (int)Math.Min(length, ((number + 1) * Disk.Page) - at.Value);
                    if (disk.Pages.ContainsKey(number)) // it has been compared
                        piece.AsSpan(from..to).Clear();
                }

                Assert.True(!piece.AsSpan(0, length).ContainsAnyExcept((byte)0), $"{_last}: {(snapshot is null ? "the volume" : "a snapshot")} shows at {at.Value}+{length} what nobody wrote.");
                at += length;
            }
        }

        private DiskImage Open(VolumeId volume, SnapshotId? snapshot, Disk disk)
        {
            DiskImage image = client.Driver.Open(client.Volumes[volume], snapshot is { } id ? client.Snapshots[id] : null);
            Assert.True(image.VirtualSize == disk.SizeGiB * DriverClient.GiB, $"{_last}: the disk has {image.VirtualSize} bytes.");
            return image;
        }
    }
}
