using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Finds what an interruption, a lost file or a hand in the folder left in a store. Changes nothing, needs no catalogue, and
/// works while others use the store: what they are at work on is not judged.
/// </summary>
public static class StoreCheck
{
    private const string Keep = "lost+found";

    /// <param name="deep">Digest all data too, and hold it against the recorded hashes.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorIds.StoreInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.CatalogBusy"/>, <see cref="ErrorIds.AccessDenied"/>.
    /// </exception>
    public static IEnumerable<StoreFinding> Run(string path, bool deep, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(progress);
        StoreState state = StoreState.Read(path);
        foreach (StoreFinding finding in Find(state, token))
            yield return finding;

        if (!deep || state.Catalog is null)
            yield break;
        ILookup<ImageId, StoreFile> data = state.Files.Where(file => !file.Name.IsRecord && !file.Name.IsPartial).ToLookup(file => file.Name.Image);
        (Image Image, StoreFile File)[] all = [.. state.Catalog.Images.Where(HasData)
            .Select(image => (image, data[image.Id].FirstOrDefault())).Where(pair => pair.Item2?.Length == pair.image.Size)!];
        progress.Total = all.Sum(pair => pair.File.Length);
        foreach ((Image image, StoreFile file) in all)
        {
            if (Digest(image, file, progress, token) is { } finding)
                yield return finding;
        }
    }

    /// <summary>What is wrong with one state.</summary>
    internal static IEnumerable<StoreFinding> Find(StoreState state, CancellationToken token)
    {
        foreach (StoreFinding finding in OfCatalog(state))
            yield return finding;
        foreach (FileStoreFolder folder in state.Folders.Where(folder => !folder.IsPresent))
        {
            yield return new StoreFinding(StoreFindingKind.FolderMissing, StoreSeverity.Error, folder.Path,
                "The folder of images is not there. If it is on a share, mount it; what it holds was not judged.");
        }

        foreach (CatalogOperation operation in state.Dead)
        {
            yield return new StoreFinding(StoreFindingKind.OperationDead, StoreSeverity.Warning, state.CatalogPath, $"The process that began {operation.Kind} of {operation.Subject} died.")
            {
                Found = operation.Id.ToString("D"),
                Image = ImageId.TryParse(operation.Subject, out ImageId subject) ? subject : null,
                Repair = "Undo or end it, as every opening of the store does",
            };
        }

        foreach (string path in state.DeadImports)
            yield return new StoreFinding(StoreFindingKind.ImportUnfinished, StoreSeverity.Warning, path, "The process that imported from this folder died.") { Repair = "Remove the folder" };
        foreach (string path in state.FreeLocks)
            yield return new StoreFinding(StoreFindingKind.LockStale, StoreSeverity.Information, path, "Nobody holds the lock.") { Repair = "Remove the file" };
        foreach (string path in state.ForeignFiles)
            yield return new StoreFinding(StoreFindingKind.FileForeign, StoreSeverity.Information, path, "A store makes no file of this name. It is never touched.");

        Dictionary<ImageId, Image> images = state.Catalog?.Images.ToDictionary(image => image.Id) ?? [];
        ILookup<ImageId, StoreFile> files = state.Files.ToLookup(file => file.Name.Image);
        foreach (ImageId id in images.Keys.Concat(files.Select(group => group.Key)).Distinct().Where(id => !state.Busy.Contains(id)))
        {
            token.ThrowIfCancellationRequested();
            foreach (StoreFinding finding in OfImage(state, id, images.GetValueOrDefault(id), [.. files[id]]))
                yield return finding with { Image = id };
        }
    }

    internal static bool HasData(Image image) => image.Status is ImageStatus.Active or ImageStatus.Deactivated or ImageStatus.PendingDelete;

