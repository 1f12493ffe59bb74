using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>What to convert, and into what. <see cref="Path"/> is a full path; <see cref="DestinationPath"/> is as the user wrote it.</summary>
public sealed record ConvertDiskImageRequest(string Path, DiskImageFormat Format)
{
    public string? DestinationPath { get; init; }

    public DiskImageFormat? SourceFormat { get; init; }

    public string? SubFormat { get; init; }

    public bool Compress { get; init; }

    public int? CompressionLevel { get; init; }

    public CompressionType CompressionType { get; init; }

    public ulong? ClusterSize { get; init; }

    public string? Snapshot { get; init; }

    public ulong? SparseSize { get; init; }

    public string? BackingFile { get; init; }

    public bool Salvage { get; init; }

    public bool Verify { get; init; }

    public int? ThrottleLimit { get; init; }

    public bool AllowBackingFile { get; init; }

    public bool Force { get; init; }

    /// <summary>What the same pipeline writes from earlier images: -Force never replaces those.</summary>
    public ISet<string> Destinations { get; init; } = new HashSet<string>();
}

/// <summary>Converts one image. The plan opens the source and settles everything that can be refused; nothing is written before it stands.</summary>
public static class ConvertDiskImageOperation
{
    /// <summary>Endings that are no format's own, of files that are converted as raw.</summary>
    private static readonly string[] ForeignExtensions = [".bin", ".dd", ".iso"];

    public static void Run(ConvertDiskImageRequest request, ICmdletHost host)
    {
        ImageFormat target = ImageFormats.Get(request.Format);
        RefuseContradictions(request, target);
        string destination = Destination(request, target, host);
        BackingFilePlan? backing = BackingFilePlan.Make(request.BackingFile, destination, Gates.For(request.AllowBackingFile), host);
        (ImageOpenOptions open, ConversionOptions options, string action) = Plan(request, target, destination, backing, host);
        request.Destinations.Add(destination);
        if (!host.ShouldProcess(destination, action))
            return;
        host.Execute(new WorkActivity($"Converting to {target.Name}", request.Path), work =>
        {
            using (DiskImage source = ImageFormats.Open(request.Path, open))
            using (DiskImage? opened = backing?.Open())
                ImageConverter.Convert(source, destination, options with { Create = options.Create with { Backing = opened } }, work.Progress, work.Token);
            WriteResult(request, destination, options.Losses, work);
        });
    }

    private static void RefuseContradictions(ConvertDiskImageRequest request, ImageFormat target)
    {
        if (request.CompressionLevel is not null && !target.Compresses(request.SubFormat, request.Compress))
            throw new StorageException(ErrorIds.ParameterInvalid, "-CompressionLevel has no effect without -Compress.") { Remedy = "Add -Compress." };
        if (request.SparseSize is not null && request.Format != DiskImageFormat.Raw)
            throw new StorageException(ErrorIds.ParameterInvalid, "-SparseSize is for raw images only.") { Remedy = "Leave it out: other formats store no cluster of zeroes." };
    }

    private static string Destination(ConvertDiskImageRequest request, ImageFormat target, ICmdletHost host)
    {
        string beside = WithExtension(request.Path, target.Extensions[0]);
        string destination = request.DestinationPath is null ? beside : host.ResolveNewPath(request.DestinationPath);
        if (Directory.Exists(destination))
            destination = Path.Combine(destination, Path.GetFileName(beside));
        if (request.Destinations.Contains(destination))
        {
            throw new StorageException(ErrorIds.DestinationExists, $"'{destination}' is taken by an earlier image of this pipeline.")
            {
                Target = destination,
                Remedy = "Let -DestinationPath name a folder, so that each image gets a file of its own.",
            };
        }

        return destination;
    }

    /// <summary>Only an image's ending is replaced: "ubuntu-22.04" becomes "ubuntu-22.04.qcow2".</summary>
    private static string WithExtension(string path, string extension) =>
        ImageFormats.All.SelectMany(format => format.Extensions).Concat(ForeignExtensions).Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            ? Path.ChangeExtension(path, extension)
            : path + extension;

    private static (ImageOpenOptions Open, ConversionOptions Options, string Action) Plan(
        ConvertDiskImageRequest request, ImageFormat target, string destination, BackingFilePlan? backing, ICmdletHost host)
    {
        ImageOpenOptions open = new() { Format = request.SourceFormat, Snapshot = request.Snapshot, Gate = Gates.For(request.AllowBackingFile), Salvage = request.Salvage };
        using DiskImage source = ImageFormats.Open(request.Path, open);
        string sourceName = ImageFormats.Get(source.Format).Name;
        if (request.SourceFormat is null)
            host.WriteVerbose($"'{request.Path}' is {sourceName} by its content");
        ImageCreateOptions create = new()
        {
            VirtualSize = source.VirtualSize,
            SubFormat = request.SubFormat,
            Compress = request.Compress,
            CompressionType = request.CompressionType,
            CompressionLevel = request.CompressionLevel,
            ClusterSize = Sizes.ToInt32(request.ClusterSize, "ClusterSize"),
            SparseSize = Sizes.ToInt32(request.SparseSize, "SparseSize"),
            BackingFile = backing?.Name,
            BackingFormat = backing?.Format,
        };
        target.Validate(create);
        ConversionOptions options = new()
        {
            Format = request.Format,
            Create = create,
            Overwrite = request.Force,
            Verify = request.Verify,
            Losses = request.Salvage ? new SalvageLog() : null,
            // The user named the backing file, wherever it is.
            Gate = Gates.For(request.AllowBackingFile || Path.IsPathRooted(backing?.Name)),
            Threads = request.ThrottleLimit ?? Environment.ProcessorCount,
        };
        ImageConverter.RequireDestination(source, destination, options);
        string codec = target.Compresses(request.SubFormat, request.Compress) ? $" ({request.CompressionType.ToString().ToLowerInvariant()})" : "";
        string over = backing is null ? "" : $" over {backing.Name}";
        // The format was settled here, once: opening again must not settle it anew.
        return (open with { Format = source.Format }, options, $"Convert {sourceName} of {ByteSize.Format(source.VirtualSize)} to {target.Name}{codec}{over}");
    }

    /// <summary>Shows the new image. A raw one may hold, as its guest's data, what looks like an image of another format.</summary>
    private static void WriteResult(ConvertDiskImageRequest request, string path, SalvageLog? losses, IWork work)
    {
        DiskImageLostRange[] lost = [.. (losses?.Ranges() ?? []).Select(ToModel)];
        if (lost is [var first, ..])
        {
            work.WriteWarning($"'{request.Path}' lost {ByteSize.Format(lost.Sum(range => range.Length))}, which are zeroes in '{path}'. "
                + $"LostRanges of the output lists {lost.Length}; the first has {first.Length} bytes at {first.Start}: {first.Reason}");
        }

        using FileBlockDevice device = FileBlockDevice.OpenRead(path);
        InspectionResult inspection = ImageInspector.Inspect(device);
        if (request.Format == DiskImageFormat.Raw && inspection.ImageFormat != "raw")
            work.WriteWarning($"The data of '{path}' starts like a {inspection.ImageFormat} image: name its format, raw, wherever it is used, and let no program guess it.");
        DiskImageInfo info = DiskImageInfoReader.Read(device, path, request.Format, inspection);
        info.LostRanges = lost;
        work.WriteObject(info);
    }

    private static DiskImageLostRange ToModel(LostRange range) => new() { Start = range.Start.Value, Length = range.Length, Reason = range.Reason };
}
