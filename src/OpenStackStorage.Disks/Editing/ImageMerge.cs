namespace OpenStackStorage.Disks;

/// <summary>
/// Writes what an image, and the images between, hold beyond one of its ancestors into that ancestor, as qemu-img commit
/// does. What the merged images hold is only read: they show the same as before, and a merge that was stopped can be done
/// again.
/// </summary>
public static class ImageMerge
{
    /// <param name="top">The image whose content the ancestor gets; open with its chain.</param>
    /// <param name="ancestor">The one of the chain that gets it.</param>
    /// <param name="target">The same image, open for writing.</param>
    public static void Merge(DiskImage top, DiskImage ancestor, ImageEditor target, int threads, WorkProgress progress, CancellationToken token)
    {
        progress.Total = top.VirtualSize;
        if (target.Length < top.VirtualSize)
            target.Resize(top.VirtualSize); // a longer ancestor keeps its length, as with qemu
        new Layers(new ImageReader(top, ancestor), target, progress).Copy(threads, token);
        target.Close();
    }

    /// <summary>
    /// Has the image next over the target go on knowing it, where it does so by what the target holds. Once before the
    /// merge, so that it knows the target of before and of after; once after it, so that it knows the merged one alone.
    /// </summary>
    /// <param name="overlay">Path of the image next over the target; nobody has it open.</param>
    public static void Introduce(WritableImage target, string overlay, DiskImageFormat format, bool isMerged)
    {
        if (target.ContentIds is not { } ids || format != target.Format)
            return;
        using WritableImage image = ImageFormats.OpenWritable(overlay, new ImageOpenOptions { Format = format, OpensBacking = false });
        image.SetBackingId(ids.Now, isMerged ? null : ids.Next);
        image.Close();
    }

    private sealed class Layers(ImageReader layers, ImageEditor target, WorkProgress progress) : ImageEdit(target, layers.Length, progress)
    {
        private readonly ExtentWalk _walk = new(layers);

        protected override (Extent? Needed, long Length) Map(GuestOffset start, GuestOffset end)
        {
            Extent extent = _walk.At(start, end);
            return (extent.Kind == ExtentKind.Backing ? null : extent, extent.Length);
        }

        protected override void Read(GuestOffset start, Span<byte> bytes) => layers.Read(start, bytes);

        protected override bool ReadPresent(GuestOffset start, Span<byte> bytes) => false;
    }
}
