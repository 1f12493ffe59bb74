using OpenStackStorage.Disks;

namespace OpenStackStorage.Commands;

/// <summary>Finds images that read through another one, as far as they lie in its folder.</summary>
internal static class Overlays
{
    /// <summary>More files than this in one folder are not looked at.</summary>
    private const int MaximumFiles = 10_000;

    /// <summary>The images that name the file as their backing file or parent. Only headers are read.</summary>
    public static List<string> Of(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        List<string> overlays = [];
        foreach (string candidate in Directory.EnumerateFiles(folder).Take(MaximumFiles))
        {
            if (candidate != path && BackingFileOf(candidate) is { } name && IsNamed(name, folder, path))
                overlays.Add(candidate);
        }

        overlays.Sort(StringComparer.Ordinal);
        return overlays;
    }

    private static bool IsNamed(string name, string folder, string path) =>
        Path.GetFullPath(OperatingSystem.IsWindows() ? name : name.Replace('\\', '/'), folder) == path;

    private static string? BackingFileOf(string path)
    {
        try
        {
            using FileBlockDevice device = FileBlockDevice.OpenRead(path);
            return ImageFormats.Find(ImageInspector.Inspect(device).ImageFormat)?.Describe(device).BackingFile;
        }
        catch (StorageException)
        {
            return null; // what can't be read now can't be used as an overlay either
        }
    }
}
