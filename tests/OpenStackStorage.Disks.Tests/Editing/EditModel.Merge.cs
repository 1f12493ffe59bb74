namespace OpenStackStorage.Disks.Tests;

/// <content>Overlays that are written to and merged into the image.</content>
internal sealed partial class EditModel
{
    /// <summary>Merges one overlay or two, one over the other. They may be shorter or longer than what is behind them.</summary>
    private void Merge()
    {
        int target = _length;
        int[] sizes = _random.Next(4) == 0
            ? [OverlaySize(target, isTop: false), OverlaySize(target, isTop: true)]
            : [OverlaySize(target, isTop: true)];
        byte[]? original = sizes.Min() < target ? Disk.ToArray() : null;
        List<(int Offset, int Length)> changes = [];
        DiskImage top = Editor.Image;
        foreach (int size in sizes)
        {
            ImageEditor overlay = new(Overlay(top, size));
            SetLength((int)overlay.Length); // what a shorter one cuts off is zero in a longer one over it
            changes.AddRange([Change(overlay), Change(overlay)]);
            top = overlay.Image;
        }

        ImageMerge.Merge(top, Editor.Image, Editor, 1, new WorkProgress(), CancellationToken.None);
        int merged = _length;
        if (merged < target)
        {
            SetLength(target); // a longer image keeps its length, and what it has there
            original.AsSpan(merged).CopyTo(Disk[merged..]);
        }

        Reopen();
        if (original is not null)
            Compare(0, _length);
        foreach ((int offset, int length) in changes.Where(change => change.Offset < _length))
            CompareAround(offset, Math.Min(length, _length - offset));
        CompareAround(target, _length - target);
    }

    private (int Offset, int Length) Change(ImageEditor overlay)
    {
        (int offset, int length) = Range();
        if (_random.Next(3) == 0)
            Zero(overlay, offset, length);
        else
            Write(overlay, offset, length);
        return (offset, length);
    }

    /// <summary>Mostly that of the image. The top one may be longer only where the image can become so too.</summary>
    private int OverlaySize(int target, bool isTop)
    {
        if (_random.Next(4) != 0)
            return target;
        int size = Math.Max(512, Sizes is null ? _random.Next(1, 2 * target / 512) * 512 : RandomSize());
        return isTop && Sizes is null ? Math.Min(size, target) : size;
    }

    /// <summary>An empty image in memory over another one.</summary>
    private static Qcow2WritableImage Overlay(DiskImage below, int size)
    {
        MemoryBlockDevice file = new("overlay.qcow2");
        ImageCreateOptions options = new() { VirtualSize = size, ClusterSize = 4096, BackingFile = "below", BackingFormat = below.Format };
        using (ImageWriter writer = ImageFormats.Get(DiskImageFormat.Qcow2).Create(file, options))
            writer.Finish();
        Qcow2Header header = Qcow2Format.ReadHeader(file);
        return new Qcow2WritableImage(file, header, Qcow2Extensions.Read(file, header), null, below, cacheBudget: 1 << 20);
    }
}
