using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;

namespace OpenStackStorage.Commands;

/// <summary>Which image to map, and which part of its disk.</summary>
public sealed record GetDiskImageExtentRequest(
    string Path, ulong? Offset = null, ulong? Length = null, DiskImageFormat? SourceFormat = null, bool AllowBackingFile = false);

/// <summary>Writes the extents of a disk in order, as they are found. Only tables are read.</summary>
public static class GetDiskImageExtentOperation
{
    public static void Run(GetDiskImageExtentRequest request, ICmdletHost host) =>
        host.Execute(new WorkActivity("Mapping disk image", request.Path), work =>
        {
            ImageOpenOptions options = new() { Format = request.SourceFormat, Gate = Gates.For(request.AllowBackingFile) };
            using DiskImage image = ImageFormats.Open(request.Path, options);
            ulong size = (ulong)image.VirtualSize;
            ulong offset = request.Offset ?? 0;
            if (offset > size)
                throw new StorageException(ErrorIds.ParameterInvalid, $"-Offset {offset} lies behind the disk of {size} bytes.") { Target = request.Path };
            GuestOffset start = new((long)offset);
            GuestOffset end = start + (long)Math.Min(request.Length ?? size, size - offset);
            foreach (MappedRun run in ImageMap.Runs(image, start, end, work.Progress, work.Token))
                work.WriteObject(ToModel(request.Path, run));
        });

    private static DiskImageExtent ToModel(string path, in MappedRun run) => new()
    {
        Path = path,
        Start = run.Start.Value,
        Length = run.Length,
        Kind = run.Kind.ToString(),
        Depth = run.Depth,
        HostOffset = run.Host?.Value,
        File = run.Device.Path,
    };
}
