namespace OpenStackStorage.Disks;

/// <summary>Gives an image another disk's content in place. One that was stopped holds some of both.</summary>
public static class ImageOverwrite
{
    /// <param name="content">No longer than the target; what is behind its end becomes zeroes there.</param>
    public static void Overwrite(DiskImage content, ImageEditor target, int threads, WorkProgress progress, CancellationToken token)
    {
        progress.Total = content.VirtualSize;
        new Content(new ImageReader(content), target, progress).Copy(threads, token);
        target.Zero(new GuestOffset(content.VirtualSize), target.Length - content.VirtualSize, free: true);
        target.Close();
    }

    private sealed class Content(ImageReader content, ImageEditor target, WorkProgress progress) : ImageEdit(target, content.Length, progress)
    {
        private readonly ExtentWalk _walk = new(content);

        protected override (Extent? Needed, long Length) Map(GuestOffset start, GuestOffset end)
        {
            Extent extent = _walk.At(start, end);
            return (extent, extent.Length);
        }

        protected override void Read(GuestOffset start, Span<byte> bytes) => content.Read(start, bytes);

        protected override bool ReadPresent(GuestOffset start, Span<byte> bytes) => false;
    }
}
