using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Reads an exported store: into a new store, or into one that there is. All of it is held against its manifest before any
/// of it is used. Nothing of the export's catalogue is taken over but its rows, through the same code that writes all others.
/// </summary>
public static class StoreImport
{
    /// <summary>Makes a new store, which has its name when it is complete.</summary>
    /// <param name="source">A folder or a .tar file.</param>
    /// <param name="destination">The full path of a folder that is new or empty.</param>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.StoreArchiveInvalid"/>, <see cref="ErrorIds.DestinationExists"/>, <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.PathNotFound"/>.
    /// </exception>
    public static StoreTransfer Run(string source, string destination, WorkProgress progress, CancellationToken token) => IoErrors.Guard(destination, () =>
    {
        destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        FolderExport.RequireNew(destination);
        using StoreImportFolder folder = StoreImportFolder.Read(source, FolderExport.NewName(destination), progress, token);
        ImportedContent content = folder.ReadContent();
        folder.ReplaceCatalog(content);
        FolderExport.Rename(folder.Path, destination);
        return Sum(destination, folder.Store, content.WithData, 0);
    });

    /// <summary>Adds the images of an export to a store. Ids that it has already are left as they are; so are its quotas, settings and policy.</summary>
    /// <param name="skip">Told what is left out, and why.</param>
    public static StoreTransfer Merge(string source, EmbeddedStore store, Action<string> skip, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(skip);
        return IoErrors.Guard(store.Path, () =>
        {
            Guid import = Guid.NewGuid();
            using OperationLock held = store.Locks.Take(import);
            StoreTransfer transfer;
            using (StoreImportFolder folder = StoreImportFolder.Read(source, Path.Combine(store.Path, StoreImportFolder.MergePrefix + import.ToString("D")), progress, token))
                transfer = AddAll(store, folder, skip, token);
            held.Complete(); // after the folder is gone: without its lock it would be a dead process's
            return transfer;
        });
    }

    private static StoreTransfer AddAll(EmbeddedStore store, StoreImportFolder folder, Action<string> skip, CancellationToken token)
    {
        List<Image> added = [];
        int skipped = 0;
        foreach ((Image image, IReadOnlyList<ImageMember> members) in folder.ReadContent().Images.Where(entry => entry.Image.Status is not (ImageStatus.Deleted or ImageStatus.Killed)))
        {
            token.ThrowIfCancellationRequested();
            if (Add(store, folder, image, members, token))
            {
                added.Add(image);
                continue;
            }

            skipped++;
            skip($"Image {image.Id} is left out: the store has one of that id, or data of it.");
        }

        return Sum(store.Path, folder.Store, added.Where(StoreCheck.HasData), skipped);
    }

    private static StoreTransfer Sum(string path, Guid store, IEnumerable<Image> images, int skipped)
    {
        Image[] all = [.. images];
        return new StoreTransfer(path, store, all.Length, all.Sum(image => image.Size ?? 0), skipped);
    }

    /// <summary>One image, as an upload brings it: data first, then the image and all that belongs to it in one transaction.</summary>
    private static bool Add(EmbeddedStore store, StoreImportFolder folder, Image image, IReadOnlyList<ImageMember> members, CancellationToken token)
    {
        IImageStore target = store.ImageStores[0];
        // Data that the catalogue does not know would be taken for this import's own if it failed.
        if (target.Holds(image.Id))
            return false;
        Guid id = Guid.NewGuid();
        using OperationLock held = store.Locks.Take(id);
        CatalogOperation operation = ImageOperations.NewUpload(id, image.Id, new UploadDetail(target.Name, image.Owner, 0), TimeProvider.System.Now());
        try
        {
            if (!store.Catalog.Write(writer => Begin(writer, image.Id, operation)))
                return false;
            if (StoreCheck.HasData(image))
                Copy(target, folder, image, token);
            store.Catalog.Write(writer =>
            {
                Put(writer, image with { Locations = StoreCheck.HasData(image) ? [new ImageLocation(target.Name, ImageFileName.DataOf(image.Id))] : [] }, members);
                writer.RemoveOperation(id);
                return true;
            });
            return true;
        }
        catch
        {
            ImageRecovery.UndoUpload(store.Catalog, store.ImageStores, operation, "", TimeProvider.System);
            throw;
        }
        finally
        {
            held.Complete();
        }
    }

    private static bool Begin(ICatalogWriter writer, ImageId id, CatalogOperation operation)
    {
        if (writer.FindImage(id) is not null || writer.ListOperations().Any(other => other.Subject == operation.Subject))
            return false;
        writer.PutOperation(operation);
        return true;
    }

    internal static void Put(ICatalogWriter writer, Image image, IReadOnlyList<ImageMember> members)
    {
        writer.PutImage(image);
        foreach (ImageMember member in members)
            writer.PutMember(member);
    }

    private static void Copy(IImageStore target, StoreImportFolder folder, Image image, CancellationToken token)
    {
        using FileBlockDevice data = FileBlockDevice.OpenJudged(folder.PathOf(StoreArchive.DataOf(image.Id)));
        using IPendingImageData pending = target.Begin(image.Id, data.Length);
        if (!pending.Device.TryCloneFrom(data))
            new DataPump(pending.Device, new WorkProgress(), digests: false).Run(DataSources.Device(data, 0, data.Length), token);
        pending.Commit(image with { Status = ImageStatus.Active, LastError = null, DeletedAt = null }, token);
    }
}
