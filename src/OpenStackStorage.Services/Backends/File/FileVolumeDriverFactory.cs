using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// The driver <c>File</c>: volumes as files. Options: <c>path</c>, the folder; <c>format</c> of new volumes, <c>qcow2</c>,
/// <c>raw</c> or <c>vhdx</c>; <c>tier</c>, a free word; <c>provisioning</c>, <c>thin</c> or <c>thick</c>.
/// </summary>
/// <param name="root">The full path of the store's folder, which relative paths start from; null where there are none.</param>
public sealed class FileVolumeDriverFactory(string? root = null) : IVolumeDriverFactory
{
    public string Name => "File";

    public IReadOnlyDictionary<string, string> Validate(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return FileBackendOptions.Parse(backend, root).ToOptions();
    }

    public IVolumeDriver Open(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return new FileVolumeDriver(backend, FileBackendOptions.Parse(backend, root));
    }

    /// <inheritdoc/>
    /// <remarks>The folder is made where its parent is there. Files in it stay: they may be taken over.</remarks>
    public void Initialize(Backend backend, Guid store)
    {
        ArgumentNullException.ThrowIfNull(backend);
        string path = FileBackendOptions.Parse(backend, root).Path;
        VolumeFolder folder = new(path);
        Guarded(backend, folder, () =>
        {
            if (Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
                throw DriverErrors.Unavailable(backend.Name, parent, "does not exist");
            if (!Directory.Exists(path))
                folder.MakeFolder("");
            if (FileBackendMark.Read(folder) is { } mark && mark != new FileBackendMark(backend.Name, store))
            {
                throw new ServiceException(ErrorIds.BackendConflict, $"'{path}' belongs to backend '{mark.Backend}' of store {mark.Store}.")
                {
                    Target = path,
                    Found = mark.Backend,
                    Expected = $"a folder without '{FileVolumeDriver.MarkName}'",
                };
            }

            folder.WriteText(FileVolumeDriver.MarkName, new FileBackendMark(backend.Name, store).ToText());
            folder.Flush();
        });
    }

    public IReadOnlyList<string> Release(Backend backend, Guid store)
    {
        ArgumentNullException.ThrowIfNull(backend);
        VolumeFolder folder = new(FileBackendOptions.Parse(backend, root).Path);
        IReadOnlyList<string> left = [];
        Guarded(backend, folder, () =>
        {
            if (FileBackendMark.Read(folder) == new FileBackendMark(backend.Name, store))
                folder.Delete(FileVolumeDriver.MarkName);
            LayerMarks marks = new(folder);
            foreach (string layer in marks.Known().Where(layer => !folder.Exists(layer)))
                marks.Forget(layer);
            if (folder.FolderExists(LayerMarks.Root))
                folder.DeleteFolder(LayerMarks.Root);
            left = folder.Names();
        });
        return left;
    }

    private static void Guarded(Backend backend, VolumeFolder folder, Action body)
    {
        try
        {
            body();
        }
        catch (StorageException error) when (error is not ServiceException)
        {
            throw DriverErrors.Unavailable(backend.Name, folder.Path, $"can't be written: {error.Message}", error);
        }
    }
}

/// <summary>Whose folder it is: what <c>.openstackstorage-backend</c> says.</summary>
internal sealed record FileBackendMark(string Backend, Guid Store)
{
    /// <summary>Null where there is none.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendUnavailable"/>.</exception>
    public static FileBackendMark? Read(VolumeFolder folder)
    {
        try
        {
            return folder.ReadText(FileVolumeDriver.MarkName) is { } text
                ? JsonSerializer.Deserialize<FileBackendMark>(text) ?? throw new JsonException("null")
                : null;
        }
        catch (JsonException error)
        {
            throw new ServiceException(ErrorIds.BackendUnavailable, $"'{folder[FileVolumeDriver.MarkName]}' does not say whose folder it is: {error.Message}", error) { Target = folder.Path };
        }
    }

    public string ToText() => JsonSerializer.Serialize(this);
}
