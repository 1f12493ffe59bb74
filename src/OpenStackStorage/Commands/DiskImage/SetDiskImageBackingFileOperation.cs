using OpenStackStorage.Disks;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Commands;

/// <summary>Which image to put behind another one.</summary>
/// <param name="BackingFile">As the user wrote it; null with <see cref="None"/>.</param>
public sealed record SetDiskImageBackingFileRequest(string Path, string? BackingFile)
{
    public bool None { get; init; }

    public bool Unsafe { get; init; }

    public bool IgnoreIdMismatch { get; init; }

    public int? ThrottleLimit { get; init; }

    public bool AllowBackingFile { get; init; }

    public bool PassThru { get; init; }
}

/// <summary>
/// Puts another image behind an overlay, or none. The disk goes on showing the same, as what differs is copied into the
/// overlay first; only when that is said does the name alone change.
/// </summary>
public static class SetDiskImageBackingFileOperation
{
    public static void Run(SetDiskImageBackingFileRequest request, ICmdletHost host)
    {
        if (request.None == request.BackingFile is not null)
            throw Invalid(request, "Exactly one of -BackingFile and -None is needed.", "Name a backing file, or say -None.");
        if (request.IgnoreIdMismatch && !request.Unsafe)
            throw Invalid(request, "-IgnoreIdMismatch goes with -Unsafe: otherwise the disk shows the same whatever the identities are.", "Leave out -IgnoreIdMismatch.");
        OpenGate gate = Gates.For(request.AllowBackingFile);
        ImageOpenOptions open = new() { Gate = gate, OpensBacking = !request.Unsafe };
        (BackingFilePlan? backing, DiskImageFormat format, string action) = Plan(request, open, host);
        if (!host.ShouldProcess(request.Path, action))
            return;
        host.Execute(new WorkActivity("Changing the backing file", request.Path), work =>
        {
            using (DiskImage? behind = backing?.Open())
            using (ImageEditor editor = new(ImageFormats.OpenWritable(request.Path, open with { Format = format })))
            {
                if (!request.Unsafe)
                    ImageRebase.Rebase(editor, backing?.Name, behind, request.ThrottleLimit ?? Environment.ProcessorCount, work.Progress, work.Token);
                else
                {
                    editor.Image.SetBacking(backing?.Name, behind);
                    editor.Close();
                }
            }

            if (request.PassThru)
                work.WriteObject(DiskImageInfoReader.Read(request.Path, format));
        });
    }

    private static (BackingFilePlan? Backing, DiskImageFormat Format, string Action) Plan(SetDiskImageBackingFileRequest request, ImageOpenOptions open, ICmdletHost host)
    {
        using DiskImage image = ImageFormats.Open(request.Path, open);
        ImageFormat format = ImageFormats.Get(image.Format);
        ImageDescription description = format.Describe(image.File);
        if (description.BackingFile is null && (request.None || image.Format is not DiskImageFormat.Qcow2))
            throw Invalid(request, $"'{request.Path}' is a {format.Name} image without a backing file.", "Make an overlay with New-DiskImage -BackingFile.");
        BackingFilePlan? backing = MakeBacking(request, open.Gate, host);
        if (request.Unsafe && backing is not null && !request.IgnoreIdMismatch)
            ParentIdentity.Require(request.Path, description, backing);
        if (description.Snapshots.Count > 0)
            host.WriteWarning($"The {description.Snapshots.Count} snapshots of '{request.Path}' read through the backing file too, and nothing is copied into them.");
        return (backing, image.Format, Describe(description.BackingFile, backing, request.Unsafe));
    }

    private static BackingFilePlan? MakeBacking(SetDiskImageBackingFileRequest request, OpenGate gate, ICmdletHost host)
    {
        try
        {
            return BackingFilePlan.Make(request.BackingFile, request.Path, gate, host);
        }
        catch (StorageException error) when (error.Id == ErrorIds.DestinationIsSource)
        {
            throw new StorageException(ErrorIds.BackingChainInvalid, $"'{request.BackingFile}' reads through '{request.Path}' itself: the chain would have no end.", error)
            {
                Target = request.Path,
                Found = request.BackingFile,
            };
        }
    }

    private static string Describe(string? old, BackingFilePlan? backing, bool isUnsafe)
    {
        string was = old is null ? "none" : $"'{old}'";
        if (isUnsafe)
        {
            string change = backing is null ? $"Forget the backing file {was}" : $"Name the backing file '{backing.Name}' in place of {was}";
            return $"{change}, and copy nothing; where the image holds nothing itself, what it shows may change or be lost";
        }

        return backing is null
            ? $"Copy into the image what shows through from {was}, and forget that"
            : $"Change the backing file from {was} to '{backing.Name}', and copy into the image what differs";
    }

    private static StorageException Invalid(SetDiskImageBackingFileRequest request, string message, string remedy) =>
        new(ErrorIds.ParameterInvalid, message) { Target = request.Path, Remedy = remedy };
}
