using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

// glance/api/v2/image_data.py, and the deletion of glance/api/v2/images.py.
public sealed partial class ImageService
{
    public Image Upload(ImageId id, ImageContent content, ImageUploadOptions options, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(options);
        IImageStore store = options.Store is null ? _parts.Stores[0] : _parts.Stores.Find(options.Store);
        RequireAllowed(dry => dry.Upload(id, content, options, progress, token));
        return Operate(operation =>
        {
            (Image saving, CatalogOperation entry) = BeginUpload(id, store, operation, AnnouncedLength(content, options));
            if (_isDry)
                return saving;
            try
            {
                return Receive(saving, store, entry, content, options, progress, token);
            }
            catch (Exception error)
            {
                UndoUpload(entry, error);
                throw;
            }
        });
    }

    public ImageData Open(ImageId id)
    {
        Image image = Get(id);
        RequireReadable(image);
        ImageStates.Require(image, "reading its data", ImageStatus.Active, ImageStatus.Deactivated);
        return new ImageData(image, OpenLocation(image));
    }

    public void Delete(ImageId id, bool delay)
    {
        RequireAllowed(dry => dry.Delete(id, delay));
        Operate(operation =>
        {
            CatalogOperation? entry = _catalog.Write(writer =>
            {
                Image image = _access.Find(writer, id);
                _access.Require("delete_image", image);
                if (image.Protected)
                    throw new ServiceException(ErrorIds.ImageProtected, $"Image {id} is protected and cannot be deleted.") { Target = id.ToString() };
                return MarkDeleted(writer, image, delay, operation);
            });
            if (entry is not null && !_isDry)
                ImageRecovery.EndDeletion(_catalog, _parts.Stores, entry);
            return true;
        });
    }

    public Image Restore(ImageId id) => Change(id, "delete_image", (writer, image) =>
    {
        ImageStates.Require(image, "its restoration", ImageStatus.PendingDelete);
        RequireRoom(writer, image);
        return ImageStates.Move(image, ImageStatus.Active) with { DeletedAt = null };
    });

    private void RequireReadable(Image image)
    {
        if (image.Status == ImageStatus.Deactivated && !_access.IsAdmin)
        {
            throw new ServiceException(ErrorIds.NotAuthorized, $"Image {image.Id} is deactivated: its data is for admins only.")
            {
                Target = image.Id.ToString(),
                Found = "deactivated",
                Expected = "active",
                Remedy = "Run Enable-GlanceImage on it first.",
            };
        }

        _access.Require("download_image", image);
    }

    // Who is refused writes nothing, not even the file of a lock. The transaction decides again.
    private void RequireAllowed(Action<IImageService> attempt)
    {
        if (!_isDry)
            attempt(DryRun());
    }

    /// <summary>Work under the lock of a new operation. One that stays in the catalogue leaves the lock's file to recovery.</summary>
    private T Operate<T>(Func<Guid, T> work)
    {
        Guid operation = Guid.NewGuid();
        if (_isDry)
            return work(operation);
        using OperationLock held = _parts.Locks.Take(operation);
        try
        {
            return work(operation);
        }
        finally
        {
            if (!IsRunning(operation))
                held.Complete();
        }
    }

    private bool IsRunning(Guid operation)
    {
        try
        {
            return ImageRecovery.IsRunning(_catalog, operation);
        }
        catch (StorageException)
        {
            return true;
        }
    }

    // What is converted has a length of its own.
    private static long? AnnouncedLength(ImageContent content, ImageUploadOptions options) => content switch
    {
        _ when options.ConvertTo is not null => null,
        ImageContent.FromFile { Path: string path } when File.Exists(path) => new FileInfo(path).Length,
        ImageContent.FromStream { Length: long length } => length,
        _ => options.ExpectedSize,
    };

    private (Image Saving, CatalogOperation Entry) BeginUpload(ImageId id, IImageStore store, Guid operation, long? length)
    {
        CatalogOperation? entry = null;
        Image saving = Change(id, "upload_image", (writer, image) =>
        {
            Image next = ImageStates.Move(image, ImageStatus.Saving) with { LastError = null };
            ImageRules.RequireFormats(image);
            RequireNoData(store, id);
            ImageQuotas quotas = ImageQuotas.Of(writer, image.Owner);
            quotas.Require(ImageQuota.CountUploading, writer.GetImageUsage(image.Owner).Uploading + 1);
            quotas.Require(ImageQuota.Locations, image.Locations.Count + 1);
            UploadReservation.Require(writer, image.Owner, length ?? 0, operation);
            entry = ImageOperations.NewUpload(operation, id, new UploadDetail(store.Name, image.Owner, length ?? 0), _parts.Clock.Now());
            writer.PutOperation(entry);
            return next;
        });
        return (saving, entry!);
    }

