using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Which image to give which size.</summary>
public sealed record ResizeDiskImageRequest(string Path, ulong Size)
{
    public bool Shrink { get; init; }

    public Preallocation Preallocation { get; init; }

    public bool MoveBackupGpt { get; init; }

    public DiskImageFormat? SourceFormat { get; init; }

    public bool AllowBackingFile { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>Grows or shrinks the disk in an image. The plan reads the partition table, so that no partition is cut.</summary>
public static class ResizeDiskImageOperation
{
    public static void Run(ResizeDiskImageRequest request, ICmdletHost host)
    {
        long size = Sizes.ToInt64(request.Size, "Size");
        (ImageOpenOptions open, int sectorSize, string action) = Plan(request, size, host);
        if (!host.ShouldProcess(request.Path, action))
            return;
        host.Execute(new WorkActivity("Resizing", request.Path), work =>
        {
            using (ImageEditor editor = new(ImageFormats.OpenWritable(request.Path, open)))
                Resize(editor, request, size, sectorSize, work);
            if (request.PassThru)
                work.WriteObject(DiskImageInfoReader.Read(request.Path, open.Format));
        });
    }

    private static void Resize(ImageEditor editor, ResizeDiskImageRequest request, long size, int sectorSize, IWork work)
    {
        long old = editor.Length;
        if (size < old && request.MoveBackupGpt)
            GptRelocation.MoveBackup(editor, sectorSize, size, request.Path);
        if (size != old)
            editor.Resize(size);
        if (size > old && request.Preallocation != Preallocation.Off)
        {
            work.Progress.Total = size - old;
            editor.Preallocate(new GuestOffset(old), editor.Length - old, request.Preallocation, work.Progress, work.Token);
        }

        if (size >= old && request.MoveBackupGpt)
            GptRelocation.MoveBackup(editor, sectorSize, editor.Length, request.Path);
        editor.Close();
    }

    private static (ImageOpenOptions Open, int SectorSize, string Action) Plan(ResizeDiskImageRequest request, long size, ICmdletHost host)
    {
        ImageOpenOptions open = new() { Format = request.SourceFormat, Gate = Gates.For(request.AllowBackingFile) };
        using DiskImage image = ImageFormats.Open(request.Path, open);
        ImageFormat format = ImageFormats.Get(image.Format);
        if (image.Format == DiskImageFormat.Raw && request.SourceFormat is null)
        {
            throw new StorageException(ErrorIds.ImageFormatMismatch, $"'{request.Path}' has no known format. Its length is changed as that of a raw image only when that is said.")
            {
                Target = request.Path,
                Found = "no known format",
                Remedy = "Add -SourceFormat Raw.",
            };
        }

        long old = image.VirtualSize;
        int sectorSize = image.LogicalSectorSize;
        long? smallest = GptRelocation.SmallestDisk(new ImageReader(image), sectorSize, request.Path);
        RefuseMove(request, smallest, size);
        if (size < old)
            PlanShrink(request, image, size, sectorSize, smallest);
        if ((size < old || (size > old && format.OverlaysKnowContent)) && Overlays.Of(request.Path) is { Count: > 0 } overlays)
            throw Overlays.Refusal(request.Path, overlays);
        if (size > old && smallest is not null && !request.MoveBackupGpt)
            host.WriteWarning($"The backup GPT of '{request.Path}' stays where it is, before the end of the disk. -MoveBackupGpt moves it and makes the new space usable.");
        string change = $"{format.Name} from {ByteSize.Format(old)} to {ByteSize.Format(size)}";
        string action = size.CompareTo(old) switch
        {
            > 0 => $"Grow {change}",
            < 0 => $"Shrink {change}; the last {ByteSize.Format(old - size)} of the disk are lost",
            _ => $"Keep {format.Name} at {ByteSize.Format(size)}",
        };
        return (open with { Format = image.Format }, sectorSize, request.MoveBackupGpt ? $"{action}, and move the backup GPT" : action);
    }

    private static void RefuseMove(ResizeDiskImageRequest request, long? smallest, long size)
    {
        if (!request.MoveBackupGpt)
            return;
        if (smallest is not { } needed)
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{request.Path}' has no GPT whose backup could be moved.") { Target = request.Path, Remedy = "Leave out -MoveBackupGpt." };
        if (size < needed)
            throw Cut(request.Path, $"its GPT and partitions end at byte {needed}", size, needed);
    }

    private static void PlanShrink(ResizeDiskImageRequest request, DiskImage image, long size, int sectorSize, long? smallest)
    {
        if (!request.Shrink)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"'{request.Path}' has {image.VirtualSize} bytes, more than -Size {size}: what lies behind would be lost.")
            {
                Target = request.Path,
                Found = $"{size}",
                Expected = $"at least {image.VirtualSize}",
                Remedy = "Add -Shrink to make the disk smaller.",
            };
        }

        PartitionTable table = PartitionTable.Read(new ImageReader(image), sectorSize, request.Path);
        if (table.Partitions.MaxBy(partition => partition.End) is { } last && last.End.Value > size)
            throw Cut(request.Path, $"partition {last.Number} ends at byte {last.End.Value}", size, last.End.Value);
        if (smallest is not null && !request.MoveBackupGpt)
        {
            throw new StorageException(ErrorIds.ParameterInvalid, $"The backup GPT of '{request.Path}' lies at the end of the disk and would be cut off.")
            {
                Target = request.Path,
                Remedy = "Add -MoveBackupGpt.",
            };
        }
    }

    private static StorageException Cut(string path, string why, long size, long needed) =>
        new(ErrorIds.PartitionWouldBeCut, $"'{path}' can't get {size} bytes: {why}.")
        {
            Target = path,
            Found = $"{size}",
            Expected = $"at least {needed}",
        };
}
