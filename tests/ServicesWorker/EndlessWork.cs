using System.IO.Pipes;
using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Worker;

/// <summary>
/// Uploads, converts, deletes, restores and changes images in an order that a seed makes, until the process is killed: it ends
/// by itself only long after, where there is nobody to do so. Each
/// step is announced before it begins, "begin ID STATUS REVISION" with what is to be afterwards, and then reported, "end ID".
/// </summary>
/// <param name="scratch">The path of a file of its own, to upload from.</param>
internal sealed class EndlessWork(EmbeddedStore store, string scratch, Random random)
{
    private const int MostImages = 12;
    private const int MostSteps = 10_000;

    private readonly ImageService _images = store.Images(WorkImages.User);

    public void Run()
    {
        for (int step = 0; step < MostSteps; step++)
        {
            Image[] all = [.. _images.List(WorkImages.All)];
            if (all.Length < MostImages && (all.Length < 3 || random.Next(3) == 0))
                Upload(Create());
            else
                Change(all[random.Next(all.Length)]);
        }
    }

    private static T Announce<T>(ImageId id, ImageStatus status, int revision, Func<T> step)
    {
        Console.WriteLine($"begin {id} {status} {revision}");
        T result = step();
        Console.WriteLine($"end {id}");
        return result;
    }

    private Image Create()
    {
        ImageSpec spec = WorkImages.NewSpec(random) with { Id = ImageId.New() };
        return Announce(spec.Id!.Value, ImageStatus.Queued, 0, () => _images.Create(spec));
    }

    private void Change(Image image)
    {
        int choice = random.Next(6);
        switch (image.Status)
        {
            case ImageStatus.Queued when choice > 0:
                Upload(image);
                break;
            case ImageStatus.Active when choice == 0:
                Step(image, ImageStatus.Deactivated, () => _images.Deactivate(image.Id));
                break;
            case ImageStatus.Active when choice == 1:
                Step(image, ImageStatus.PendingDelete, () => Delete(image, delay: true));
                break;
            case ImageStatus.Active when choice < 4:
                int next = WorkImages.RevisionOf(image) + 1;
                Announce(image.Id, image.Status, next, () => _images.Update(image.Id, WorkImages.ChangeTo(next)));
                break;
            case ImageStatus.Deactivated when choice < 4:
                Step(image, ImageStatus.Active, () => _images.Reactivate(image.Id));
                break;
            case ImageStatus.PendingDelete when choice < 4:
                Step(image, ImageStatus.Active, () => _images.Restore(image.Id));
                break;
            default:
                Step(image, ImageStatus.Deleted, () => Delete(image, delay: false));
                break;
        }
    }

    private static void Step(Image image, ImageStatus status, Func<Image> step) => Announce(image.Id, status, WorkImages.RevisionOf(image), step);

    private Image Delete(Image image, bool delay)
    {
        _images.Delete(image.Id, delay);
        return image;
    }

    private void Upload(Image image)
    {
        byte[] disk = WorkImages.DiskOf(image);
        ImageUploadOptions options = new() { ConvertTo = image.DiskFormat == ImageDiskFormat.Qcow2 ? DiskImageFormat.Qcow2 : null };
        Step(image, ImageStatus.Active, () =>
        {
            switch (random.Next(3))
            {
                case 0:
                    File.WriteAllBytes(scratch, disk);
                    return Upload(image, new ImageContent.FromFile(scratch), options);
                case 1:
                    return Upload(image, new ImageContent.FromStream(new MemoryStream(disk), disk.Length), options);
                default: // read once, its length not known
                    using (AnonymousPipeServerStream pipe = new(PipeDirection.Out))
                    using (AnonymousPipeClientStream end = new(PipeDirection.In, pipe.ClientSafePipeHandle))
                    {
                        _ = Task.Run(() =>
                        {
                            pipe.Write(disk);
                            pipe.Dispose();
                        });
                        return Upload(image, new ImageContent.FromStream(end, null), options);
                    }
            }
        });
    }

    private Image Upload(Image image, ImageContent content, ImageUploadOptions options) =>
        _images.Upload(image.Id, content, options, new WorkProgress(), CancellationToken.None);
}
