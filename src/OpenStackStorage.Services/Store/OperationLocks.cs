using OpenStackStorage.Disks;

namespace OpenStackStorage.Services;

/// <summary>
/// The locks of operations: a file each, held open and shared with nobody, which the system frees when the process dies.
/// Take the lock first, then put the operation into the catalogue; take it out, then complete the lock. A file has its
/// operation's name only while it is locked: one that is free belongs to nobody who lives.
/// </summary>
public sealed class OperationLocks
{
    private readonly string _folder;

    internal OperationLocks(string folder) => _folder = folder;

    /// <summary>Takes the lock of an operation that is about to begin.</summary>
    public OperationLock Take(Guid operation)
    {
        // Whoever tidies up may have removed the new file before it was locked.
        for (int attempt = 0; attempt < 100; attempt++)
        {
            if (TryTake(operation) is { } held)
                return held;
            Thread.Sleep(Random.Shared.Next(1, 10));
        }

        throw new ServiceException(ErrorIds.CatalogBusy, $"The lock of operation {operation} is held by another process.") { Target = PathOf(operation) };
    }

    /// <summary>Takes a lock if it is free; null while a living process holds it.</summary>
    public OperationLock? TryTake(Guid operation)
    {
        string path = PathOf(operation);
        RemoveLink(path);
        return File.Exists(path) ? TryOpen(path) : TryCreate(path);
    }

    /// <summary>True where a living process holds it. Makes no file, and is in nobody's way who asks the same.</summary>
    internal bool IsHeld(Guid operation)
    {
        string path = PathOf(operation);
        if (new FileInfo(path).LinkTarget is not null)
            return false;
        using FileStream? free = TryOpen(path, FileMode.Open, FileShare.ReadWrite);
        return free is null && File.Exists(path);
    }

    /// <summary>True where a living process holds any lock but one.</summary>
    internal bool IsAnyHeld(Guid except) => Directory.EnumerateFiles(_folder)
        .Any(path => Guid.TryParseExact(Path.GetFileName(path), "D", out Guid operation) && operation != except && IsHeld(operation));

    /// <summary>Removes the files of operations that have ended.</summary>
    internal void Tidy(IReadOnlyCollection<Guid> running)
    {
        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            if (!Guid.TryParseExact(Path.GetFileName(path).Split(".partial-")[0], "D", out Guid operation) || running.Contains(operation))
                continue;
            RemoveLink(path);
            TryOpen(path)?.Complete();
        }
    }

    // A link would have a file made, or locked, outside the folder.
    private static void RemoveLink(string path)
    {
        if (new FileInfo(path) is { LinkTarget: not null } link)
            link.Delete();
    }

    /// <summary>Locks a new file before it has its name: between its making and its locking others would find it free.</summary>
    private static OperationLock? TryCreate(string path)
    {
        // On Windows to make a file and to lock it is one step, and one that is open keeps its name.
        if (OperatingSystem.IsWindows())
            return TryOpen(path, FileMode.CreateNew, FileShare.None) is { } made ? new OperationLock(made, path) : null;
        string partial = $"{path}.partial-{Guid.NewGuid():N}"[..^24];
        if (TryOpen(partial, FileMode.CreateNew, FileShare.None) is not { } file)
            return null;
        try
        {
            HostFolder.Move(partial, path, overwrite: false);
            return new OperationLock(file, path);
        }
        catch (StorageException)
        {
            bool isLost = Path.Exists(path) || !File.Exists(partial); // another was faster, or tidied up
            new OperationLock(file, partial).Complete();
            if (isLost)
                return null;
            throw;
        }
    }

    private static OperationLock? TryOpen(string path)
    {
        if (TryOpen(path, FileMode.Open, FileShare.None) is not { } file)
            return null;
        // It may have been removed between its opening and its locking.
        if (File.Exists(path))
            return new OperationLock(file, path);
        file.Dispose();
        return null;
    }

    private static FileStream? TryOpen(string path, FileMode mode, FileShare share)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, share, 1);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    private string PathOf(Guid operation) => Path.Combine(_folder, operation.ToString("D"));
}

/// <summary>A lock that this process holds. Disposing it frees it.</summary>
public sealed class OperationLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _path;

    internal OperationLock(FileStream file, string path) => (_file, _path) = (file, path);

    /// <summary>Frees the lock and removes its file. Only after the operation has left the catalogue.</summary>
    public void Complete()
    {
        // Removed while it is held, nobody finds it free. Windows removes no file that is open and shared with nobody.
        if (!OperatingSystem.IsWindows())
            Remove();
        Dispose();
        if (OperatingSystem.IsWindows())
            Remove();
    }

    public void Dispose() => _file.Dispose();

    private void Remove()
    {
        try
        {
            File.Delete(_path);
        }
        catch (IOException)
        {
            // Someone looks at it right now. The next opening of the store removes it.
        }
    }
}
