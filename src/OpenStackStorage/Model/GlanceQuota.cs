namespace OpenStackStorage.Model;

/// <summary>A limit of images, and what a project has of it.</summary>
public sealed class GlanceQuota
{
    public required string Project { get; init; }

    /// <summary>"SizeTotal", "CountTotal" and so on: what the cmdlets call it.</summary>
    public required string Quota { get; init; }

    /// <summary>Glance's name: <c>image_size_total</c>.</summary>
    public required string Name { get; init; }

    /// <summary>"Bytes" or "Count".</summary>
    public required string Unit { get; init; }

    /// <summary>-1 for none.</summary>
    public required long Limit { get; init; }

    /// <summary>What the project has now; null for limits of a single image.</summary>
    public long? Used { get; init; }

    /// <summary>What uploads hold that are running; null for limits of a single image.</summary>
    public long? Reserved { get; init; }

    /// <summary>What may still come; null where there is no limit, and for limits of a single image.</summary>
    public long? Left => Limit < 0 || Used is null ? null : Math.Max(0, Limit - Used.Value - (Reserved ?? 0));

    public override string ToString() => Name;
}
