using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>What an operation is about, as the catalogue had it when it began.</summary>
/// <param name="Kind">One of <see cref="VolumeOperations"/>' kinds.</param>
internal sealed record VolumeWork(string Kind, Volume Volume)
{
    public VolumeSnapshot? Snapshot { get; init; }

    /// <summary>A volume whose data this operation may change beside its own: the source of a clone.</summary>
    public Volume? Source { get; init; }

    /// <summary>Takes the room that it holds until it ends, in the transaction that begins it.</summary>
    public Action<ICatalogWriter, CatalogOperation>? Hold { get; init; }

    /// <inheritdoc cref="VolumeOperationDetail.ClearMiB"/>
    public int? ClearMiB { get; init; } = 0;

    public VolumeMove? Move { get; init; }

    public VolumeOperationDetail Detail => new([Volume.Id, .. Source is { } source ? [source.Id] : Array.Empty<VolumeId>()])
    {
        Snapshot = Snapshot?.Id,
        ClearMiB = ClearMiB,
        Move = Move,
    };
}

/// <summary>What recovery needs to know of an operation.</summary>
/// <param name="Volumes">Those whose data it may change. While it runs nobody else touches them.</param>
internal sealed record VolumeOperationDetail(IReadOnlyList<VolumeId> Volumes)
{
    public SnapshotId? Snapshot { get; init; }

    /// <summary>What a deletion overwrites, in MiB from the start; null for all.</summary>
    public int? ClearMiB { get; init; } = 0;

    /// <summary>Where the data goes; null where it stays.</summary>
    public VolumeMove? Move { get; init; }
}

/// <summary>A volume's way from one pool to another.</summary>
/// <param name="From">The pool, as <see cref="Volume.Host"/>.</param>
/// <param name="State">What the driver there knows of it.</param>
/// <param name="To">The pool where it goes.</param>
/// <param name="Zone">The zone of that pool.</param>
internal sealed record VolumeMove(string From, IReadOnlyDictionary<string, string> State, string To, string Zone)
{
    /// <summary>The name of the type that it gets there; null for the one that it has.</summary>
    public string? Type { get; init; }
}

/// <summary>
/// The frame of every change of volumes' data (<c>docs/design/volumes.md</c>, "An operation"): the lock, a transaction that
/// decides, the driver, a transaction that sets the end. What a status refuses is refused; who is only in the way of another
/// action's work waits for it, as Cinder's drivers wait for the volume's lock.
/// </summary>
internal sealed class VolumeOperations(VolumeServiceParts parts)
{
    public const string Create = "volume-create";
    public const string Delete = "volume-delete";
    public const string Extend = "volume-extend";
    public const string Revert = "volume-revert";
    public const string CreateSnapshot = "snapshot-create";
    public const string DeleteSnapshot = "snapshot-delete";
    public const string Attachment = "volume-attachment";
    public const string Cache = "image-cache-create";
    public const string CacheClone = "image-cache-clone";
    public const string Reimage = "volume-reimage";
    public const string Flatten = "volume-flatten";
    public const string Upload = "volume-upload";
    public const string Manage = "volume-manage";
    public const string Unmanage = "volume-unmanage";
    public const string Migrate = "volume-migrate";
    public const string Retype = "volume-retype";
    public const string Repair = "volume-repair";

