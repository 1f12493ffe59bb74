namespace OpenStackStorage.Services;

/// <summary>
/// Ends what was begun on images: by the process that carried it out or, where that one died, by the next that opens the
/// store. Who calls holds the operation's lock. Every step may be done twice.
/// </summary>
public static class ImageRecovery
{
    /// <summary>Undoes uploads and ends deletions whose process died.</summary>
    /// <param name="stores">The stores of images of the embedded store that is opened.</param>
    public static IReadOnlyList<IOperationRecovery> Of(Func<EmbeddedStore, IReadOnlyList<IImageStore>> stores) =>
    [
        new Handler(ImageOperations.Upload, (operation, store) =>
        {
            RemoveUnfinished(operation, stores(store));
            UndoUpload(store.Catalog, stores(store), operation, "The upload was interrupted: its process ended.", TimeProvider.System);
        }),
        new Handler(ImageOperations.Delete, (operation, store) => EndDeletion(store.Catalog, stores(store), operation)),
    ];

    /// <summary>Removes the data, then queues the image again. An upload that came to its end is left alone.</summary>
    internal static void UndoUpload(ICatalog catalog, IReadOnlyList<IImageStore> stores, CatalogOperation operation, string reason, TimeProvider clock)
    {
        if (!IsRunning(catalog, operation.Id))
            return;
        stores.Find(ImageOperations.UploadOf(operation).Store).Delete(operation.Subject);
        catalog.Write(writer =>
        {
            if (ImageId.TryParse(operation.Subject, out ImageId id) && writer.FindImage(id) is { Status: ImageStatus.Saving } image)
                writer.PutImage(ImageStates.Move(image, ImageStatus.Queued) with { LastError = reason, UpdatedAt = clock.Now() });
            writer.RemoveOperation(operation.Id);
            return true;
        });
    }

    internal static void EndDeletion(ICatalog catalog, IReadOnlyList<IImageStore> stores, CatalogOperation operation)
    {
        foreach (ImageLocation location in ImageOperations.LocationsOf(operation))
            stores.Find(location.Store).Delete(location.Key);
        catalog.Write(writer =>
        {
            writer.RemoveOperation(operation.Id);
            return true;
        });
    }

    internal static bool IsRunning(ICatalog catalog, Guid operation) =>
        catalog.Read(reader => reader.ListOperations().Any(other => other.Id == operation));

    // A key begins with the image's id, as those of all drivers of glance_store do.
    private static void RemoveUnfinished(CatalogOperation operation, IReadOnlyList<IImageStore> stores)
    {
        IImageStore store = stores.Find(ImageOperations.UploadOf(operation).Store);
        foreach (StoredImageData data in store.List().Where(data => data.IsPartial && data.Key.StartsWith(operation.Subject, StringComparison.Ordinal)).ToArray())
            store.Delete(data.Key);
    }

    private sealed record Handler(string Kind, Action<CatalogOperation, EmbeddedStore> Action) : IOperationRecovery
    {
        public void Recover(CatalogOperation operation, EmbeddedStore store) => Action(operation, store);
    }
}
