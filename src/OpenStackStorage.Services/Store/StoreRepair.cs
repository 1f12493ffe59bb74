using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What a repair did about one finding.</summary>
/// <param name="Done">What was done; null where nothing was, because it no longer was so or failed.</param>
/// <param name="Error">Why it could not be done.</param>
public sealed record StoreRepairResult(StoreFinding Finding, string? Done, StorageException? Error);

/// <summary>
/// Mends what a check found without losing anything: data that nobody knows is put back or kept in <c>lost+found</c>. Each
/// step looks again before it acts, and may be done twice, so a repair that was killed is simply run again.
/// </summary>
public sealed class StoreRepair
{
    private readonly EmbeddedStore _store;

    private StoreRepair(EmbeddedStore store) => _store = store;

    /// <summary>Repairs one after the other, the catalogue first; without a catalogue nothing else.</summary>
    /// <param name="findings">Those of <see cref="StoreCheck.Run"/> that are to be mended. Those that say no repair are left out.</param>
    /// <param name="recoveries">What ends operations whose process died.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.CatalogBusy"/>: another repair runs, or a process is at work while the catalogue must be rebuilt.
    /// </exception>
    public static IEnumerable<StoreRepairResult> Run(string path, IReadOnlyList<StoreFinding> findings, IReadOnlyList<IOperationRecovery> recoveries, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(findings);
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string lockFolder = Path.Combine(folder, StoreLayout.Locks);
        StoreLayout.CreateFolder(lockFolder);
        OperationLocks locks = new(lockFolder);
        using OperationLock held = locks.TryTake(StoreState.RepairLock)
            ?? throw new ServiceException(ErrorIds.CatalogBusy, $"Another repair of '{folder}' runs.") { Target = folder };
        StoreFinding[] chosen = [.. findings.Where(finding => finding.Repair is not null)];
        if (chosen.FirstOrDefault(IsOfCatalog) is { } lost)
            yield return CatalogRebuild.Run(folder, lost, chosen, locks, token);
        using EmbeddedStore store = EmbeddedStore.Open(folder, recoveries);
        StoreRepair repair = new(store);
        foreach (StoreFinding finding in chosen.Where(finding => !IsOfCatalog(finding)))
        {
            token.ThrowIfCancellationRequested();
            yield return repair.Mend(finding);
        }

        held.Complete();
    }

    /// <summary>The image of data with a sound record, as the catalogue is to have it.</summary>
    /// <param name="known">What the catalogue has of it; null for nothing.</param>
    internal static Image Revive(Image record, Image? known) => (known ?? record) with
    {
        Status = ImageStatus.Active,
        DiskFormat = record.DiskFormat,
        ContainerFormat = record.ContainerFormat,
        Size = record.Size,
        VirtualSize = record.VirtualSize,
        Checksum = record.Checksum,
        HashAlgorithm = record.HashAlgorithm,
        HashValue = record.HashValue,
        Locations = [new ImageLocation("file", ImageFileName.DataOf(record.Id))],
        DeletedAt = null,
        LastError = null,
    };

    internal static StoreFile? FileOf(StoreFinding finding) =>
        ImageFileName.TryParse(Path.GetFileName(finding.Path), out ImageFileName name) && new FileInfo(finding.Path) is { Exists: true } file
            ? new StoreFile(Path.GetDirectoryName(finding.Path)!, name, file.Length)
            : null;

    private static bool IsOfCatalog(StoreFinding finding) => finding.Kind is StoreFindingKind.CatalogMissing or StoreFindingKind.CatalogDamaged;

    private StoreRepairResult Mend(StoreFinding finding)
    {
        try
        {
            return new StoreRepairResult(finding, Do(finding), null);
        }
        catch (StorageException error)
        {
            return new StoreRepairResult(finding, null, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new StoreRepairResult(finding, null, IoErrors.Write(finding.Path, error));
        }
    }

    private string? Do(StoreFinding finding) => finding.Kind switch
    {
        StoreFindingKind.OperationDead => EndOperations(finding),
        StoreFindingKind.ImportUnfinished => RemoveImport(finding.Path),
        StoreFindingKind.LockStale => File.Exists(finding.Path) ? null : "Removed",
        StoreFindingKind.DataMissing or StoreFindingKind.DataLength => Deactivate(finding),
        StoreFindingKind.ImageLost => PutBack(finding),
        StoreFindingKind.ImageStuck => Queue(finding),
        StoreFindingKind.DataUnfinished => WhileIdle(finding, (_, _) => HostFolder.Delete(finding.Path) ? "Removed" : null),
        StoreFindingKind.DataDeleted => WhileIdle(finding, (_, image) => image?.Status == ImageStatus.Deleted && HostFolder.Delete(finding.Path) ? "Removed" : null),
        StoreFindingKind.DataOrphaned or StoreFindingKind.RecordOrphaned => KeepOrphan(finding),
        _ => WriteRecord(finding),
    };

    // The store did it when it was opened.
    private string? EndOperations(StoreFinding finding)
    {
        if (_store.Recovered.FirstOrDefault(one => one.Operation.Id.ToString("D") == finding.Found)?.Error is { } error)
            return error.Id == ErrorIds.CatalogDamaged ? RemoveOperation(Guid.Parse(finding.Found!)) : throw error;
        return _store.Catalog.Read(reader => reader.ListOperations()).Any(operation => operation.Id.ToString("D") == finding.Found) ? null : "Ended or undone";
    }

    /// <summary>One whose detail can't be read. What it was about is found by the next check, and mended as what nobody brings.</summary>
    private string? RemoveOperation(Guid operation)
    {
        using OperationLock? held = _store.Locks.TryTake(operation);
        if (held is null)
            return null;
        _store.Catalog.Write(writer =>
        {
            writer.RemoveOperation(operation);
            return true;
        });
        held.Complete();
        return "Removed: it can't be read";
    }

    private string? RemoveImport(string path)
    {
        if (StoreImportFolder.LockOf(path) is not { } id || _store.Locks.TryTake(id) is not { } held)
            return null;
        using (held)
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            held.Complete();
        }

        return "Removed";
    }

