namespace OpenStackStorage;

/// <summary>Turns what the runtime throws for files into <see cref="StorageException"/>s with stable ids.</summary>
public static class IoErrors
{
    public static StorageException NotFound(string path) =>
        new(ErrorIds.PathNotFound, $"'{path}' does not exist.") { Target = path };

    public static StorageException NotARegularFile(string path, string found) =>
        new(ErrorIds.PathNotSupported, $"'{path}' is {found}; a regular file or a block device was expected.")
        {
            Target = path,
            Found = found,
            Expected = "a regular file or a block device",
        };

    public static StorageException Read(string path, Exception error) => Translate(path, error, ErrorIds.ReadFailed, "reading");

    public static StorageException Write(string path, Exception error) => Translate(path, error, ErrorIds.WriteFailed, "writing");

    /// <summary>Does what may change a file or folder; what the system throws comes out translated.</summary>
    public static T Guard<T>(string path, Func<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            return body();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Write(path, error);
        }
    }

    private static StorageException Translate(string path, Exception error, ErrorId otherwise, string activity) => error switch
    {
        StorageException known => known,
        FileNotFoundException or DirectoryNotFoundException => NotFound(path),
        UnauthorizedAccessException => new(ErrorIds.AccessDenied, $"'{path}': {error.Message}", error) { Target = path },
        // The runtime's form of EFBIG, and of what Windows says to such a length.
        ArgumentOutOfRangeException => new(ErrorIds.InsufficientSpace, $"'{path}' would be larger than its file system lets a file be.", error) { Target = path },
        IOException io when IsDiskFull(io) =>
            new(ErrorIds.InsufficientSpace, $"'{path}': the disk or quota is full.", error) { Target = path },
        IOException io when IsSharingViolation(io) =>
            new(ErrorIds.ImageInUse, $"'{path}' is held open by another program.", error) { Target = path },
        _ => new(otherwise, $"{activity} '{path}' failed: {error.Message}", error) { Target = path },
    };

    // Unix: ENOSPC 28, EDQUOT 122, EFBIG 27 as raw errno in HResult. Windows: ERROR_DISK_FULL 112, ERROR_HANDLE_DISK_FULL 39.
    private static bool IsDiskFull(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 112 or 39
        : error.HResult is 28 or 122 or 27;

    // ERROR_SHARING_VIOLATION 32, ERROR_LOCK_VIOLATION 33.
    private static bool IsSharingViolation(IOException error) =>
        OperatingSystem.IsWindows() && (error.HResult & 0xFFFF) is 32 or 33;
}
