using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>The text of a sort: <c>name:asc,size</c>. Glance, <c>glance/api/v2/images.py</c>, <c>_get_sorting_params</c>.</summary>
public static class GlanceImageSort
{
    /// <param name="texts">Keys with or without a direction, which is desc when it is not said, as in Glance; each may hold several.</param>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>, Glance's 400.</exception>
    public static IReadOnlyList<ImageSort> Parse(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => text.Split(',')).Select(ParseKey)];

    private static ImageSort ParseKey(string text)
    {
        string[] parts = text.Split(':', 2, StringSplitOptions.TrimEntries);
        if (ImageWords.Find<ImageSortKey>(parts[0]) is not { } key)
            throw Invalid("key", parts[0], string.Join(", ", Enum.GetValues<ImageSortKey>().Select(ImageWords.Of)));
        return (parts.Length > 1 ? parts[1] : "desc") switch
        {
            "asc" => new ImageSort(key),
            "desc" => new ImageSort(key, Descending: true),
            string other => throw Invalid("direction", other, "asc, desc"),
        };
    }

    private static ServiceException Invalid(string what, string found, string expected) =>
        new(ErrorIds.ParameterInvalid, $"Invalid sort {what}: '{found}'. It must be one of the following: {expected}.")
        {
            Target = found,
            Found = found,
            Expected = expected,
        };
}
