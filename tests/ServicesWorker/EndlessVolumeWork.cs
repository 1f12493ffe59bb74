using System.Text;

namespace OpenStackStorage.Services.Worker;

/// <summary>
/// Makes, writes, snapshots, moves and deletes volumes in an order that a seed makes, until the process is killed. Each step is
/// announced before it begins, "begin KIND NAME=STATE/STATE;NAME=STATE" with what else than before may be meanwhile, and then reported,
/// "end KIND NAME=STATE;NAME=STATE".
/// </summary>
internal sealed class EndlessVolumeWork(EmbeddedStore store, Random random)
{
    private const int MostVolumes = 6;
    private const int MostSnapshots = 8;
    private const int MostGiB = 3;
    private const int MostSteps = 10_000;

    private static readonly WorkProgress Quiet = new();
    private static readonly Stream Output = Console.OpenStandardOutput();

    private readonly VolumeService _service = store.Volumes(WorkImages.User);
    private readonly Image[] _images = [.. store.Images(WorkImages.User).List(new ImageQuery())];

    public void Run()
    {
        for (int step = 0; step < MostSteps; step++)
        {
            Volume[] volumes = [.. _service.List(new VolumeQuery())];
            if (volumes.Length < 2)
                Create(volumes);
            else
                Change(Pick(volumes), volumes);
        }
    }

    private void Change(Volume volume, Volume[] all)
    {
        VolumeSnapshot[] snapshots = [.. _service.ListSnapshots(new VolumeQuery { Volume = volume.Id })];
        VolumeSnapshot[] broken = [.. snapshots.Where(snapshot => snapshot.Status == SnapshotStatus.Error)];
        if (volume.Status == VolumeStatus.Error)
        {
            Delete(volume, snapshots);
            return;
        }

        switch (broken.Length > 0 ? 8 : random.Next(20))
        {
            case < 4:
                if (all.Length < MostVolumes)
                    Create(all);
                else
                    Delete(volume, snapshots);
                break;
            case < 8:
                Snapshot(volume);
                break;
            case < 10:
                if (snapshots.Length > 0)
                    DeleteSnapshot(broken.Length > 0 ? broken[0] : Pick(snapshots));
                break;
            case 10 or 11:
                if (snapshots.Length > 0)
                    Revert(volume, snapshots[^1]);
                break;
            case 12:
                Extend(volume);
                break;
            case 13:
                Reimage(volume);
                break;
            case 14:
                Keep("flatten", () => _service.Flatten(volume.Id, Quiet, CancellationToken.None));
                break;
            case 15 or 16:
                if (snapshots.Length == 0)
                    Keep("migrate", () => Migrate(volume));
                break;
            case 17:
                Delete(volume, snapshots);
                break;
            default:
                Write(volume);
                break;
        }
    }

    private T Pick<T>(T[] items) => items[random.Next(items.Length)];

    private string NewName() => $"n{random.Next()}";

    private int[] Read(Volume volume, VolumeSnapshot? snapshot = null) => WorkVolumes.Read(store, volume, snapshot);

    private static void Announce(string kind, Action step, params (string? Name, VolumeState[] Meanwhile, VolumeState After)[] changes)
    {
        Say($"begin {kind} {string.Join(';', changes.Select(change => $"{change.Name}={string.Join('/', change.Meanwhile.Append(change.After))}"))}");
        step();
        Say($"end {kind} {string.Join(';', changes.Select(change => $"{change.Name}={change.After}"))}");
    }

    // In one write, so that no death leaves half a line; the console makes several of a long one.
    private static void Say(string line) => Output.Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>It holds the same before, meanwhile and after.</summary>
    private static void Keep(string kind, Action step) => Announce(kind, step);

