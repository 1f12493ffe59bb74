namespace OpenStackStorage.Disks;

/// <summary>What a conversion makes and how.</summary>
public sealed record ConversionOptions
{
    public required DiskImageFormat Format { get; init; }

    /// <summary>The new image; its virtual size is taken from the source.</summary>
    public required ImageCreateOptions Create { get; init; }

    /// <summary>Replace an existing file, or write over a block device.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Read the new image back and compare it with the source before it gets its name.</summary>
    public bool Verify { get; init; }

    /// <summary>Go on where the source can't be read: its lost ranges become zeroes and are told of here. Null to fail there.</summary>
    public SalvageLog? Losses { get; init; }

    /// <summary>What decides whether the new image's backing file is opened when it is read back.</summary>
    public OpenGate Gate { get; init; } = OpenGate.Deny;

    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Converts a disk from one image to another.</summary>
public static class ImageConverter
{
    /// <summary>
    /// Writes the guest's disk of <paramref name="source"/> to a new file or onto a block device. A file gets its name when
    /// it is complete; when the conversion fails or is stopped, nothing of it remains. A device is left partly written then.
    /// </summary>
    /// <exception cref="StorageException">See <see cref="ErrorIds"/>; <see cref="ErrorIds.VerificationFailed"/> only with <see cref="ConversionOptions.Verify"/>.</exception>
    public static void Convert(DiskImage source, string destination, ConversionOptions options, WorkProgress progress, CancellationToken token)
    {
        options = options with { Create = options.Create with { VirtualSize = source.VirtualSize } };
        progress.Total = source.VirtualSize * (options.Verify ? 2 : 1);
        RequireDestination(source, destination, options);
        if (FileBlockDevice.IsBlockDevicePath(destination))
        {
            using FileBlockDevice device = FileBlockDevice.OpenExclusive(destination);
            Write(source, [new ImageFile(destination, device)], options, progress, token);
            device.Flush(token);
            if (options.Verify)
                Verify(source, destination, destination, options.Gate, options, progress, token);
            return;
        }

        using PendingImage pending = PendingImage.Create(ImageFormats.Get(options.Format), destination, options.Create, options.Overwrite);
        Write(source, pending.Files, options, progress, token);
        if (options.Verify)
            Verify(source, pending.Device.Path, destination, pending.GateOver(options.Gate), options, progress, token);
        pending.Commit(options.Overwrite, token);
    }

    /// <summary>
    /// Writes the guest's disk of <paramref name="source"/> into an empty file that the caller made. The caller flushes it,
    /// names it, and removes it when this fails or is stopped.
    /// </summary>
    /// <param name="options"><see cref="ConversionOptions.Overwrite"/> and <see cref="ConversionOptions.Verify"/> mean nothing here.</param>
    public static void Convert(DiskImage source, ImageFile destination, ConversionOptions options, WorkProgress progress, CancellationToken token)
    {
        options = options with { Create = options.Create with { VirtualSize = source.VirtualSize } };
        if (ImageFormats.Get(options.Format).FilesOf(destination.Path, options.Create).Count > 1)
            throw new StorageException(ErrorIds.ParameterInvalid, $"A {options.Create.SubFormat} image consists of several files; one file was expected.") { Target = destination.Path };
        Write(source, [destination], options, progress, token);
    }

    /// <summary>Refuses a destination that exists (unless it may be overwritten) or that the source is read from.</summary>
    public static void RequireDestination(DiskImage source, string destination, ConversionOptions options)
    {
        if (FileBlockDevice.IsBlockDevicePath(destination))
        {
            RequireDevice(source, destination, options);
            return;
        }

        ImageFormat format = ImageFormats.Get(options.Format);
        foreach (string path in format.FilesOf(destination, options.Create).Where(File.Exists))
            RequireNoSource(source, path);
        PendingImage.ThrowIfExists(format, destination, options.Create, options.Overwrite);
    }

    /// <summary>Refuses a device that is in use or too small. What other formats than raw need is known only when they are written.</summary>
    private static void RequireDevice(DiskImage source, string destination, ConversionOptions options)
    {
        if (!options.Overwrite)
        {
            throw new StorageException(ErrorIds.DestinationExists, $"'{destination}' is a block device: all that it holds would be lost.")
            {
                Target = destination,
                Remedy = "Add -Force to write over the device. Should the conversion be stopped, the device is left partly written.",
            };
        }

        if (ImageFormats.Get(options.Format).FilesOf(destination, options.Create).Count > 1)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{destination}' is a block device, and a {options.Create.SubFormat} image consists of several files.") { Target = destination };
        RequireNoSource(source, destination);
        using FileBlockDevice device = FileBlockDevice.OpenExclusive(destination);
        if (options.Format == DiskImageFormat.Raw)
            RawWriter.RequireRoom(device, source.VirtualSize);
    }

    /// <summary>Refuses an existing destination that the source, or what is behind it, is read from.</summary>
    public static void RequireNoSource(DiskImage source, string destination)
    {
        using FileBlockDevice existing = FileBlockDevice.OpenRead(destination);
        if (source.Chain().SelectMany(image => image.Files).Any(file => file.IsSameAs(existing)))
            throw new StorageException(ErrorIds.DestinationIsSource, $"'{destination}' is what '{source.File.Path}' is read from.") { Target = destination };
    }

    private static void Write(DiskImage source, IReadOnlyList<ImageFile> files, ConversionOptions options, WorkProgress progress, CancellationToken token)
    {
        using ImageWriter writer = ImageFormats.Get(options.Format).Create(files, options.Create);
        writer.Preallocate(new WorkProgress(), token);
        ImageReader? backing = options.Create.Backing is { } image ? new ImageReader(image) : null;
        new ImageCopy(new ImageReader(source, losses: options.Losses), backing, writer, progress).Copy(options.Threads, token);
        writer.Finish();
    }

    private static void Verify(DiskImage source, string written, string destination, OpenGate gate, ConversionOptions options, WorkProgress progress, CancellationToken token)
    {
        using DiskImage copy = ImageFormats.Open(written, new ImageOpenOptions { Format = options.Format, Gate = gate });
        ImageDifference? first = null;
        // The copy may be longer: a new image by the rest of a sector, a device by all that lies behind the disk.
        ComparisonOptions compare = new() { Length = source.VirtualSize, Losses = options.Losses, Threads = options.Threads };
        ImageComparison.Run(source, copy, compare, difference => first ??= difference, progress, token);
        if (first is { } found)
        {
            throw new StorageException(ErrorIds.VerificationFailed,
                $"'{destination}' as written differs from '{source.File.Path}' at guest offset {found.Start.Value} for {found.Length} bytes.")
            {
                Target = source.File.Path,
            };
        }
    }
}
