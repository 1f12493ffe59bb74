namespace OpenStackStorage.Disks;

/// <summary>Bad data in an image: which file, at which offset, which field, what was found and expected.</summary>
public sealed class ImageFormatException : StorageException
{
    public ImageFormatException(BlockDevice device, long offset, string field, string found, string expected)
        : this(device.Path, offset, field, found, expected)
    {
    }

    /// <summary>For what is read through an <see cref="IGuestReader"/>: the offset is then a byte of the guest's disk.</summary>
    public ImageFormatException(string path, long offset, string field, string found, string expected)
        : base(ErrorIds.ImageCorrupt, $"'{path}' is corrupt at byte {offset}, {field}: found {found}, expected {expected}.")
    {
        Target = path;
        Offset = offset;
        Field = field;
        Found = found;
        Expected = expected;
    }

    /// <summary>Byte of the file at which the bad field starts.</summary>
    public long Offset { get; }

    /// <summary>The field's name in the format's specification.</summary>
    public string Field { get; }
}

/// <summary>A valid image that uses what is not supported; the features are named.</summary>
public sealed class ImageFeatureException : StorageException
{
    public ImageFeatureException(BlockDevice device, params IReadOnlyList<string> features)
        : base(ErrorIds.ImageFeatureNotSupported, $"'{device.Path}' needs what is not supported: {string.Join(", ", features)}.")
    {
        Target = device.Path;
        Features = features;
        Found = string.Join(", ", features);
    }

    public IReadOnlyList<string> Features { get; }
}

/// <summary>An image names another file, and it was not opened.</summary>
public sealed class ImageReferenceException : StorageException
{
    public ImageReferenceException(ErrorId id, ImageReference reference, string reason)
        : base(id, $"'{reference.From.Path}' names the {reference.Role} '{reference.Name}': {reason}.")
    {
        Target = reference.From.Path;
        Reference = reference.Name;
        Found = reference.Name;
    }

    /// <summary>The name as it stands in the image.</summary>
    public string Reference { get; }
}