    private static IEnumerable<StoreFinding> OfCatalog(StoreState state)
    {
        const string Rebuild = "keep it under another name and rebuild it from the records beside the data; queued images, members, quotas and settings can't come back";
        if (state.IsCatalogMissing)
            yield return new StoreFinding(StoreFindingKind.CatalogMissing, StoreSeverity.Error, state.CatalogPath, "The catalogue is gone, and the store holds images' data.") { Repair = $"Make a new one: {Rebuild}" };
        if (state.CatalogDamage.Count > 0)
        {
            yield return new StoreFinding(StoreFindingKind.CatalogDamaged, StoreSeverity.Error, state.CatalogPath, "The catalogue is damaged, or the file is no catalogue.")
            {
                Found = string.Join("; ", state.CatalogDamage.Take(5)),
                Expected = "ok",
                Repair = $"Renew its indexes; where that does not help, {Rebuild}",
            };
        }
    }

    private static IEnumerable<StoreFinding> OfImage(StoreState state, ImageId id, Image? image, StoreFile[] files)
    {
        foreach (StoreFile partial in files.Where(file => file.Name.IsPartial))
        {
            yield return new StoreFinding(StoreFindingKind.DataUnfinished, StoreSeverity.Warning, partial.Path, "It was on its way, and nobody brings it any more.")
            {
                Found = $"{partial.Length} bytes",
                Repair = "Remove the file",
            };
        }

        StoreFile[] data = [.. files.Where(file => !file.Name.IsPartial && !file.Name.IsRecord)];
        StoreFile[] records = [.. files.Where(file => !file.Name.IsPartial && file.Name.IsRecord)];
        IEnumerable<StoreFinding> findings = image switch
        {
            not null when HasData(image) => OfImageWithData(state, image, data, records),
            { Status: ImageStatus.Deleted } => data.Concat(records).Select(file => new StoreFinding(
                StoreFindingKind.DataDeleted, StoreSeverity.Warning, file.Path, "The image was deleted.") { Repair = "Remove the file" }),
            _ => OfImageWithoutData(state, image, data, records),
        };
        foreach (StoreFinding finding in findings)
            yield return finding;
    }

    private static IEnumerable<StoreFinding> OfImageWithData(StoreState state, Image image, StoreFile[] data, StoreFile[] records)
    {
        StoreSeverity severity = image.Status == ImageStatus.Active || image.LastError is null ? StoreSeverity.Error : StoreSeverity.Warning;
        string? mark = severity == StoreSeverity.Error ? "Deactivate the image and write the reason to its LastError" : null;
        if (data.Length == 0)
        {
            if (state.Folders.All(folder => folder.IsPresent))
            {
                yield return new StoreFinding(StoreFindingKind.DataMissing, severity, Path.Combine(state.Folders[0].Path, ImageFileName.DataOf(image.Id)), "The image's data is gone.")
                {
                    Found = "no regular file",
                    Expected = $"{image.Size} bytes",
                    Repair = mark,
                };
            }

            yield break;
        }

        foreach (StoreFile second in data[1..])
            yield return Orphan(state, second, "The image's data lies in another folder already.");
        if (data[0].Length != image.Size)
        {
            yield return new StoreFinding(StoreFindingKind.DataLength, severity, data[0].Path, "The image's data has another length than the catalogue says.")
            {
                Found = $"{data[0].Length} bytes",
                Expected = $"{image.Size} bytes",
                Repair = mark,
            };
        }
        else if (OfRecord(image, data[0], records.FirstOrDefault(record => record.Folder == data[0].Folder)) is { } finding)
        {
            yield return finding;
        }
    }

