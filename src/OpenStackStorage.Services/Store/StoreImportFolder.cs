using System.Formats.Tar;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>What the catalogue of an export says.</summary>
/// <param name="Settings">Without those of image folders, which belong to a machine.</param>
internal sealed record ImportedContent(IReadOnlyList<(Image Image, IReadOnlyList<ImageMember> Members)> Images, IReadOnlyList<(string Name, string Value)> Settings)
{
    public IEnumerable<Image> WithData => Images.Select(entry => entry.Image).Where(StoreCheck.HasData);
}

/// <summary>An export on this machine's disk, verified. Disposing it removes it, unless it was given another name.</summary>
internal sealed class StoreImportFolder : IDisposable
{
    /// <summary>The beginning of the name of a folder in a store while an import is under way; the id of its lock follows.</summary>
    public const string MergePrefix = "import.partial-";

    private StoreImportFolder(string path) => Path = path;

    public string Path { get; }

    public Guid Store { get; private set; }

    /// <param name="path">Where it is to lie meanwhile.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.StoreArchiveInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>, <see cref="ErrorIds.PathNotFound"/>.</exception>
    public static StoreImportFolder Read(string source, string path, WorkProgress progress, CancellationToken token)
    {
        if (!System.IO.Path.Exists(source))
            throw new ServiceException(ErrorIds.PathNotFound, $"'{source}' does not exist.") { Target = source };
        StoreImportFolder folder = new(path);
        try
        {
            StoreLayout.CreateFolder(folder.PathOf(StoreLayout.Images));
            Dictionary<string, StoreManifestFile> found = Directory.Exists(source)
                ? folder.CopyFolder(source, progress, token)
                : folder.Extract(source, progress, token);
            folder.Verify(found);
            HostFolder.Flush(folder.PathOf(StoreLayout.Images));
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The id of the lock that who merges this folder holds; null for another folder.</summary>
    public static Guid? LockOf(string path) =>
        Guid.TryParseExact(System.IO.Path.GetFileName(path)[MergePrefix.Length..], "D", out Guid id) ? id : null;

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The rows, each image with data held against the file that there is.</summary>
    public ImportedContent ReadContent()
    {
        using SqliteCatalog catalog = SqliteCatalog.Open(PathOf(StoreLayout.Catalog));
        if (catalog.FindDamage() is [string damage, ..])
            throw StoreArchive.Invalid($"its catalogue is damaged: {damage}");
        List<(Image, IReadOnlyList<ImageMember>)> images = [];
        foreach (Image image in catalog.ReadContent().Images)
        {
            bool hasData = StoreCheck.HasData(image);
            if (hasData && !File.Exists(PathOf(StoreArchive.DataOf(image.Id))))
                throw StoreArchive.Invalid($"image {image.Id} is {ImageWords.Of(image.Status)} in its catalogue, and its data is missing");
            if (image.Status is ImageStatus.Saving or ImageStatus.Uploading or ImageStatus.Importing)
                throw StoreArchive.Invalid($"image {image.Id} is {ImageWords.Of(image.Status)} in its catalogue");
            ImageLocation[] locations = hasData ? [new ImageLocation("file", ImageFileName.DataOf(image.Id))] : [];
            images.Add((image with { Locations = locations }, catalog.Read(reader => reader.ListMembers(image.Id))));
        }

        return new ImportedContent(images, [.. catalog.ReadSettings().Where(setting => !setting.Name.StartsWith("image_store.", StringComparison.Ordinal))]);
    }

    /// <summary>Writes a catalogue of its own in the place of the one that came, and takes away what no store has.</summary>
    public void ReplaceCatalog(ImportedContent content)
    {
        string fresh = PathOf(StoreLayout.Catalog + ".new");
        using (SqliteCatalog catalog = SqliteCatalog.Open(fresh))
        {
            catalog.Write(writer =>
            {
                foreach ((Image image, IReadOnlyList<ImageMember> members) in content.Images)
                    StoreImport.Put(writer, image, members);
                foreach ((string name, string value) in content.Settings)
                    writer.PutSetting(name, value);
                return true;
            });
            catalog.Checkpoint();
        }

        foreach (string companion in (string[])["-wal", "-shm"])
            HostFolder.Delete(PathOf(StoreLayout.Catalog) + companion);
        HostFolder.Move(fresh, PathOf(StoreLayout.Catalog), overwrite: true);
        HostFolder.Delete(PathOf(StoreArchive.ManifestName));
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    private Dictionary<string, StoreManifestFile> CopyFolder(string source, WorkProgress progress, CancellationToken token)
    {
        Dictionary<string, StoreManifestFile> found = [];
        StoreManifest manifest = StoreArchive.Read(System.IO.Path.Combine(source, StoreArchive.ManifestName));
        if (new DirectoryInfo(System.IO.Path.Combine(source, StoreLayout.Images)).LinkTarget is not null)
            throw StoreArchive.Invalid($"its folder '{StoreLayout.Images}' is a link");
        progress.Total = manifest.Files.Sum(file => file.Size);
        foreach (string name in manifest.Files.Select(file => StoreArchive.RequireName(file.Name)).Append(StoreArchive.ManifestName))
        {
            string path = System.IO.Path.Combine(source, name);
            if (new FileInfo(path) is not { Exists: true, LinkTarget: null })
                throw StoreArchive.Invalid($"'{name}' is missing, or is no regular file");
            using FileBlockDevice file = FileBlockDevice.OpenJudged(path);
            found.Add(name, new StoreManifestFile(name, file.Length, FolderExport.Copy(file, PathOf(name), progress, token).Sha512));
        }

        return found;
    }

    private Dictionary<string, StoreManifestFile> Extract(string source, WorkProgress progress, CancellationToken token)
    {
        Dictionary<string, StoreManifestFile> found = [];
        using FileStream file = new(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        progress.Total = file.Length;
        try
        {
            using TarReader tar = new(file);
            while (tar.GetNextEntry() is { } entry)
            {
                token.ThrowIfCancellationRequested();
                if (entry.EntryType == TarEntryType.Directory && entry.Name.TrimEnd('/') is "." or "./" + StoreLayout.Images or StoreLayout.Images)
                    continue;
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                    throw StoreArchive.Invalid($"'{entry.Name}' is no regular file but {entry.EntryType}", entry.EntryType.ToString());
                string name = StoreArchive.RequireName(entry.Name);
                if (found.ContainsKey(name))
                    throw StoreArchive.Invalid($"it holds '{name}' twice", name);
                found.Add(name, Extract(entry, name, progress, token));
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw StoreArchive.Invalid($"it is no tar file, or was cut short: {error.Message}", inner: error);
        }

        return found;
    }

    private StoreManifestFile Extract(TarEntry entry, string name, WorkProgress progress, CancellationToken token)
    {
        using FileBlockDevice target = FileBlockDevice.CreateNew(PathOf(name));
        using Stream data = entry.DataStream ?? Stream.Null;
        ImageDigests digests = new DataPump(target, progress).Run(DataSources.Stream(data), token);
        target.Flush(token);
        if (target.Length != entry.Length)
            throw StoreArchive.Invalid($"'{name}' has {target.Length} of {entry.Length} bytes: it was cut short");
        return new StoreManifestFile(name, target.Length, digests.Sha512);
    }

    private void Verify(Dictionary<string, StoreManifestFile> found)
    {
        StoreManifest manifest = StoreArchive.Read(PathOf(StoreArchive.ManifestName));
        found.Remove(StoreArchive.ManifestName);
        foreach (StoreManifestFile listed in manifest.Files)
        {
            string name = StoreArchive.RequireName(listed.Name);
            if (!found.Remove(name, out StoreManifestFile? file))
                throw StoreArchive.Invalid($"'{name}' is missing", name);
            if (file.Size != listed.Size || !file.Sha512.Equals(listed.Sha512, StringComparison.OrdinalIgnoreCase))
            {
                throw new ServiceException(ErrorIds.StoreArchiveInvalid, $"'{name}' of the export is not what was exported: its length or hash differs.")
                {
                    Found = $"{file.Size} bytes, sha512 {file.Sha512}",
                    Expected = $"{listed.Size} bytes, sha512 {listed.Sha512}",
                };
            }
        }

        if (found.Count > 0)
            throw StoreArchive.Invalid($"it holds '{found.Keys.First()}', which its manifest does not name");
        if (!File.Exists(PathOf(StoreLayout.Catalog)))
            throw StoreArchive.Invalid($"'{StoreLayout.Catalog}' is missing");
        Store = StoreLayout.FindId(Path) ?? throw StoreArchive.Invalid($"'{StoreLayout.Marker}' is missing");
        StoreLayout.ReadPolicy(Path, PolicyRules.Glance);
        StoreLayout.ReadPolicy(Path, PolicyRules.Cinder);
    }
}
