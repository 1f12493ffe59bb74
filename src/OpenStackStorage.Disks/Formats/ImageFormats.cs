namespace OpenStackStorage.Disks;

/// <summary>The formats that can be read and written, and how one is recognised.</summary>
public static class ImageFormats
{
    public static IReadOnlyList<ImageFormat> All { get; } =
    [
        new RawFormat(),
        new Qcow2Format(),
        new VhdFormat(),
        new VdiFormat(),
        new VmdkFormat(),
        new VhdxFormat(),
    ];

    public static ImageFormat Get(DiskImageFormat format) => All.First(candidate => candidate.Format == format);

    /// <summary>The format of a name as images and users spell it ("raw", "qcow2"); null when it is not known.</summary>
    public static ImageFormat? Find(string name) =>
        All.FirstOrDefault(candidate => candidate.OtherNames.Prepend(candidate.Name).Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Opens an image and the chain behind it for reading.</summary>
    public static DiskImage Open(string path, ImageOpenOptions options) => Open(FileBlockDevice.OpenRead(path).LockForReading(), options);

    /// <summary>Opens an image for reading. The image owns the device, also when opening fails.</summary>
    /// <exception cref="StorageException">
    /// <see cref="ErrorIds.ImageFormatMismatch"/> when the content matches no readable format or several,
    /// <see cref="ErrorIds.ImageCorrupt"/>, <see cref="ErrorIds.ImageFeatureNotSupported"/>, <see cref="ErrorIds.BackingFileNotAllowed"/>.
    /// </exception>
    public static DiskImage Open(BlockDevice device, ImageOpenOptions options)
    {
        try
        {
            ImageFormat format = options.Format is { } named ? RequireFormat(device, Get(named)) : Recognise(device);
            return format.Open(device, options);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Opens an image for writing in place; the chain behind it stays read only.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.ImageInUse"/>, and those of <see cref="Open(BlockDevice, ImageOpenOptions)"/>.</exception>
    public static WritableImage OpenWritable(string path, ImageOpenOptions options) => OpenWritable(FileBlockDevice.OpenWrite(path), options);

    /// <inheritdoc cref="OpenWritable(string, ImageOpenOptions)"/>
    /// <param name="device">It must be writable. The image owns it, also when opening fails.</param>
    public static WritableImage OpenWritable(BlockDevice device, ImageOpenOptions options)
    {
        try
        {
            ImageFormat format = options.Format is { } named ? RequireFormat(device, Get(named)) : Recognise(device);
            if (format.Format == DiskImageFormat.Raw && options.Format is null)
            {
                throw new StorageException(ErrorIds.ImageFormatMismatch, $"'{device.Path}' has no known format. It is written as raw only when that is said.")
                {
                    Target = device.Path,
                    Found = "no known format",
                    Remedy = "Name the format: raw.",
                };
            }

            return format.OpenWritable(device, options);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The one format that the content has. Content that several formats claim, or that is of a known format which
    /// can't be read, is refused: reading it as raw would be silently wrong.
    /// </summary>
    public static ImageFormat Recognise(BlockDevice device)
    {
        InspectionResult inspection = ImageInspector.Inspect(device);
        if (inspection.IsAmbiguous)
        {
            string all = string.Join(", ", inspection.Formats);
            throw new StorageException(ErrorIds.ImageFormatMismatch, $"'{device.Path}' carries the signatures of several formats: {all}.")
            {
                Target = device.Path,
                Found = all,
                Expected = "one format",
            };
        }

        return Find(inspection.ImageFormat) ?? throw new ImageFeatureException(device, $"the format {inspection.ImageFormat}")
        {
            Remedy = "Convert it to raw or qcow2 with the tool that made it. With -SourceFormat Raw its file is read byte by byte, as it is.",
        };
    }

    /// <summary>A named format must be the content's; anything at all can be raw.</summary>
    private static ImageFormat RequireFormat(BlockDevice device, ImageFormat format)
    {
        if (format.Format == DiskImageFormat.Raw)
            return format;
        InspectionResult inspection = ImageInspector.Inspect(device);
        return inspection.Formats.Contains(format.Name)
            ? format
            : throw new StorageException(ErrorIds.ImageFormatMismatch, $"'{device.Path}' is no {format.Name} image: its content is {inspection.Format}.")
            {
                Target = device.Path,
                Found = inspection.Format,
                Expected = format.Name,
            };
    }

    /// <summary>Opens a file that an image names, through the gate, unless the chain holds it already.</summary>
    /// <param name="writable">It is a part of an image that is open for writing.</param>
    internal static BlockDevice OpenReference(ImageReference reference, ImageOpenOptions options, bool writable = false)
    {
        BlockDevice device = writable ? options.Gate.OpenWritable(reference) : options.Gate.Open(reference);
        foreach (BlockDevice ancestor in options.Ancestors.Append(reference.From))
        {
            if (!device.IsSameAs(ancestor))
                continue;
            device.Dispose();
            throw new ImageReferenceException(ErrorIds.BackingChainInvalid, reference, "the chain comes back to a file that it started from");
        }

        return device;
    }

    /// <summary>Opens the image behind another one.</summary>
    /// <param name="formatName">The format that the image states; null to recognise it by its content.</param>
    internal static DiskImage OpenBacking(ImageReference reference, string? formatName, ImageOpenOptions options)
    {
        if (options.Ancestors.Count + 1 >= options.MaximumDepth)
            throw new ImageReferenceException(ErrorIds.BackingChainInvalid, reference, $"the chain has more than {options.MaximumDepth} images");
        ImageFormat? format = formatName is null ? null : Find(formatName)
            ?? throw new ImageFeatureException(reference.From, $"a backing file of format '{formatName}'");
        return Open(OpenReference(reference, options), options with
        {
            Format = format?.Format,
            Snapshot = null,
            Ancestors = [.. options.Ancestors, reference.From],
        });
    }

    /// <summary>Opens the image behind another one that names it in several ways: the first that exists.</summary>
    /// <exception cref="ImageReferenceException"><see cref="ErrorIds.BackingFileNotAllowed"/> when the gate refused one of them and none was found.</exception>
    internal static DiskImage OpenBacking(IReadOnlyList<ImageReference> references, string? formatName, ImageOpenOptions options)
    {
        ImageReferenceException? failure = null;
        foreach (ImageReference reference in references)
        {
            try
            {
                return OpenBacking(reference, formatName, options);
            }
            catch (ImageReferenceException error) when (error.Id == ErrorIds.BackingFileNotFound || error.Id == ErrorIds.BackingFileNotAllowed)
            {
                if (failure is null || failure.Id == ErrorIds.BackingFileNotFound)
                    failure = error;
            }
        }

        throw failure ?? throw new ArgumentException("No name was given.", nameof(references));
    }
}