    private string? Deactivate(StoreFinding finding) => _store.Catalog.Write(writer =>
    {
        if (writer.FindImage(finding.Image!.Value) is not { } image || !StoreCheck.HasData(image)
            || _store.ImageFolders.Folders.Any(folder => !folder.IsPresent)
            || LengthOf(image) == image.Size)
        {
            return null;
        }

        string reason = $"{finding.Message} Found {finding.Found}; expected {finding.Expected}.";
        writer.PutImage((image.Status == ImageStatus.Active ? ImageStates.Move(image, ImageStatus.Deactivated) : image) with { LastError = reason, UpdatedAt = TimeProvider.System.Now() });
        return image.Status == ImageStatus.Active ? "Deactivated" : "Wrote the reason to LastError";
    });

    private long? LengthOf(Image image) => _store.ImageFolders.Folders
        .Select(folder => new FileInfo(Path.Combine(folder.Path, ImageFileName.DataOf(image.Id))))
        .FirstOrDefault(file => file is { Exists: true, LinkTarget: null })?.Length;

    private string? PutBack(StoreFinding finding) => WhileIdle(finding, (writer, known) =>
    {
        if (FileOf(finding) is not { } file || StoreRecords.FindSound(file) is not { } record
            || known is not null && (StoreCheck.HasData(known) || known.Status is ImageStatus.Deleted or ImageStatus.Killed))
        {
            return null;
        }

        writer.PutImage(Revive(record, known));
        return "Put back";
    });

    private string? Queue(StoreFinding finding) => WhileIdle(finding, (writer, image) =>
    {
        if (image is not { Status: ImageStatus.Saving or ImageStatus.Uploading or ImageStatus.Importing })
            return null;
        writer.PutImage(ImageStates.Move(image, ImageStatus.Queued) with
        {
            LastError = "Its data was said to arrive, and no operation brought it.",
            UpdatedAt = TimeProvider.System.Now(),
        });
        return "Queued";
    });

    /// <summary>A file that has been taken into use meanwhile stays.</summary>
    private string? KeepOrphan(StoreFinding finding) => WhileIdle(finding, (_, image) =>
    {
        if (image is not null && StoreCheck.HasData(image) && IsFirst(image, finding.Path))
            return null;
        return StoreRecords.Keep(_store.Path, finding.Path) is { } place ? $"Moved to '{place}'" : null;
    });

    private bool IsFirst(Image image, string path)
    {
        string? first = _store.ImageFolders.Folders.Select(folder => folder.Path).FirstOrDefault(folder => File.Exists(Path.Combine(folder, ImageFileName.DataOf(image.Id))));
        return first is null || first == Path.GetDirectoryName(path);
    }

    private string? WriteRecord(StoreFinding finding) => WhileIdle(finding, (_, image) =>
    {
        string folder = Path.GetDirectoryName(finding.Path)!;
        if (image is null || !StoreCheck.HasData(image) || new FileInfo(Path.Combine(folder, ImageFileName.DataOf(image.Id))) is not { Exists: true } data || data.Length != image.Size)
            return null;
        bool isStale = StoreRecords.Read(finding.Path).Image is { } read && StoreRecords.AgreesOnData(read, image);
        if (!isStale)
            StoreRecords.Keep(_store.Path, finding.Path);
        StoreRecords.Write(finding.Path, image, _store.ImageFolders.Flush == FlushPolicy.Full);
        return "Written";
    });

    /// <summary>
    /// A step on an image that no operation works on, and none can begin to meanwhile: that too is a change of the catalogue. The
    /// step gets the image as it is now, null for one that the catalogue does not know.
    /// </summary>
    // A step changes files too: SQLite's catalogue runs it once.
    private string? WhileIdle(StoreFinding finding, Func<ICatalogWriter, Image?, string?> step) => _store.Database.Write(writer =>
        writer.ListOperations().Any(operation => operation.Subject == finding.Image?.ToString()) ? null : step(writer, writer.FindImage(finding.Image!.Value)));
}
