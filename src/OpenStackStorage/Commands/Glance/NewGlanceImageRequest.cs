using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>What to publish, and how.</summary>
/// <param name="Store">The store that is there; null where the default folder is none yet.</param>
/// <param name="Connect">Opens the store to publish in, and makes it where there is none.</param>
public sealed record NewGlanceImageRequest(OpenStackStorageConnection? Store, Func<OpenStackStorageConnection> Connect)
{
    /// <summary>Full path of the data; null for none, or a stream.</summary>
    public string? Path { get; init; }

    /// <summary>The data in place of a file. Read once, not disposed.</summary>
    public Stream? Stream { get; init; }

    /// <summary>What the image is to be. What it does not say, the data does.</summary>
    public ImageSpec Spec { get; init; } = new();

    public ImageUploadOptions Upload { get; init; } = new();

    /// <summary>The names or ids of a machine image's kernel and ramdisk.</summary>
    public string? KernelImage { get; init; }

    public string? RamdiskImage { get; init; }

    /// <summary>How many images of the name stay, the new one among them; null for all.</summary>
    public int? Keep { get; init; }

    /// <summary>Older ones are hidden in place of deleted.</summary>
    public bool Hide { get; init; }
}
