namespace OpenStackStorage.Hosting;

/// <summary>The errors of resolving a path. The target is always the path as it was written.</summary>
internal static class PathErrors
{
    public static StorageException NotFound(string path) =>
        new(ErrorIds.PathNotFound, $"'{path}' does not exist.") { Target = path };

    public static StorageException NoMatch(string path) =>
        new(ErrorIds.PathNotFound, $"No file matches '{path}'.")
        {
            Target = path,
            Remedy = path.Contains('[', StringComparison.Ordinal) ? "Where [ and ] are part of the name, give it with -LiteralPath." : ErrorIds.PathNotFound.Remedy,
        };

    /// <summary>Refuses what no system takes for a path, before .NET refuses it in its own words.</summary>
    public static void ThrowIfNotAPath(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new StorageException(ErrorIds.PathNotSupported, $"'{path.Replace("\0", "\\0", StringComparison.Ordinal)}' holds a NUL character; no path does.") { Target = path };
    }

    public static StorageException BadPattern(string path) =>
        new(ErrorIds.PathNotFound, $"'{path}' is not a valid wildcard pattern.")
        {
            Target = path,
            Remedy = "Give the path with -LiteralPath.",
        };

    public static StorageException NotFileSystem(string path, string provider) =>
        new(ErrorIds.PathNotFileSystem, $"'{path}' is a path of the provider {provider}; a file system path was expected.")
        {
            Target = path,
            Found = provider,
            Expected = "FileSystem",
        };
}
