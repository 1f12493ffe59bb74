namespace OpenStackStorage.Rings;

/// <summary>Turns what the runtime throws for files into <see cref="StorageException"/>s with stable ids.</summary>
internal static class IoErrors
{
    public static StorageException Read(string path, Exception error) => Translate(path, error, ErrorIds.ReadFailed, "reading");

    public static StorageException Write(string path, Exception error) => Translate(path, error, ErrorIds.WriteFailed, "writing");

    private static StorageException Translate(string path, Exception error, ErrorId otherwise, string activity) => error switch
    {
        StorageException known => known,
        FileNotFoundException or DirectoryNotFoundException => new(ErrorIds.PathNotFound, $"'{path}' does not exist.", error) { Target = path },
        UnauthorizedAccessException => new(ErrorIds.AccessDenied, $"'{path}': {error.Message}", error) { Target = path },
        IOException io when IsDiskFull(io) => new(ErrorIds.InsufficientSpace, $"'{path}': the disk or quota is full.", error) { Target = path },
        _ => new(otherwise, $"{activity} '{path}' failed: {error.Message}", error) { Target = path },
    };

    // Unix: ENOSPC 28, EDQUOT 122, EFBIG 27 as raw errno in HResult. Windows: ERROR_DISK_FULL 112, ERROR_HANDLE_DISK_FULL 39.
    private static bool IsDiskFull(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 112 or 39
        : error.HResult is 28 or 122 or 27;
}
