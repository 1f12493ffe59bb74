using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Tells in words what a change is going to do.</summary>
internal static class GlanceImageChange
{
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/> for a change of nothing.</exception>
    public static string Describe(ImageChange change)
    {
        string[] parts = [.. Attributes(change), .. Lists(change)];
        return parts.Length > 0
            ? $"Set {string.Join(", ", parts)}"
            : throw new ServiceException(ErrorIds.ParameterInvalid, "Nothing was given that is to change.") { Remedy = "Give at least one of -NewName, -Property, -Tag, -Visibility and the others." };
    }

    private static IEnumerable<string> Attributes(ImageChange change)
    {
        if (change.Name is { } name)
            yield return $"name '{name}'";
        if (change.Visibility is { } visibility)
            yield return $"visibility {ImageWords.Of(visibility)}";
        if (change.Protected is { } isProtected)
            yield return isProtected ? "protected" : "not protected";
        if (change.Hidden is { } isHidden)
            yield return isHidden ? "hidden" : "not hidden";
        if (change.MinDisk is { } disk)
            yield return $"least disk {disk} GiB";
        if (change.MinRam is { } memory)
            yield return $"least memory {memory} MiB";
        if (change.DiskFormat is { } format)
            yield return $"disk format {ImageWords.Of(format)}";
        if (change.ContainerFormat is { } container)
            yield return $"container format {ImageWords.Of(container)}";
        if (change.Owner is { } owner)
            yield return $"owner '{owner}'";
    }

    private static IEnumerable<string> Lists(ImageChange change)
    {
        foreach ((string property, string value) in change.SetProperties)
            yield return $"property {property} = '{value}'";
        foreach (string property in change.RemoveProperties)
            yield return $"no property {property}";
        if (change.Tags is { } tags)
            yield return tags.Count > 0 ? $"tags {string.Join(", ", tags)}" : "no tags";
        foreach (string tag in change.AddTags)
            yield return $"tag {tag}";
        foreach (string tag in change.RemoveTags)
            yield return $"no tag {tag}";
    }
}
