namespace OpenStackStorage.Disks;

/// <summary>
/// Puts another image behind an overlay, or none, while the overlay goes on reading the same: where old and new backing
/// differ, the old one's bytes are copied into the overlay first. The overlay names the new one last, so that a stop at any
/// moment leaves it as it was, only larger.
/// </summary>
public static class ImageRebase
{
    /// <param name="overlay">The overlay, open for writing, with its old chain.</param>
    /// <param name="name">The new backing file's name as it is to stand in the overlay; null for none.</param>
    /// <param name="backing">The image of that name; null for none.</param>
    public static void Rebase(ImageEditor overlay, string? name, DiskImage? backing, int threads, WorkProgress progress, CancellationToken token)
    {
        overlay.Image.ValidateBacking(name, backing);
        progress.Total = overlay.Length;
        overlay.Image.RecordsAllZeroes = backing is not null; // what was behind may be shorter, or nothing at all
        new Difference(overlay, backing, progress).Copy(threads, token);
        overlay.Flush();
        overlay.Image.SetBacking(name, backing);
        overlay.Close();
    }

    /// <summary>What shows through from the old backing image and is not the same in the new one.</summary>
    private sealed class Difference(ImageEditor overlay, DiskImage? backing, WorkProgress progress) : ImageEdit(overlay, overlay.Length, progress)
    {
        private readonly ImageReader? _old = overlay.Image.Backing is { } image ? new ImageReader(image) : null;
        private readonly ImageReader? _new = backing is null ? null : new ImageReader(backing);
        private readonly ExtentWalk _ownWalk = new(overlay.Length, overlay.MapOwn);
        private readonly ExtentWalk _oldWalk = WalkOrZero(overlay.Image.Backing);
        private readonly ExtentWalk _newWalk = WalkOrZero(backing);

        protected override (Extent? Needed, long Length) Map(GuestOffset start, GuestOffset end)
        {
            Extent own = _ownWalk.At(start, end);
            if (own.Kind is not (ExtentKind.Backing or ExtentKind.Unallocated))
                return (null, own.Length);
            Extent old = _oldWalk.At(start, own.End);
            Extent now = _newWalk.At(start, old.End);
            bool same = old.ReadsAsZeroes ? now.ReadsAsZeroes : old.IsSamePlaceAs(now);
            return (same ? null : old, now.Length);
        }

        protected override void Read(GuestOffset start, Span<byte> bytes) => ReadOrZero(_old, start, bytes);

        protected override bool ReadPresent(GuestOffset start, Span<byte> bytes)
        {
            ReadOrZero(_new, start, bytes);
            return true;
        }

        /// <summary>No image at all reads as zeroes.</summary>
        private static ExtentWalk WalkOrZero(DiskImage? image) =>
            image is null ? new ExtentWalk(0, (start, end) => new Extent(start, end - start, ExtentKind.Unallocated)) : new ExtentWalk(new ImageReader(image));

        private static void ReadOrZero(ImageReader? reader, GuestOffset start, Span<byte> bytes)
        {
            int stored = reader is null ? 0 : (int)Math.Clamp(reader.Length - start.Value, 0, bytes.Length);
            if (stored > 0)
                reader!.Read(start, bytes[..stored]);
            bytes[stored..].Clear();
        }
    }
}
