namespace OpenStackStorage.Services.Worker;

/// <summary>
/// One of several processes that work on the same volumes at once. One may be refused because of another; every other refusal, and a
/// page that is not whole, ends the process.
/// </summary>
/// <param name="number">Which of them it is.</param>
internal sealed class VolumeCrowdWork(EmbeddedStore store, int number)
{
    private const int MostGiB = 4;

    private static readonly ErrorId[] OfTheOthers =
    [
        ErrorIds.VolumeConflict, ErrorIds.VolumeNotFound, ErrorIds.SnapshotConflict, ErrorIds.SnapshotNotFound, ErrorIds.VolumeSizeInvalid, ErrorIds.ImageInUse,
        ErrorIds.QuotaExceeded,
    ];

    private static readonly WorkProgress Quiet = new();

    private readonly Random _random = new(number);
    private readonly VolumeService _service = store.Volumes(WorkImages.User);

    /// <summary>Prints how often it was done, and how often refused.</summary>
    public void Run(int rounds)
    {
        (int done, int refused) = (0, 0);
        for (int round = 0; round < rounds; round++)
        {
            Volume volume = _service.List(new VolumeQuery { NamePatterns = [_random.Next(2) == 0 ? VolumeCrowd.Still : VolumeCrowd.Written] }).Single();
            try
            {
                Meddle(volume);
                done++;
            }
            catch (StorageException error) when (OfTheOthers.Contains(error.Id))
            {
                refused++;
            }
        }

        Console.WriteLine($"{done} {refused}");
    }

    private void Meddle(Volume volume)
    {
        // A growth or a way back that met another's open disk; the data is what it was.
        if (volume.Status is VolumeStatus.Error or VolumeStatus.ErrorExtending)
            _service.ResetState(volume.Id, VolumeStatus.Available, null, resetMigration: false);
        VolumeSnapshot[] snapshots = [.. _service.ListSnapshots(new VolumeQuery { Volume = volume.Id })];
        switch (_random.Next(10))
        {
            case < 2:
                _service.CreateSnapshot(volume.Id, new SnapshotSpec());
                break;
            case < 4 when snapshots.Length > 0:
                _service.DeleteSnapshot(snapshots[_random.Next(snapshots.Length)].Id, false, Quiet, CancellationToken.None);
                break;
            case 4 when snapshots.Length > 0:
                _service.Revert(volume.Id, snapshots[^1].Id);
                break;
            case 5 when volume.SizeGiB < MostGiB:
                _service.Extend(volume.Id, volume.SizeGiB + 1);
                break;
            case 6:
                _service.Flatten(volume.Id, Quiet, CancellationToken.None);
                break;
            case 7:
                CloneAndLetGo(volume);
                break;
            default:
                Use(volume);
                break;
        }
    }

    /// <summary>Who reads or writes a volume has it attached: nobody freezes or merges its layers then.</summary>
    private void Use(Volume volume)
    {
        VolumeAttachment held = _service.Attach(volume.Id, new AttachmentSpec { Connector = new Dictionary<string, string> { ["host"] = "node" } });
        try
        {
            _service.CompleteAttachment(held.Id);
            Volume now = _service.Get(volume.Id);
            if (now.Name == VolumeCrowd.Written)
                WorkVolumes.Write(store, now, new Dictionary<int, int> { [_random.Next(WorkVolumes.Places.Count)] = _random.Next(1, int.MaxValue) });
            else
                WorkVolumes.Read(store, now, null);
        }
        finally
        {
            _service.Detach(held.Id);
        }
    }

    private void CloneAndLetGo(Volume volume)
    {
        Volume clone = _service.Create(new VolumeSpec { Volume = volume.Id }, Quiet, CancellationToken.None);
        _service.Delete(clone.Id, new VolumeDeletion { Cascade = true }, Quiet, CancellationToken.None);
    }
}

/// <summary>The volumes that several processes work on.</summary>
public static class VolumeCrowd
{
    /// <summary>One whose content nobody changes.</summary>
    public const string Still = "still";

    /// <summary>One that all write.</summary>
    public const string Written = "written";
}
