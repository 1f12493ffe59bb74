using System.Diagnostics.CodeAnalysis;

namespace OpenStackStorage.Services;

/// <summary>A volume's id: a UUID, written in lower case with hyphens. Not the id of anything else.</summary>
public readonly record struct VolumeId(Guid Value)
{
    public static VolumeId New() => new(Guid.NewGuid());

    /// <summary>Takes the form with hyphens in any case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out VolumeId id)
    {
        bool parsed = Guid.TryParseExact(text, "D", out Guid value);
        id = new VolumeId(value);
        return parsed;
    }

    public override string ToString() => Value.ToString("D");
}

/// <summary>A volume snapshot's id.</summary>
public readonly record struct SnapshotId(Guid Value)
{
    public static SnapshotId New() => new(Guid.NewGuid());

    /// <inheritdoc cref="VolumeId.TryParse"/>
    public static bool TryParse([NotNullWhen(true)] string? text, out SnapshotId id)
    {
        bool parsed = Guid.TryParseExact(text, "D", out Guid value);
        id = new SnapshotId(value);
        return parsed;
    }

    public override string ToString() => Value.ToString("D");
}

/// <summary>An attachment's id.</summary>
public readonly record struct AttachmentId(Guid Value)
{
    public static AttachmentId New() => new(Guid.NewGuid());

    /// <inheritdoc cref="VolumeId.TryParse"/>
    public static bool TryParse([NotNullWhen(true)] string? text, out AttachmentId id)
    {
        bool parsed = Guid.TryParseExact(text, "D", out Guid value);
        id = new AttachmentId(value);
        return parsed;
    }

    public override string ToString() => Value.ToString("D");
}
