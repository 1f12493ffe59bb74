using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>An image that a backend holds to clone volumes from.</summary>
public sealed class CinderImageCache
{
    private readonly Volume _entry;

    internal CinderImageCache(Volume entry, OpenStackStorageConnection connection)
    {
        _entry = entry;
        Connection = connection;
    }

    /// <summary>The entry's id.</summary>
    public Guid CacheId => _entry.Id.Value;

    /// <summary>The image. Not named ImageId: an entry never binds as its image.</summary>
    public Guid CachedImageId => _entry.Cached!.Image.Value;

    /// <summary>The image's name when it was copied; null where it had none.</summary>
    public string? ImageName => _entry.Name;

    /// <summary>The pool that holds it: <c>host@backend#pool</c>.</summary>
    public string? Backend => _entry.Host;

    public string Status => VolumeWords.Of(_entry.Status);

    /// <summary>Bytes of the disk.</summary>
    public long Size => (long)_entry.SizeGiB << 30;

    public int SizeGiB => _entry.SizeGiB;

    /// <summary>When the image had been changed last: another time makes the entry stale.</summary>
    public DateTimeOffset ImageUpdatedAt => _entry.Cached!.ImageUpdatedAt;

    /// <summary>When a volume was last made from it.</summary>
    public DateTimeOffset LastUsedAt => _entry.Cached!.LastUsedAt;

    public DateTimeOffset CreatedAt => _entry.CreatedAt;

    internal OpenStackStorageConnection Connection { get; }

    internal VolumeId Id => _entry.Id;

    public override string ToString() => $"{ImageName ?? CachedImageId.ToString()} on {Backend}";
}
