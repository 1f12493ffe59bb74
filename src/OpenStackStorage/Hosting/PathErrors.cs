namespace OpenStackStorage.Hosting;

/// <summary>The errors of resolving a path. The target is always the path as it was written.</summary>
internal static class PathErrors
{
    public static StorageException NotFound(string path) =>
        new(ErrorIds.PathNotFound, $"'{path}' does not exist.") { Target = path };

    public static StorageException NoMatch(string path) =>
        new(ErrorIds.PathNotFound, $"No file matches '{path}'.") { Target = path };

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
