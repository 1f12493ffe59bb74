using System.Diagnostics.CodeAnalysis;

namespace OpenStackStorage.Services;

/// <summary>
/// The name of a file in a file store: data <c>&lt;id&gt;</c>, record <c>&lt;id&gt;.json</c>, or either of them while it
/// arrives, <c>.partial-&lt;hex&gt;</c> behind it. No other name is ever read, written or deleted, so that no key leads out
/// of the folder (CVE-2014-9493, CVE-2015-1195).
/// </summary>
internal readonly record struct ImageFileName(ImageId Image, bool IsRecord, string Suffix)
{
    private const string RecordEnding = ".json";
    private const string PartialMark = ".partial-";
    private const int IdLength = 36;

    public bool IsPartial => Suffix.Length > 0;

    public static string DataOf(ImageId id) => id.ToString();

    public static string RecordOf(ImageId id) => id + RecordEnding;

    /// <summary>Takes exactly the names that a store makes: an id in upper case is another file where case counts.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ImageFileName name)
    {
        name = default;
        if (text is null || text.Length < IdLength || !ImageId.TryParse(text[..IdLength], out ImageId id) || text[..IdLength] != id.ToString())
            return false;
        string rest = text[IdLength..];
        bool isRecord = rest.StartsWith(RecordEnding, StringComparison.Ordinal);
        string suffix = isRecord ? rest[RecordEnding.Length..] : rest;
        name = new ImageFileName(id, isRecord, suffix);
        return suffix.Length == 0
            || suffix.Length > PartialMark.Length
                && suffix.StartsWith(PartialMark, StringComparison.Ordinal)
                && suffix[PartialMark.Length..].All(char.IsAsciiHexDigitLower);
    }

    /// <summary>A key that a caller gave: the data of an image, or an unfinished file as <see cref="IImageStore.List"/> names it.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ImageKeyInvalid"/>.</exception>
    public static ImageFileName ParseKey(string key)
    {
        if (TryParse(key, out ImageFileName name) && (name.IsPartial || !name.IsRecord))
            return name;
        throw new ServiceException(ErrorIds.ImageKeyInvalid, $"'{key}' is no key of a file store; an image's id was expected.")
        {
            Target = key,
            Found = key,
            Expected = "an image's id in lower case",
        };
    }
}
