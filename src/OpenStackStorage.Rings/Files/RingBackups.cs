using System.Globalization;

namespace OpenStackStorage.Rings;

/// <summary>
/// Copies of what a command wrote: <c>backups/&lt;seconds since 1970&gt;.&lt;name&gt;</c> beside the builder.
/// Source: swift/cli/ringbuilder.py, create, rebalance and write_ring.
/// </summary>
internal static class RingBackups
{
    public const string FolderName = "backups";

    /// <summary>Where the copies of these files go: all with the same time, and none in the place of another.</summary>
    /// <param name="time">The time of the change. Swift overwrites the copy of the same second; here the next free second is taken.</param>
    public static IReadOnlyList<string> Reserve(string builderPath, DateTimeOffset time, params ReadOnlySpan<string> fileNames)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(builderPath))!, FolderName);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw IoErrors.Write(folder, error);
        }

        string[] paths = new string[fileNames.Length];
        for (long second = time.ToUnixTimeSeconds(); ; second++)
        {
            for (int i = 0; i < paths.Length; i++)
                paths[i] = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{second}.{Path.GetFileName(fileNames[i])}"));
            if (!Array.Exists(paths, File.Exists))
                return paths;
        }
    }
}
