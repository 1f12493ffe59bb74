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

        BackingFilePlan? backing = BackingFilePlan.Make(request.BackingFile, path, OpenGate.SameFolder, host);
        ImageCreateOptions options = Options(request, backing);
        ImageFormat format = ImageFormats.Get(request.Format);
        format.Validate(options);
        PendingImage.ThrowIfExists(format, path, options, request.Force);
        string over = backing is null ? "" : $" over {backing.Name}";
        if (!host.ShouldProcess(path, $"Create {format.Name} image of {ByteSize.Format(options.VirtualSize)}{over}"))
            return;
        host.Execute(new WorkActivity($"Creating {format.Name} image", path), work =>
        {
            using (DiskImage? opened = backing?.Open())
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

    private static ImageCreateOptions Options(NewDiskImageRequest request, BackingFilePlan? backing) => new()
    {
        VirtualSize = request.Size is null && backing is not null ? backing.VirtualSize : Sizes.ToInt64(request.Size ?? 0, "Size"),
        SubFormat = request.SubFormat,
        ClusterSize = Sizes.ToInt32(request.ClusterSize, "ClusterSize"),
        CompressionType = request.CompressionType,
        BackingFile = backing?.Name,
        BackingFormat = backing?.Format,
        Preallocation = request.Preallocation,
        Options = request.Options,
    };
}
