namespace OpenStackStorage.Services;

/// <summary>What a check of an image looked at.</summary>
public enum ImageCheckKind
{
    /// <summary>Whether there is data where the record says so.</summary>
    Data,

    /// <summary>Its length in bytes.</summary>
    Length,

    /// <summary>Its hashes.</summary>
    Hash,

    /// <summary>Whether it is what the image's format declares.</summary>
    Format,

    /// <summary>The safety checks of its format.</summary>
    Content,
}

/// <summary>One thing that does not agree with an image's record.</summary>
/// <param name="IsError">False where the data may be right all the same.</param>
/// <param name="Store">The store that was looked at; null where the record alone tells.</param>
public sealed record ImageFinding(ImageCheckKind Check, bool IsError, string? Store, string Message);
