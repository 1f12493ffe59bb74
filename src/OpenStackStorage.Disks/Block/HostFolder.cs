namespace OpenStackStorage.Disks;

/// <summary>A folder of the host, for those who keep files in it. Failures come out as <see cref="StorageException"/>.</summary>
public static class HostFolder
{
    /// <summary>Brings the names in the folder to stable storage: files that were made, renamed and deleted.</summary>
    public static void Flush(string path) => Guard(path, () => Platform.Current.FlushFolder(path));

    /// <summary>The files in the folder with their lengths, symbolic links and what is no file left out. One that is deleted meanwhile is in it or not.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.PathNotFound"/>, <see cref="ErrorIds.AccessDenied"/>.</exception>
    public static IReadOnlyList<FileInfo> Files(string path) => IoErrors.Guard<IReadOnlyList<FileInfo>>(
        path, () => [.. new DirectoryInfo(path).EnumerateFiles().Where(file => file.Exists && file.LinkTarget is null)]);

    /// <summary>Deletes a file, or a symbolic link itself. False where there is none.</summary>
    public static bool Delete(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists && file.LinkTarget is null)
            return false;
        Guard(path, file.Delete);
        return true;
    }

    /// <summary>Gives a file another name, which nothing has yet unless it may be replaced.</summary>
    public static void Move(string path, string destination, bool overwrite) => Guard(destination, () =>
    {
        if (overwrite)
            File.Move(path, destination, overwrite: true);
        else
            Platform.Current.MoveNew(path, destination);
    });

    private static void Guard(string path, Action action) => IoErrors.Guard(path, () =>
    {
        action();
        return true;
    });
}
