using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>The image to make. Paths are as the user wrote them.</summary>
public sealed record NewDiskImageRequest(string Path, DiskImageFormat Format)
{
    public ulong? Size { get; init; }

    public string? BackingFile { get; init; }

    public string? SubFormat { get; init; }

    public ulong? ClusterSize { get; init; }

    public Preallocation Preallocation { get; init; }

    public CompressionType CompressionType { get; init; }

    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    public bool Force { get; init; }
}

/// <summary>Makes a new image; its size and format come from the backing file where there is one.</summary>
public static class NewDiskImageOperation
{
    public static void Run(NewDiskImageRequest request, ICmdletHost host)
    {
        string path = host.ResolveNewPath(request.Path);
        if (FileBlockDevice.IsBlockDevicePath(path))
        {
            throw new StorageException(ErrorIds.PathNotSupported, $"'{path}' is a block device; New-DiskImage makes files.")
            {
                Target = path,
                Remedy = "Write an image onto a device with Convert-DiskImage -Force.",
            };
        }

        string? backingPath = request.BackingFile is null ? null : host.ResolvePaths(request.BackingFile, literal: true)[0];
        ImageCreateOptions options = Plan(request, path, backingPath, host);
        ImageFormat format = ImageFormats.Get(request.Format);
        format.Validate(options);
        PendingImage.ThrowIfExists(format, path, options, request.Force);
        string backing = options.BackingFile is null ? "" : $" over {options.BackingFile}";
        if (!host.ShouldProcess(path, $"Create {format.Name} image of {ByteSize.Format(options.VirtualSize)}{backing}"))
            return;
        host.Execute(new WorkActivity($"Creating {format.Name} image", path), work =>
        {
            using (DiskImage? opened = backingPath is null ? null : OpenBacking(backingPath, options.BackingFormat))
            using (PendingImage pending = PendingImage.Create(format, path, options, request.Force))
            {
                using (ImageWriter writer = format.Create(pending.Files, options with { Backing = opened }))
                {
                    writer.Preallocate(work.Progress, work.Token);
                    writer.Finish();
                }

                pending.Commit(request.Force, work.Token);
            }

            work.WriteObject(DiskImageInfoReader.Read(path, request.Format));
        });
    }

    private static ImageCreateOptions Plan(NewDiskImageRequest request, string path, string? backingPath, ICmdletHost host)
    {
        ImageCreateOptions options = new()
        {
            VirtualSize = Sizes.ToInt64(request.Size ?? 0, "Size"),
            SubFormat = request.SubFormat,
            ClusterSize = Sizes.ToInt32(request.ClusterSize, "ClusterSize"),
            CompressionType = request.CompressionType,
            Preallocation = request.Preallocation,
            Options = request.Options,
        };
        if (backingPath is null)
            return options;

        using DiskImage backing = OpenBacking(backingPath, format: null);
        if (File.Exists(path))
            ImageConverter.RequireNoSource(backing, path);
        string name = Path.GetDirectoryName(backingPath) == Path.GetDirectoryName(path) ? Path.GetFileName(backingPath) : backingPath;
        if (name == backingPath)
            host.WriteWarning($"'{backingPath}' is in another folder than '{path}': reading the new image will need -AllowBackingFile.");
        host.WriteVerbose($"backing file '{name}' is {ImageFormats.Get(backing.Format).Name} of {ByteSize.Format(backing.VirtualSize)}");
        return options with
        {
            BackingFile = name,
            BackingFormat = backing.Format,
            VirtualSize = request.Size is null ? backing.VirtualSize : options.VirtualSize,
        };
    }

    private static DiskImage OpenBacking(string path, DiskImageFormat? format) =>
        ImageFormats.Open(path, new ImageOpenOptions { Format = format, Gate = OpenGate.SameFolder });
}
