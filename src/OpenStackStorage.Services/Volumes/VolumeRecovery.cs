namespace OpenStackStorage.Services;

/// <summary>
/// Ends or undoes what a process that died was doing to volumes: the drivers say what is true of the data, and the catalogue
/// follows. Cinder does it for its table "workers" when a service starts (<c>cinder/volume/manager.py</c>, <c>_do_cleanup</c>). Who
/// calls holds the operation's lock. Every step may be done twice.
/// </summary>
public static partial class VolumeRecovery
{
    private const string Interrupted = "It was interrupted: its process ended.";

    private static readonly Dictionary<string, Action<VolumeServiceParts, CatalogOperation>> Handlers = new()
    {
        [VolumeOperations.Create] = RecoverCreate,
        [VolumeOperations.Delete] = RecoverDelete,
        [VolumeOperations.Extend] = RecoverExtend,
        [VolumeOperations.Revert] = RecoverRevert,
        [VolumeOperations.CreateSnapshot] = RecoverCreateSnapshot,
        [VolumeOperations.DeleteSnapshot] = RecoverDeleteSnapshot,
        [VolumeOperations.Attachment] = RecoverUse,
        [VolumeOperations.Cache] = RecoverCache,
        [VolumeOperations.CacheClone] = RecoverUse,
        [VolumeOperations.Repair] = RecoverUse,
        [VolumeOperations.Reimage] = RecoverReimage,
        [VolumeOperations.Flatten] = RecoverFlatten,
        [VolumeOperations.Upload] = RecoverUpload,
        [VolumeOperations.Manage] = RecoverManage,
        [VolumeOperations.Unmanage] = RecoverUnmanage,
        [VolumeOperations.Migrate] = (parts, operation) => RecoverMove(parts, operation, VolumeAction.Migrate),
        [VolumeOperations.Retype] = (parts, operation) => RecoverMove(parts, operation, VolumeAction.Retype),
    };

    /// <summary>The kinds of all operations on volumes' data. One of another kind keeps nobody from a volume.</summary>
    internal static IReadOnlyCollection<string> Kinds => Handlers.Keys;

    /// <param name="parts">Of the embedded store that is opened.</param>
    public static IReadOnlyList<IOperationRecovery> Of(Func<EmbeddedStore, VolumeServiceParts> parts) =>
        [.. Handlers.Select(handler => new Handler(handler.Key, (operation, store) => handler.Value(parts(store), operation)))];

    /// <summary>Ends what a process that died was doing to a volume; leaves alone what lives.</summary>
    /// <exception cref="StorageException">It can't be recovered now; it stays in the catalogue.</exception>
    internal static void RecoverOn(VolumeServiceParts parts, VolumeId id)
    {
        if (parts.Catalog.Read(reader => VolumeOperations.FindOn(reader, id)) is not { } operation || parts.Locks.TryTake(operation.Id) is not { } held)
            return;
        using (held)
        {
            // Its process may have ended it before it gave up the lock.
            if (parts.Catalog.Read(reader => reader.ListOperations()).Contains(operation))
                Recover(parts, operation);
            held.Complete();
        }
    }

    /// <exception cref="StorageException">It can't be recovered now; it stays in the catalogue.</exception>
    private static void Recover(VolumeServiceParts parts, CatalogOperation operation) => Handlers[operation.Kind](parts, operation);