    private static readonly JsonSerializerOptions Options = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters =
        {
            new IdConverter<VolumeId>(value => new VolumeId(value), id => id.Value),
            new IdConverter<SnapshotId>(value => new SnapshotId(value), id => id.Value),
        },
    };

    /// <param name="begin">Decides, and puts the volume as it is meanwhile. Throws what refuses it. It may run several times.</param>
    /// <param name="drive">Changes data. No transaction is open.</param>
    /// <param name="end">Puts the volume as it is afterwards.</param>
    /// <param name="fail">Puts the volume as it is after a failure. Its data has been put in order before, where the driver could.</param>
    public T Run<TData, T>(
        Func<ICatalogWriter, VolumeWork> begin, Func<VolumeWork, TData> drive, Func<ICatalogWriter, VolumeWork, TData, T> end,
        Action<ICatalogWriter, VolumeWork, Exception> fail, CancellationToken token)
    {
        Guid id = Guid.NewGuid();
        using OperationLock held = parts.Locks.Take(id);
        try
        {
            (VolumeWork work, CatalogOperation operation) = Begin(id, begin, token);
            return Drive(operation, work, drive, end, fail);
        }
        finally
        {
            // One that stays in the catalogue leaves the lock's file to recovery.
            if (!IsRunning(id))
                held.Complete();
        }
    }

    /// <summary>The same decision without its effects.</summary>
    public static VolumeWork Preview(ICatalog dry, Func<ICatalogWriter, VolumeWork> begin) => dry.Write(begin);

    /// <exception cref="ServiceException"><see cref="ErrorIds.CatalogDamaged"/>.</exception>
    public static VolumeOperationDetail DetailOf(CatalogOperation operation)
    {
        try
        {
            if (JsonSerializer.Deserialize<VolumeOperationDetail>(operation.Detail, Options) is { Volumes.Count: > 0 } detail)
                return detail;
        }
        catch (JsonException)
        {
        }

        throw new ServiceException(ErrorIds.CatalogDamaged, $"Operation {operation.Id} of the catalogue is no {operation.Kind}: its detail is '{operation.Detail}'.")
        {
            Target = operation.Subject,
            Found = operation.Detail,
        };
    }

    /// <summary>The operation that works on a volume's data; null for none.</summary>
    public static CatalogOperation? FindOn(ICatalogReader catalog, VolumeId volume) => catalog.ListOperations()
        .FirstOrDefault(one => VolumeRecovery.Kinds.Contains(one.Kind) && DetailOf(one).Volumes.Contains(volume));

    /// <summary>Takes an operation and its reservation out of the catalogue.</summary>
    public static void Remove(ICatalogWriter writer, CatalogOperation operation)
    {
        VolumeRoom.Release(writer, operation);
        writer.RemoveOperation(operation.Id);
    }

    private (VolumeWork Work, CatalogOperation Operation) Begin(Guid id, Func<ICatalogWriter, VolumeWork> begin, CancellationToken token)
    {
        long start = parts.Clock.GetTimestamp();
        for (int pause = 5; ; pause = Math.Min(pause * 2, 200))
        {
            try
            {
                return parts.Catalog.Write(writer => Put(writer, id, begin(writer)));
            }
            catch (VolumeBusyException busy)
            {
                if (!parts.Locks.IsHeld(busy.Operation.Id) && IsRunning(busy.Operation.Id))
                    throw Busy(busy, "whose process ended", "Run Repair-CinderVolume on it.");
                if (parts.Clock.GetElapsedTime(start) > parts.Patience)
                    throw Busy(busy, "which has not ended", "Wait until it has ended.");
            }

            token.ThrowIfCancellationRequested();
            token.WaitHandle.WaitOne(Random.Shared.Next(1, pause));
        }
    }

    private (VolumeWork Work, CatalogOperation Operation) Put(ICatalogWriter writer, Guid id, VolumeWork work)
    {
        foreach (VolumeId volume in work.Detail.Volumes)
        {
            if (FindOn(writer, volume) is { } other)
                throw new VolumeBusyException(volume, other);
        }

        CatalogOperation operation = new(id, work.Kind, work.Volume.Id.ToString(), JsonSerializer.Serialize(work.Detail, Options), parts.Clock.Now());
        writer.PutOperation(operation);
        work.Hold?.Invoke(writer, operation);
        return (work, operation);
    }

    private T Drive<TData, T>(
        CatalogOperation operation, VolumeWork work, Func<VolumeWork, TData> drive, Func<ICatalogWriter, VolumeWork, TData, T> end,
        Action<ICatalogWriter, VolumeWork, Exception> fail)
    {
        TData data;
        try
        {
            data = drive(work);
        }
        catch (Exception error)
        {
            Fail(operation, work, fail, error);
            throw;
        }

        IReadOnlyList<VolumeAttachment> connected = Reconnect(work);
        // A failure here leaves the operation to recovery: the data is done, and only the driver knows how.
        return parts.Catalog.Write(writer =>
        {
            T result = end(writer, work, data);
            foreach (VolumeAttachment attachment in connected)
            {
                if (writer.Find(VolumeTables.Attachments, attachment.Id.ToString()) is { } now)
                    writer.Put(VolumeTables.Attachments, now with { ConnectionInfo = attachment.ConnectionInfo });
            }

            Remove(writer, operation);
            return result;
        });
    }

    /// <summary>How consumers reach the data from now on: a snapshot, its deletion or a clone may have put it under another name.</summary>
    private VolumeAttachment[] Reconnect(VolumeWork work)
    {
        try
        {
            return work.Kind == Attachment ? [] : parts.Catalog.Read(reader => work.Detail.Volumes
                .Select(id => reader.Find(VolumeTables.Volumes, id.ToString()))
                .OfType<Volume>().Where(volume => volume.Host is not null)
                .SelectMany(volume => VolumeService.AttachmentsOf(reader, volume.Id)
                    .Where(attachment => attachment.Connector.Count > 0)
                    .Select(attachment => attachment with { ConnectionInfo = parts.DriverOf(reader, volume.Host!).Connect(volume, attachment.Connector, attachment.Mode == "ro") }))
                .ToArray());
        }
        catch (StorageException)
        {
            return []; // the change is done; the next one tells it
        }
    }

    // What this can't do, the next opening of the store does.
    private void Fail(CatalogOperation operation, VolumeWork work, Action<ICatalogWriter, VolumeWork, Exception> fail, Exception error)
    {
        try
        {
            IReadOnlyDictionary<VolumeId, DriverTruth> truths = VolumeTruth.Ask(parts, work.Detail.Volumes);
            parts.Catalog.Write(writer =>
            {
                VolumeTruth.Follow(writer, truths);
                fail(writer, work, error);
                Remove(writer, operation);
                return true;
            });
        }
        catch (StorageException)
        {
        }
    }

    private bool IsRunning(Guid operation)
    {
        try
        {
            return parts.Catalog.Read(reader => reader.ListOperations().Any(one => one.Id == operation));
        }
        catch (StorageException)
        {
            return true;
        }
    }

    private static ServiceException Busy(VolumeBusyException busy, string state, string remedy) =>
        new(ErrorIds.VolumeConflict, $"Volume {busy.Volume} is being worked on by {busy.Operation.Kind} {busy.Operation.Id} of {busy.Operation.StartedAt:u}, {state}.")
        {
            Target = busy.Volume.ToString(),
            Found = busy.Operation.Kind,
            Expected = "a volume that nothing works on",
            Remedy = remedy,
        };

    private sealed class VolumeBusyException(VolumeId volume, CatalogOperation operation) : Exception
    {
        public VolumeId Volume { get; } = volume;

        public CatalogOperation Operation { get; } = operation;
    }
}
