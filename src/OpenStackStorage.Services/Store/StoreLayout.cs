using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>The names in a store's folder: <c>docs/design/services.md</c>, "The folder".</summary>
internal static class StoreLayout
{
    /// <summary>The version of the layout that this module writes.</summary>
    public const int Version = 1;

    public const string Marker = "openstackstorage.json";
    public const string Catalog = "catalog.db";
    public const string Images = "images";
    public const string Volumes = "volumes";
    public const string Locks = "locks";
    public const string LostAndFound = "lost+found";

    internal static readonly IReadOnlyList<string> Policies = ["policy.yaml", "policy.json"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The store's id, from the file that marks its folder; null where there is none.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.StoreInvalid"/>, <see cref="ErrorIds.StoreTooNew"/>.</exception>
    public static Guid? FindId(string folder)
    {
        string path = Path.Combine(folder, Marker);
        if (!File.Exists(path))
            return null;
        StoreMarker? marker;
        try
        {
            marker = JsonSerializer.Deserialize<StoreMarker>(File.ReadAllText(path), Options);
        }
        catch (JsonException error)
        {
            throw new ServiceException(ErrorIds.StoreInvalid, $"'{path}' can not be read: {error.Message}", error) { Target = folder };
        }

        if (marker is not { Layout: > 0 })
            throw new ServiceException(ErrorIds.StoreInvalid, $"'{path}' names no version of its layout.") { Target = folder };
        if (marker.Layout > Version)
        {
            throw new ServiceException(ErrorIds.StoreTooNew, $"The store '{folder}' has layout {marker.Layout}; this module knows layout {Version}.")
            {
                Target = folder,
                Found = $"layout {marker.Layout}",
                Expected = $"at most layout {Version}",
            };
        }

        return marker.Id;
    }

    /// <summary>Marks a folder that is new or empty. Of several that do so at once, one wins, and all get its id.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.StoreInvalid"/>: there is something else in the folder.</exception>
    public static Guid Create(string folder)
    {
        if (File.Exists(folder))
            throw new ServiceException(ErrorIds.StoreInvalid, $"'{folder}' is a file; a store is a folder.") { Target = folder };
        CreateFolder(folder);
        string? foreign = Directory.EnumerateFileSystemEntries(folder)
            .Select(Path.GetFileName).FirstOrDefault(name => !name!.StartsWith(Marker, StringComparison.Ordinal));
        // Another process may have made the store since we looked.
        if (foreign is not null && FindId(folder) is { } others)
            return others;
        if (foreign is not null)
            throw new ServiceException(ErrorIds.StoreInvalid, $"'{folder}' is no store: '{Marker}' is missing, and the folder holds '{foreign}'.") { Target = folder };

        string partial = Path.Combine(folder, $"{Marker}.partial-{Guid.NewGuid():N}");
        try
        {
            using (FileStream stream = new(partial, FileMode.CreateNew))
            {
                JsonSerializer.Serialize(stream, new StoreMarker(Guid.NewGuid(), Version), Options);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, Path.Combine(folder, Marker));
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, Marker)))
        {
            // The other one was first.
        }
        finally
        {
            File.Delete(partial);
        }

        return FindId(folder) ?? throw new ServiceException(ErrorIds.StoreInvalid, $"'{folder}' lost its '{Marker}'.") { Target = folder };
    }

    /// <summary>A service's rules, and over them those of a policy file in the folder: YAML first, as services look for it.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.PolicyInvalid"/>.</exception>
    public static PolicyRules ReadPolicy(string folder, PolicyRules defaults)
    {
        foreach (string name in Policies)
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
                return defaults.With(File.ReadAllText(path), path);
        }

        return defaults;
    }

    /// <summary>Makes a folder for its owner alone, where there is none yet.</summary>
    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private sealed record StoreMarker(Guid Id, int Layout);
}