    // Cinder sets error. The driver knows whether the data is whole: then the volume is.
    private static void RecoverCreate(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, truth) =>
        truth is { Exists: true } && truth.SizeGiB >= volume.SizeGiB
            ? VolumeStates.End(VolumeAction.Create, volume, VolumeService.AttachmentsOf(writer, volume.Id)) with { Bootable = volume.Bootable || volume.SourceImage is not null }
            : VolumeStates.Fail(VolumeAction.Create, volume, [], Interrupted));

    private static void RecoverDelete(VolumeServiceParts parts, CatalogOperation operation)
    {
        VolumeOperationDetail detail = VolumeOperations.DetailOf(operation);
        VolumeId id = detail.Volumes[0];
        try
        {
            new VolumeRemoval(parts, id, detail.ClearMiB).RunAgain();
        }
        catch (StorageException error) when (error.Id != ErrorIds.BackendUnavailable)
        {
            Write(parts, operation, writer => VolumeRemoval.Fail(writer, id, error, parts.Clock.Now()));
            throw;
        }

        Write(parts, operation, writer => VolumeRemoval.End(writer, id));
    }

    // The disk has the one size or the other.
    private static void RecoverExtend(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, truth) =>
        VolumeStates.End(VolumeAction.Extend, volume, VolumeService.AttachmentsOf(writer, volume.Id)) with
        {
            SizeGiB = Math.Max(volume.SizeGiB, truth?.SizeGiB ?? 0),
            LastError = truth?.SizeGiB > volume.SizeGiB ? null : Interrupted,
        });

    // The data is that of the snapshot or that of before, and whole in both.
    private static void RecoverRevert(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, _) =>
    {
        if (FindSnapshot(writer, operation) is { } snapshot)
            writer.Put(VolumeTables.Snapshots, SnapshotStates.End(SnapshotAction.Revert, snapshot));
        return VolumeStates.End(VolumeAction.Revert, volume, VolumeService.AttachmentsOf(writer, volume.Id)) with { LastError = Interrupted };
    });

    private static void RecoverCreateSnapshot(VolumeServiceParts parts, CatalogOperation operation) => Follow(parts, operation, (writer, volume, truth) =>
    {
        if (FindSnapshot(writer, operation) is { } snapshot)
        {
            writer.Put(VolumeTables.Snapshots, truth?.Snapshots.Contains(snapshot.Id) == true
                ? SnapshotStates.End(SnapshotAction.Create, snapshot)
                : SnapshotStates.Fail(SnapshotAction.Create, snapshot, Interrupted));
        }

        return volume;
    });

    private static void RecoverDeleteSnapshot(VolumeServiceParts parts, CatalogOperation operation)
    {
        (Volume? volume, VolumeSnapshot? snapshot) = parts.Catalog.Read(reader =>
            (reader.Find(VolumeTables.Volumes, operation.Subject), FindSnapshot(reader, operation)));
        if (volume?.Host is null || snapshot is null)
        {
            Write(parts, operation, _ => { });
            return;
        }

        try
        {
            IVolumeDriver driver = parts.Catalog.Read(reader => parts.DriverOf(reader, volume.Host));
            driver.Recover(volume, parts.Catalog.Read(reader => VolumeService.SnapshotsOf(reader, volume.Id)));
            IReadOnlyDictionary<string, string> state = driver.DeleteSnapshot(volume, snapshot, new WorkProgress(), CancellationToken.None);
            Write(parts, operation, writer =>
            {
                writer.Put(VolumeTables.Volumes, (writer.Find(VolumeTables.Volumes, operation.Subject) ?? volume) with { DriverState = state });
                writer.Remove(VolumeTables.Snapshots, snapshot.Id.ToString());
            });
        }
        catch (StorageException error) when (error.Id != ErrorIds.BackendUnavailable)
        {
            Write(parts, operation, writer => writer.Put(VolumeTables.Snapshots, SnapshotStates.Fail(SnapshotAction.Delete, snapshot, error.Message)));
            throw;
        }
    }

    private static VolumeSnapshot? FindSnapshot(ICatalogReader reader, CatalogOperation operation) =>
        VolumeOperations.DetailOf(operation).Snapshot is { } id ? reader.Find(VolumeTables.Snapshots, id.ToString()) : null;

    /// <summary>Lets the driver put the data of all of an operation's volumes in order, then sets what its first volume is.</summary>
    private static void Follow(VolumeServiceParts parts, CatalogOperation operation, Func<ICatalogWriter, Volume, DriverTruth?, Volume> set)
    {
        Dictionary<VolumeId, DriverTruth> truths = [];
        foreach (VolumeId id in VolumeOperations.DetailOf(operation).Volumes)
        {
            if (VolumeTruth.AskOne(parts, id) is { } truth)
                truths[id] = truth;
        }

        VolumeId subject = VolumeOperations.DetailOf(operation).Volumes[0];
        Write(parts, operation, writer =>
        {
            VolumeTruth.Follow(writer, truths);
            if (writer.Find(VolumeTables.Volumes, subject.ToString()) is { } volume)
                writer.Put(VolumeTables.Volumes, set(writer, volume, truths.GetValueOrDefault(subject)) with { UpdatedAt = parts.Clock.Now() });
        });
    }

    private static void Write(VolumeServiceParts parts, CatalogOperation operation, Action<ICatalogWriter> change) => parts.Catalog.Write(writer =>
    {
        change(writer);
        VolumeOperations.Remove(writer, operation);
        return true;
    });

    private sealed record Handler(string Kind, Action<CatalogOperation, EmbeddedStore> Action) : IOperationRecovery
    {
        public void Recover(CatalogOperation operation, EmbeddedStore store) => Action(operation, store);
    }
}
