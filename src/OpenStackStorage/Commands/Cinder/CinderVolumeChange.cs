using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Tells in words what a change of a volume or a snapshot is going to do.</summary>
internal static class CinderVolumeChange
{
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for a change of nothing.</exception>
    public static string Describe(VolumeChange change)
    {
        string[] parts = [.. Parts(change)];
        return parts.Length > 0
            ? $"Set {string.Join(", ", parts)}"
            : throw new ServiceException(ErrorIds.ParameterInvalid, "Nothing was given that is to change.") { Remedy = "Give at least one of -NewName, -Description, -Metadata and the others." };
    }

    private static IEnumerable<string> Parts(VolumeChange change)
    {
        if (change.Name is { } name)
            yield return $"name '{name}'";
        if (change.Description is { } description)
            yield return $"description '{description}'";
        if (change.Bootable is { } isBootable)
            yield return isBootable ? "bootable" : "not bootable";
        if (change.ReadOnly is { } isReadOnly)
            yield return isReadOnly ? "read-only" : "not read-only";
        foreach ((string key, string value) in change.SetMetadata)
            yield return $"metadata {key} = '{value}'";
        foreach (string key in change.RemoveMetadata)
            yield return $"no metadata {key}";
    }
}
