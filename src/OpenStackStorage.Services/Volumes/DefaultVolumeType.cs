using System.Text.Json;

namespace OpenStackStorage.Services;

/// <summary>
/// The type of volumes that name none: a project's own (<c>cinder/api/v3/default_types.py</c>), then the one for all
/// (<c>default_volume_type</c>), then none. Cinder's <c>__DEFAULT__</c> is there because its volumes must have a type; here they
/// need none, so no type is made, none is needed, and that name is like any other.
/// </summary>
internal static class DefaultVolumeType
{
    // One setting for all projects, so that what a type is the default of can be found by the type.
    private const string Setting = "volumes/default_types";

    // The key of the type for all: no project has this name.
    private const string All = "";

    public static VolumeType? Find(ICatalogReader catalog, string? project)
    {
        Dictionary<string, Guid> types = Read(catalog);
        return types.TryGetValue(project ?? All, out Guid id) || types.TryGetValue(All, out id)
            ? catalog.Find(VolumeTables.Types, id.ToString("D"))
            : null;
    }

    /// <param name="project">Null for all projects that have none of their own.</param>
    /// <param name="type">Null takes the setting back.</param>
    public static void Set(ICatalogWriter catalog, string? project, Guid? type)
    {
        Dictionary<string, Guid> types = Read(catalog);
        if (type is { } id)
            types[project ?? All] = id;
        else
            types.Remove(project ?? All);
        catalog.PutSetting(Setting, types.Count == 0 ? null : JsonSerializer.Serialize(types));
    }

    /// <summary>The projects whose default a type is; null among them stands for all that have none of their own.</summary>
    public static IReadOnlyList<string?> ProjectsOf(ICatalogReader catalog, Guid type) =>
        [.. Read(catalog).Where(pair => pair.Value == type).Select(pair => pair.Key == All ? null : pair.Key)];

    private static Dictionary<string, Guid> Read(ICatalogReader catalog) =>
        catalog.FindSetting(Setting) is { } text ? JsonSerializer.Deserialize<Dictionary<string, Guid>>(text)! : [];
}
