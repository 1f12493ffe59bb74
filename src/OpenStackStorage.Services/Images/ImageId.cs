using System.Diagnostics.CodeAnalysis;

namespace OpenStackStorage.Services;

/// <summary>An image's id: a UUID, written in lower case with hyphens. Not the id of anything else.</summary>
public readonly record struct ImageId(Guid Value)
{
    public static ImageId New() => new(Guid.NewGuid());

    /// <summary>Takes the form with hyphens in any case, as Glance does.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ImageId id)
    {
        bool parsed = Guid.TryParseExact(text, "D", out Guid value);
        id = new ImageId(value);
        return parsed;
    }

    public override string ToString() => Value.ToString("D");
}
