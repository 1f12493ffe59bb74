using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>The image to measure: for the disk at <see cref="Path"/>, or an empty one of <see cref="Size"/> bytes.</summary>
public sealed record MeasureDiskImageRequest(string? Path, DiskImageFormat Format)
{
    public ulong? Size { get; init; }

    public string? SubFormat { get; init; }

    public ulong? ClusterSize { get; init; }

    public Preallocation Preallocation { get; init; }

    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    public string? Snapshot { get; init; }

    public DiskImageFormat? SourceFormat { get; init; }

    public bool AllowBackingFile { get; init; }
}

/// <summary>Writes the bytes that a new image is going to have. No data is read, and nothing is written.</summary>
public static class MeasureDiskImageOperation
{
    public static void Run(MeasureDiskImageRequest request, ICmdletHost host)
    {
        ImageFormat format = ImageFormats.Get(request.Format);
        host.Execute(new WorkActivity($"Measuring {format.Name} image", request.Path ?? format.Name), work =>
        {
            using DiskImage? source = request.Path is null ? null : ImageFormats.Open(request.Path,
                new ImageOpenOptions { Format = request.SourceFormat, Snapshot = request.Snapshot, Gate = Gates.For(request.AllowBackingFile) });
            ImageCreateOptions create = new()
            {
                VirtualSize = source?.VirtualSize ?? Sizes.ToInt64(request.Size ?? 0, "Size"),
                SubFormat = request.SubFormat,
                ClusterSize = Sizes.ToInt32(request.ClusterSize, "ClusterSize"),
                Preallocation = request.Preallocation,
                Options = request.Options,
            };
            ImageMeasure measure = ImageMeasurement.Measure(format, create, source, Environment.ProcessorCount, work.Progress, work.Token);
            work.WriteObject(new DiskImageMeasure
            {
                Path = request.Path,
                Format = format.Name,
                VirtualSize = create.VirtualSize,
                Required = measure.Required,
                FullyAllocated = measure.FullyAllocated,
            });
        });
    }
}