    /// <summary>Data that the catalogue does not know of, as one from an older backup may not: an upload that fails would remove it.</summary>
    private static void RequireNoData(IImageStore store, ImageId id)
    {
        if (!store.Holds(id))
            return;
        throw new ServiceException(ErrorIds.ImageConflict, $"The store '{store.Name}' holds data of image {id} already, which the catalogue does not know of.")
        {
            Target = id.ToString(),
            Found = "data",
            Expected = "none",
            Remedy = "Run Repair-OpenStackStorage: it gives the data back to the image, or puts it aside.",
        };
    }

    private Image Receive(
        Image saving, IImageStore store, CatalogOperation entry, ImageContent content, ImageUploadOptions options, WorkProgress progress, CancellationToken token)
    {
        ImageUploadRules rules = new()
        {
            DiskFormat = saving.DiskFormat!.Value,
            ContainerFormat = saving.ContainerFormat!.Value,
            ExpectedSize = options.ExpectedSize,
            ConvertTo = options.ConvertTo,
            Arrived = new UploadReservation(_catalog, entry).Cover,
        };
        using ReceivedImage received = ImageUpload.Receive(store, saving.Id, content, rules, progress, token);
        received.Commit(Complete(saving, received, store), token);
        return _catalog.Write(writer =>
        {
            // As it is now: its name may have been changed meanwhile, or it may have been deleted.
            Image image = writer.FindImage(saving.Id) is { Status: ImageStatus.Saving } found && writer.ListOperations().Any(other => other.Id == entry.Id)
                ? found
                : throw new ServiceException(ErrorIds.ImageConflict, $"Image {saving.Id} was deleted while its data arrived.") { Target = saving.Id.ToString() };
            UploadReservation.Require(writer, image.Owner, received.Result.Size, entry.Id);
            Image active = Complete(image, received, store);
            writer.PutImage(active);
            writer.RemoveOperation(entry.Id);
            return active;
        });
    }

    private Image Complete(Image image, ReceivedImage received, IImageStore store) => ImageStates.Move(image, ImageStatus.Active) with
    {
        Size = received.Result.Size,
        VirtualSize = received.Result.Facts.VirtualSize,
        Checksum = received.Result.Digests.Md5,
        HashAlgorithm = "sha512",
        HashValue = received.Result.Digests.Sha512,
        Locations = [new ImageLocation(store.Name, received.Key)],
        LastError = null,
        UpdatedAt = _parts.Clock.Now(),
    };

    // What this can't do, the next opening of the store does.
    private void UndoUpload(CatalogOperation entry, Exception error)
    {
        try
        {
            string reason = error is OperationCanceledException ? "The upload was stopped." : error.Message;
            ImageRecovery.UndoUpload(_catalog, _parts.Stores, entry, reason, _parts.Clock);
        }
        catch (StorageException)
        {
        }
    }

    private CatalogOperation? MarkDeleted(ICatalogWriter writer, Image image, bool delay, Guid operation)
    {
        DateTimeOffset now = _parts.Clock.Now();
        if (delay && image.Locations.Count > 0)
        {
            writer.PutImage(ImageStates.Move(image, ImageStatus.PendingDelete) with { DeletedAt = now, UpdatedAt = now });
            return null;
        }

        writer.PutImage(ImageStates.Move(image, ImageStatus.Deleted) with { DeletedAt = now, UpdatedAt = now, Locations = [] });
        foreach (ImageMember member in writer.ListMembers(image.Id))
            writer.RemoveMember(image.Id, member.Member);
        if (image.Locations.Count == 0)
            return null;
        CatalogOperation entry = ImageOperations.NewDelete(operation, image, now);
        writer.PutOperation(entry);
        return entry;
    }

    private BlockDevice OpenLocation(Image image)
    {
        StorageException? first = null;
        foreach (ImageLocation location in image.Locations)
        {
            try
            {
                return _parts.Stores.Find(location.Store).Open(location.Key);
            }
            catch (StorageException error)
            {
                first ??= error;
            }
        }

        Get(image.Id); // not found, where it was deleted meanwhile
        throw first ?? new ServiceException(ErrorIds.ImageConflict, $"Image {image.Id} has no location.") { Target = image.Id.ToString() };
    }
}