    private void Create(Volume[] all)
    {
        string name = NewName();
        Volume[] sources = [.. all.Where(volume => volume.Status == VolumeStatus.Available)];
        VolumeSpec spec = new() { Name = name, Full = random.Next(4) == 0 };
        int size = 1;
        int[] numbers = new int[WorkVolumes.Places.Count];
        string kind = "create";
        switch (random.Next(4))
        {
            case 0:
                spec = spec with { SizeGiB = size, Backend = Pick(["qcow2", "raw"]) };
                break;
            case > 1 when sources.Length > 0:
                Volume source = Pick(sources);
                VolumeSnapshot[] snapshots = [.. _service.ListSnapshots(new VolumeQuery { Volume = source.Id }).Where(one => one.Status == SnapshotStatus.Available)];
                VolumeSnapshot? snapshot = snapshots.Length > 0 && random.Next(2) == 0 ? Pick(snapshots) : null;
                (size, numbers, kind) = (snapshot?.SizeGiB ?? source.SizeGiB, Read(source, snapshot), "clone");
                spec = snapshot is null ? spec with { Volume = source.Id } : spec with { Snapshot = snapshot.Id };
                break;
            default:
                Image image = Pick(_images);
                (numbers, kind) = (WorkVolumes.NumbersOf(image), "from-image");
                spec = spec with { Image = image.Id, SizeGiB = size, Backend = Pick(["qcow2", "raw"]) };
                break;
        }

        Announce(kind, () => _service.Create(spec, Quiet, CancellationToken.None), (name, [VolumeState.Error(size)], VolumeState.Available(size, numbers)));
    }

    private void Write(Volume volume)
    {
        int[] before = Read(volume);
        int[] after = [.. before];
        Dictionary<int, int> numbers = [];
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            int place = random.Next(after.Length);
            after[place] = numbers[place] = random.Next(1, int.MaxValue);
        }

        Announce("write", () => WorkVolumes.Write(store, volume, numbers),
            (volume.Name, [VolumeState.Mixed(volume.SizeGiB, before, after)], VolumeState.Available(volume.SizeGiB, after)));
    }

    private void Snapshot(Volume volume)
    {
        if (_service.ListSnapshots(new VolumeQuery()).Count >= MostSnapshots)
            return;
        string name = NewName();
        Announce("snapshot", () => _service.CreateSnapshot(volume.Id, new SnapshotSpec { Name = name }),
            (name, [VolumeState.Error(volume.SizeGiB)], VolumeState.Available(volume.SizeGiB, Read(volume))));
    }

    private void DeleteSnapshot(VolumeSnapshot snapshot) =>
        Announce("delete-snapshot", () => _service.DeleteSnapshot(snapshot.Id, false, Quiet, CancellationToken.None), (snapshot.Name, [], VolumeState.Absent));

    private void Revert(Volume volume, VolumeSnapshot latest)
    {
        if (latest.SizeGiB == volume.SizeGiB)
            Announce("revert", () => _service.Revert(volume.Id, latest.Id), (volume.Name, [], VolumeState.Available(volume.SizeGiB, Read(volume, latest))));
    }

    private void Extend(Volume volume)
    {
        int size = volume.SizeGiB + 1;
        if (size <= MostGiB)
            Announce("extend", () => _service.Extend(volume.Id, size), (volume.Name, [], VolumeState.Available(size, Read(volume))));
    }

    private void Migrate(Volume volume)
    {
        try
        {
            _service.Migrate(volume.Id, WorkVolumes.BackendOf(volume) == "raw" ? "qcow2" : "raw", false, Quiet, CancellationToken.None);
        }
        catch (ServiceException error) when (error.Id == ErrorIds.VolumeConflict)
        {
            // It was there before, and clones still read what it was.
        }
    }

    private void Reimage(Volume volume)
    {
        Image image = Pick(_images);
        Announce("reimage", () => _service.Reimage(volume.Id, image.Id, false, Quiet, CancellationToken.None),
            (volume.Name, [VolumeState.Error(volume.SizeGiB)], VolumeState.Available(volume.SizeGiB, WorkVolumes.NumbersOf(image))));
    }

    private void Delete(Volume volume, VolumeSnapshot[] snapshots) =>
        Announce("delete", () => _service.Delete(volume.Id, new VolumeDeletion { Cascade = true }, Quiet, CancellationToken.None),
            [(volume.Name, [], VolumeState.Absent), .. snapshots.Select(snapshot => (snapshot.Name, Array.Empty<VolumeState>(), VolumeState.Absent))]);
}
