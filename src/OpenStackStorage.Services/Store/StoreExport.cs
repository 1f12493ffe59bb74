using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What was exported, or imported.</summary>
/// <param name="Path">Full path of the export, or of the store that it went into.</param>
/// <param name="Images">Images with data.</param>
/// <param name="Bytes">Their data.</param>
/// <param name="Skipped">Images that were left out.</param>
public sealed record StoreTransfer(string Path, Guid Store, int Images, long Bytes, int Skipped);

/// <summary>
/// Writes a whole store to a folder, which is a store itself, or to a .tar file, while others may use it. It is as the
/// catalogue was at one moment; what is deleted meanwhile is left out. It has its name when it is complete.
/// </summary>
public static class StoreExport
{
    /// <param name="destination">A file ending in <c>.tar</c>, otherwise a folder that is new or empty.</param>
    /// <param name="overwrite">Replace a file that exists. A folder is never replaced.</param>
    /// <param name="warn">Told what is left out, and why.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.DestinationExists"/>, <see cref="ErrorIds.PathNotFound"/>, <see cref="ErrorIds.WriteFailed"/>.</exception>
    public static StoreTransfer Run(EmbeddedStore store, string destination, bool overwrite, Action<string> warn, WorkProgress progress, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(warn);
        return IoErrors.Guard(destination, () =>
        {
            using IExportTarget target = IsArchive(destination) ? new TarExport(destination, overwrite) : new FolderExport(destination);
            string catalog = target.TemporaryPath + ".db";
            try
            {
                store.Database.CopyTo(catalog);
                return new Export(store, target, catalog, warn, progress, token).Run(destination);
            }
            finally
            {
                foreach (string companion in (string[])["", "-wal", "-shm", "-journal"])
                    HostFolder.Delete(catalog + companion);
            }
        });
    }

    public static bool IsArchive(string path) => Path.GetExtension(path).Equals(".tar", StringComparison.OrdinalIgnoreCase);

    private sealed class Export(EmbeddedStore store, IExportTarget target, string catalogPath, Action<string> warn, WorkProgress progress, CancellationToken token)
    {
        private readonly List<StoreManifestFile> _files = [];
        private int _images;
        private long _bytes;

        public StoreTransfer Run(string destination)
        {
            AddFile(Path.Combine(store.Path, StoreLayout.Marker), StoreLayout.Marker);
            foreach (string policy in StoreLayout.Policies.Where(name => File.Exists(Path.Combine(store.Path, name))))
                AddFile(Path.Combine(store.Path, policy), policy);
            List<ImageId> gone = [];
            using (SqliteCatalog catalog = SqliteCatalog.Open(catalogPath))
            {
                CatalogContent content = catalog.ReadContent();
                Image[] images = [.. content.Images.Where(StoreCheck.HasData)];
                progress.Total = images.Sum(image => image.Size ?? 0);
                gone.AddRange(images.Where(image => !Add(image)).Select(image => image.Id));
                Settle(catalog, content, gone);
            }

            AddFile(catalogPath, StoreLayout.Catalog);
            target.Finish(StoreArchive.Write(new StoreManifest(StoreArchive.Version, store.Id, TimeProvider.System.Now(), _files)), token);
            return new StoreTransfer(destination, store.Id, _images, _bytes, gone.Count);
        }

        private bool Add(Image image)
        {
            BlockDevice data;
            try
            {
                data = store.ImageStores[0].Open(ImageFileName.DataOf(image.Id));
            }
            catch (StorageException error) when (error.Id == ErrorIds.ImageDataNotFound)
            {
                warn($"Image {image.Id} is left out: {error.Message}");
                return false;
            }

            using (data)
            {
                ImageDigests digests = target.Add(StoreArchive.DataOf(image.Id), data, progress, token);
                _files.Add(new StoreManifestFile(StoreArchive.DataOf(image.Id), data.Length, digests.Sha512));
                if (data.Length != image.Size || image.HashAlgorithm == "sha512" && image.HashValue != digests.Sha512)
                    warn($"The data of image {image.Id} is not what was recorded of it; it is exported as it is.");
                (_images, _bytes) = (_images + 1, _bytes + data.Length);
            }

            AddBytes(ImageRecordFormat.Json.Write(image with { Status = ImageStatus.Active, LastError = null, DeletedAt = null }), StoreArchive.RecordOf(image.Id));
            return true;
        }

        private void AddFile(string path, string name) => AddBytes(File.ReadAllBytes(path), name);

        private void AddBytes(byte[] bytes, string name)
        {
            using MemoryBlockDevice device = new(name, bytes);
            ImageDigests digests = target.Add(name, device, new WorkProgress(), token);
            _files.Add(new StoreManifestFile(name, bytes.Length, digests.Sha512));
        }

        /// <summary>What is being done at this moment is not done in the copy, and what belongs to this machine stays here.</summary>
        private void Settle(SqliteCatalog catalog, CatalogContent content, IReadOnlyList<ImageId> gone)
        {
            int volumes = catalog.Write(writer =>
            {
                foreach (CatalogOperation operation in content.Operations)
                    writer.RemoveOperation(operation.Id);
                foreach (Image image in content.Images.Where(image => image.Status is ImageStatus.Saving or ImageStatus.Uploading or ImageStatus.Importing))
                    writer.PutImage(ImageStates.Move(image, ImageStatus.Queued));
                foreach (ImageId id in gone)
                    writer.RemoveImage(id);
                writer.PutSetting(ImageFolders.FoldersSetting, null);
                return VolumeRows.Forget(writer);
            });
            if (volumes > 0)
                warn($"{volumes} volumes are left out: their data stays on the backends of '{store.Path}'.");
            catalog.Checkpoint();
        }
    }
}
