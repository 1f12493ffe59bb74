using System.Globalization;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// Makes a new catalogue from the records beside the data. It gets its name when it is complete; the old one is kept under
/// another. Killed at any moment it leaves the old one, or none, and can be run again.
/// </summary>
internal static class CatalogRebuild
{
    private static readonly string[] Companions = ["", "-wal", "-shm"]; // the catalogue first: alone, what is left of the others is never replayed

    /// <param name="findings">Those of the same check; images among them that are to be put back are.</param>
    public static StoreRepairResult Run(string folder, StoreFinding finding, IReadOnlyList<StoreFinding> findings, OperationLocks locks, CancellationToken token)
    {
        string path = Path.Combine(folder, StoreLayout.Catalog);
        if (locks.IsAnyHeld(StoreState.RepairLock))
            throw new ServiceException(ErrorIds.CatalogBusy, $"A process is at work in '{folder}'; its catalogue can't be replaced now.") { Target = folder };
        if (finding.Kind == StoreFindingKind.CatalogDamaged && TryMend(path))
            return new StoreRepairResult(finding, "Renewed its indexes", null);

        string fresh = path + ".rebuild";
        foreach (string companion in Companions)
            HostFolder.Delete(fresh + companion);
        int images = Fill(fresh, Path.Combine(folder, StoreLayout.Images), findings, token);
        string kept = string.Create(CultureInfo.InvariantCulture, $"{path}.lost-{DateTime.UtcNow:yyyyMMddHHmmssfff}");
        bool isKept = false;
        foreach (string companion in Companions.Where(companion => File.Exists(path + companion)))
        {
            HostFolder.Move(path + companion, kept + companion, overwrite: false);
            isKept = true;
        }

        HostFolder.Move(fresh, path, overwrite: false);
        HostFolder.Flush(folder);
        string old = isKept ? $"; the old one is '{kept}'" : "";
        return new StoreRepairResult(finding, string.Create(CultureInfo.InvariantCulture, $"Made a new catalogue of {images} images from their records{old}. Queued images, members, quotas and settings did not come back"), null);
    }

    private static bool TryMend(string path)
    {
        try
        {
            using SqliteCatalog catalog = SqliteCatalog.Open(path);
            catalog.Mend();
            catalog.ReadContent();
            return true;
        }
        catch (Exception error) when (error is StorageException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private static int Fill(string path, string imagesFolder, IReadOnlyList<StoreFinding> findings, CancellationToken token)
    {
        Image[] images = [.. findings.Where(finding => finding.Kind == StoreFindingKind.ImageLost)
            .Select(StoreRepair.FileOf).OfType<StoreFile>().Select(StoreRecords.FindSound).OfType<Image>().DistinctBy(image => image.Id)];
        ImageFolders folders = ImageFolders.FromCopy(default, imagesFolder);
        using SqliteCatalog catalog = SqliteCatalog.Open(path);
        catalog.Write(writer =>
        {
            foreach (Image image in images)
            {
                token.ThrowIfCancellationRequested();
                writer.PutImage(StoreRepair.Revive(image, null));
            }

            if (folders.Folders.Count > 1)
                writer.PutSetting(ImageFolders.FoldersSetting, folders.FoldersText);
            return true;
        });
        catalog.Checkpoint();
        return images.Length;
    }
}
