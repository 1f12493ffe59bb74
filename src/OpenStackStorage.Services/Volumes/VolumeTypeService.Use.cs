namespace OpenStackStorage.Services;

// What a type's use does not allow.
public sealed partial class VolumeTypeService
{
    private static void RequireFreeName(ICatalogReader catalog, string name)
    {
        if (catalog.List(VolumeTables.Types, ("name", name)).Count > 0)
            throw Conflict(name, $"Volume type '{name}' already exists.");
    }

    private static void RequirePrivate(VolumeType type, IReadOnlyList<string> projects)
    {
        if (type.IsPublic && projects.Count > 0)
            throw Conflict(type.Name, $"Volume type '{type.Name}' is public: projects need no access to it.");
    }

    private static void RequireUsableBy(VolumeType type, string? project)
    {
        if (!type.IsPublic && (project is null || !type.Projects.Contains(project, StringComparer.Ordinal)))
            throw Conflict(type.Name, $"Volume type '{type.Name}' can't be the default type of {NameOf(project)}, which would have no access to it.");
    }

    // types_extra_specs.py, _allow_update; db/api.py, volume_type_destroy.
    private static void RequireUnused<T>(ICatalogReader catalog, VolumeType type, string what, CatalogTable<T> table)
        where T : class
    {
        const int Shown = 10;
        if (catalog.Total(table, null, ("type", type.Name)).Count is not (> 0 and var count))
            return;
        string ids = string.Join(", ", catalog.List(table, ("type", type.Name)).Take(Shown).Select(table.Key));
        string kind = table.Name == VolumeTables.Volumes.Name ? "volumes" : "snapshots";
        throw InUse(type.Name, $"Volume type '{type.Name}' is in use by {count} {kind}, so {what}: {ids}{(count > Shown ? " ..." : "")}.");
    }

    // A running retype will put the name that it found into its volume's row.
    private static void RequireNoRetype(ICatalogReader catalog, string name)
    {
        if (catalog.List(VolumeTables.Reservations).Any(one => one.TypeOnly && one.VolumeType == name))
            throw InUse(name, $"A volume is being retyped to volume type '{name}'; try again when that has ended.");
    }

    /// <summary>Gives everything of a type the type's new name; limits stand under its id.</summary>
    private static void Rename(ICatalogWriter catalog, string name, string next)
    {
        RequireFreeName(catalog, next);
        RequireNoRetype(catalog, name);
        foreach (Volume volume in catalog.List(VolumeTables.Volumes, ("type", name)))
            catalog.Put(VolumeTables.Volumes, volume with { VolumeType = next });
        foreach (VolumeSnapshot snapshot in catalog.List(VolumeTables.Snapshots, ("type", name)))
            catalog.Put(VolumeTables.Snapshots, snapshot with { VolumeType = next });
        foreach (VolumeReservation one in catalog.List(VolumeTables.Reservations).Where(one => one.VolumeType == name))
            catalog.Put(VolumeTables.Reservations, one with { VolumeType = next });
    }

    private static string NameOf(string? project) => project is null ? "all projects" : $"project '{project}'";

    private static ServiceException Conflict(string name, string message) => new(ErrorIds.VolumeTypeConflict, message) { Target = name };

    private static ServiceException InUse(string name, string message) => new(ErrorIds.VolumeTypeInUse, message) { Target = name };
}
