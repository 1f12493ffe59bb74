using OpenStackStorage.Services;

namespace OpenStackStorage.Model;

/// <summary>An image as one connection saw it. Words are Glance's: <c>pending_delete</c>, <c>qcow2</c>, <c>shared</c>.</summary>
public sealed class GlanceImage
{
    private readonly Image _image;

    internal GlanceImage(Image image, OpenStackStorageConnection connection)
    {
        _image = image;
        Connection = connection;
    }

    /// <summary>Its id. The name says of what, so that it never binds as the id of another thing.</summary>
    public Guid ImageId => _image.Id.Value;

    /// <summary>Not unique; null when it has none.</summary>
    public string? Name => _image.Name;

    public string Status => ImageWords.Of(_image.Status);

    public string Visibility => ImageWords.Of(_image.Visibility);

    /// <summary>Null only while queued.</summary>
    public string? DiskFormat => _image.DiskFormat is { } format ? ImageWords.Of(format) : null;

    /// <summary>Null only while queued.</summary>
    public string? ContainerFormat => _image.ContainerFormat is { } format ? ImageWords.Of(format) : null;

    /// <summary>Bytes of the data; null before there is any.</summary>
    public long? Size => _image.Size;

    /// <summary>Bytes of the disk that a guest sees; null where the data is no disk or there is none yet.</summary>
    public long? VirtualSize => _image.VirtualSize;

    /// <summary>MD5 of the data in lower case hex.</summary>
    public string? Checksum => _image.Checksum;

    /// <summary>sha512; null before there is data.</summary>
    public string? HashAlgorithm => _image.HashAlgorithm;

    /// <summary>In lower case hex.</summary>
    public string? HashValue => _image.HashValue;

    /// <summary>The project that owns it.</summary>
    public string Owner => _image.Owner;

    /// <summary>GiB of the smallest disk that it boots on.</summary>
    public int MinDisk => _image.MinDisk;

    /// <summary>MiB of the least memory that it boots with.</summary>
    public int MinRam => _image.MinRam;

    public bool Protected => _image.Protected;

    /// <summary>Left out of lists, usable all the same.</summary>
    public bool Hidden => _image.Hidden;

    public string[] Tags => [.. _image.Tags];

    /// <summary>Additional properties by their names.</summary>
    public IReadOnlyDictionary<string, string> Properties => _image.Properties;

    /// <summary>The names of the stores that hold its data.</summary>
    public string[] Stores => [.. _image.Locations.Select(location => location.Store).Distinct()];

    public DateTimeOffset CreatedAt => _image.CreatedAt;

    public DateTimeOffset UpdatedAt => _image.UpdatedAt;

    /// <summary>Why the last upload failed; null when it did not.</summary>
    public string? LastError => _image.LastError;

    /// <summary>Where it was found, and as whom.</summary>
    internal OpenStackStorageConnection Connection { get; }

    internal ImageId Id => _image.Id;

    public override string ToString() => Name ?? ImageId.ToString();
}