    private static IEnumerable<StoreFinding> OfImageWithoutData(StoreState state, Image? image, StoreFile[] data, StoreFile[] records)
    {
        string name = image is null ? "The catalogue does not know the image." : $"The image is {ImageWords.Of(image.Status)} in the catalogue.";
        bool isLost = false;
        foreach (StoreFile file in data)
        {
            StoreFile? record = records.FirstOrDefault(record => record.Folder == file.Folder);
            if (!isLost && image?.Status != ImageStatus.Killed && StoreRecords.FindSound(file) is { } sound)
            {
                isLost = true;
                yield return new StoreFinding(StoreFindingKind.ImageLost, StoreSeverity.Error, file.Path, $"Data with a sound record: {name}")
                {
                    Found = sound.Name,
                    Repair = "Put the image back into the catalogue, active, as its record says",
                };
                continue;
            }

            yield return Orphan(state, file, $"Data without a sound record: {name}");
            if (record is not null)
                yield return Orphan(state, record, $"The record does not fit the data beside it: {name}") with { Kind = StoreFindingKind.RecordOrphaned };
        }

        foreach (StoreFile record in records.Where(record => !data.Any(file => file.Folder == record.Folder)))
            yield return Orphan(state, record, $"A record without data: {name}") with { Kind = StoreFindingKind.RecordOrphaned };
        if (!isLost && image?.Status is ImageStatus.Saving or ImageStatus.Uploading or ImageStatus.Importing)
        {
            yield return new StoreFinding(StoreFindingKind.ImageStuck, StoreSeverity.Error, state.CatalogPath, "The image's data is said to arrive, and no operation brings it.")
            {
                Found = ImageWords.Of(image.Status),
                Repair = "Queue the image again and write the reason to its LastError",
            };
        }
    }

    private static StoreFinding? OfRecord(Image image, StoreFile data, StoreFile? record)
    {
        if (record is null)
        {
            return new StoreFinding(StoreFindingKind.RecordMissing, StoreSeverity.Warning, Path.Combine(data.Folder, ImageFileName.RecordOf(image.Id)), "The record beside the data is missing.")
            {
                Repair = "Write it from the catalogue",
            };
        }

        (Image? read, StorageException? error) = StoreRecords.Read(record.Path);
        if (error?.Id == ErrorIds.PathNotFound)
            return null; // deleted, or written anew, a moment ago
        if (error is not null)
        {
            return new StoreFinding(StoreFindingKind.RecordDamaged, StoreSeverity.Warning, record.Path, error.Message)
            {
                Repair = error.Id == ErrorIds.ImageRecordDamaged ? $"Keep it in {Keep} and write it anew from the catalogue" : null,
            };
        }

        if (!StoreRecords.AgreesOnData(read!, image))
        {
            return new StoreFinding(StoreFindingKind.RecordDiffers, StoreSeverity.Warning, record.Path, "The record names another image, size or hash than the catalogue.")
            {
                Found = $"{read!.Size} bytes, {read.HashValue}",
                Expected = $"{image.Size} bytes, {image.HashValue}",
                Repair = $"Keep it in {Keep} and write it anew from the catalogue",
            };
        }

        return StoreRecords.Agrees(read!, image)
            ? null
            : new StoreFinding(StoreFindingKind.RecordDiffers, StoreSeverity.Information, record.Path, "The image was changed since its record was written.") { Repair = "Write it anew from the catalogue" };
    }

    private static StoreFinding Orphan(StoreState state, StoreFile file, string message) =>
        new(StoreFindingKind.DataOrphaned, StoreSeverity.Warning, file.Path, message)
        {
            Found = $"{file.Length} bytes",
            Repair = $"Move it to '{StoreRecords.LostFolder(state.Folder, file.Folder)}'",
        };

    private static StoreFinding? Digest(Image image, StoreFile file, WorkProgress progress, CancellationToken token)
    {
        try
        {
            using ImageData data = new(image, FileBlockDevice.OpenJudged(file.Path));
            ImageDownload.Verify(data, progress, token);
            return null;
        }
        catch (StorageException error) when (error.Id == ErrorIds.ImageHashMismatch)
        {
            return new StoreFinding(StoreFindingKind.DataHash, StoreSeverity.Error, file.Path, error.Message) { Image = image.Id, Found = error.Found, Expected = error.Expected };
        }
        catch (StorageException error) when (error.Id == ErrorIds.PathNotFound)
        {
            return null; // deleted meanwhile
        }
    }
}
