namespace OpenStackStorage.Services;

/// <summary>
/// The locks of operations: a file each, held open and shared with nobody, which the system frees when the process dies.
/// Take the lock first, then put the operation into the catalogue; take it out, then complete the lock.
/// </summary>
public sealed class OperationLocks
{
    private readonly string _folder;

    internal OperationLocks(string folder) => _folder = folder;

    /// <summary>Takes the lock of an operation that is about to begin.</summary>
    public OperationLock Take(Guid operation)
    {
        // Whoever tidies up may hold the new file for a moment.
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
        FileStream file;
        try
        {
            // A link would have a file made, or locked, outside the folder.
            if (new FileInfo(path) is { LinkTarget: not null } link)
                link.Delete();
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }

        // The file may have been removed between its opening and its locking.
        if (File.Exists(path))
            return new OperationLock(file);
        file.Dispose();
        return null;
    }

    /// <summary>True where no living process holds it. Makes no file.</summary>
    internal bool IsFree(Guid operation)
    {
        if (!File.Exists(PathOf(operation)))
            return true;
        using OperationLock? held = TryTake(operation);
        return held is not null || !File.Exists(PathOf(operation));
    }

    /// <summary>True where a living process holds any lock but one.</summary>
    internal bool IsAnyHeld(Guid except) => Directory.EnumerateFiles(_folder)
        .Any(path => Guid.TryParseExact(Path.GetFileName(path), "D", out Guid operation) && operation != except && !IsFree(operation));

    /// <summary>Removes the files of operations that have ended.</summary>
    internal void Tidy(IReadOnlyCollection<Guid> running)
    {
        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            if (Guid.TryParseExact(Path.GetFileName(path), "D", out Guid operation) && !running.Contains(operation))
                TryTake(operation)?.Complete();
        }
    }

    private string PathOf(Guid operation) => Path.Combine(_folder, operation.ToString("D"));
}

/// <summary>A lock that this process holds. Disposing it frees it.</summary>
public sealed class OperationLock : IDisposable
{
    private readonly FileStream _file;

    internal OperationLock(FileStream file) => _file = file;

    /// <summary>Frees the lock and removes its file. Only after the operation has left the catalogue.</summary>
    public void Complete()
    {
        Dispose();
        try
        {
            File.Delete(_file.Name);
        }
        catch (IOException)
        {
            // Someone looks at it right now. The next opening of the store removes it.
        }
    }

    public void Dispose() => _file.Dispose();
}
