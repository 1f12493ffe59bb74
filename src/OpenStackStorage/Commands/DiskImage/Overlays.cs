using OpenStackStorage.Disks;

namespace OpenStackStorage.Commands;

/// <summary>Finds images that read through another one, as far as they lie in its folder.</summary>
internal static class Overlays
{
    /// <summary>More files than this in one folder are not looked at.</summary>
    private const int MaximumFiles = 10_000;

    /// <summary>The images that name a file as their backing file or parent. Only headers are read.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="known">Images that are not to be listed.</param>
    public static List<string> Of(string path, params ReadOnlySpan<DiskImage> known)
    {
        using FileBlockDevice image = FileBlockDevice.OpenRead(path);
        List<string> overlays = [];
        foreach (string candidate in Directory.EnumerateFiles(Path.GetDirectoryName(path)!).Take(MaximumFiles))
        {
            if (Names(candidate, image, known))
                overlays.Add(candidate);
        }

        overlays.Sort(StringComparer.Ordinal);
        return overlays;
    }

    public static StorageException Refusal(string path, IReadOnlyCollection<string> overlays) =>
        new(ErrorIds.ImageHasOverlays, $"'{path}' is what other images read through: {string.Join(", ", overlays.Select(overlay => $"'{overlay}'"))}.")
        {
            Target = path,
            Found = string.Join(", ", overlays),
        };

    private static bool Names(string candidate, FileBlockDevice image, ReadOnlySpan<DiskImage> known)
    {
        try
        {
            using FileBlockDevice device = FileBlockDevice.OpenRead(candidate);
            foreach (DiskImage one in known)
            {
                if (one.File.IsSameAs(device))
                    return false;
            }

            if (ImageFormats.Find(ImageInspector.Inspect(device).ImageFormat)?.Describe(device).BackingFile is not { } name)
                return false;
            string behind = Path.Combine(Path.GetDirectoryName(candidate)!, OperatingSystem.IsWindows() ? name : name.Replace('\\', '/'));
            if (!File.Exists(behind))
                return false;
            // By identity: a name may lead over links.
            using FileBlockDevice named = FileBlockDevice.OpenRead(behind);
            return named.IsSameAs(image);
        }
        catch (StorageException)
        {
            return false; // what can't be read now can't be used as an overlay either
        }
    }
}
