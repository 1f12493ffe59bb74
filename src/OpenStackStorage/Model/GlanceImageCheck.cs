namespace OpenStackStorage.Model;

/// <summary>One thing that does not agree between an image's data and its record.</summary>
public sealed class GlanceImageCheck
{
    public required Guid ImageId { get; init; }

    /// <summary>Null where the image has none.</summary>
    public string? ImageName { get; init; }

    /// <summary>"Error": the data must not be used. "Warning": it may be right all the same.</summary>
    public required string Severity { get; init; }

    /// <summary>What was looked at: "Data", "Length", "Hash", "Format" or "Content".</summary>
    public required string Check { get; init; }

    /// <summary>The store that was looked at; null where the record alone tells.</summary>
    public string? Store { get; init; }

    public required string Message { get; init; }

    /// <summary>The image's id: PowerShell tries an object as text before it looks for <see cref="ImageId"/>, and cmdlets take ids as names.</summary>
    public override string ToString() => ImageId.ToString();
}
