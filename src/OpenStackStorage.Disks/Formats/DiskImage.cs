namespace OpenStackStorage.Disks;

/// <summary>How an image and what it refers to are opened.</summary>
public sealed record ImageOpenOptions
{
    /// <summary>The format; null to recognise it by its content.</summary>
    public DiskImageFormat? Format { get; init; }

    /// <summary>What decides whether files that the image names are opened.</summary>
    public OpenGate Gate { get; init; } = OpenGate.Deny;

    /// <summary>Read this internal snapshot, by id or name, in place of the current state.</summary>
    public string? Snapshot { get; init; }

    /// <summary>
    /// False leaves the chain behind the image closed, as is needed when the file it names is gone. What lies behind must not
    /// be read then: it shows as zeroes.
    /// </summary>
    public bool OpensBacking { get; init; } = true;

    /// <summary>
    /// Open an image whose tables are damaged in part, for an <see cref="ImageReader"/> with a <see cref="SalvageLog"/>.
    /// What can't be trusted throws when it is mapped, never when the image is opened.
    /// </summary>
    public bool Salvage { get; init; }

    /// <summary>The files of the chain so far, nearest last: a file that names one of them would loop.</summary>
    internal IReadOnlyList<BlockDevice> Ancestors { get; init; } = [];

    /// <summary>The most images in one chain. qemu has no limit; a chain this deep is a mistake or an attack.</summary>
    public int MaximumDepth { get; init; } = 64;
}

/// <summary>
/// An open disk image. A format only maps: it says where the bytes of a guest range are. <c>ImageReader</c>
/// does the input and output for all formats. Every member may be called from several threads at once.
/// </summary>
public abstract class DiskImage(BlockDevice file) : IDisposable
{
    public abstract DiskImageFormat Format { get; }

    /// <summary>The image file itself.</summary>
    public BlockDevice File { get; } = file;

    /// <summary>Bytes of the disk that the guest sees.</summary>
    public abstract long VirtualSize { get; }

    /// <summary>Bytes of the unit in which the format allocates.</summary>
    public abstract int ClusterSize { get; }

    /// <summary>Bytes of a sector as the guest sees it. A device knows its own; no other format than VHDX records one, and 512 is what they are made with.</summary>
    public virtual int LogicalSectorSize => File.IsFixedSize ? File.LogicalSectorSize : 512;

    /// <summary>The image that shows through where this one holds nothing; null when there is none.</summary>
    public virtual DiskImage? Backing => null;

    /// <summary>Maps the start of a guest range: the longest run of one kind at <paramref name="start"/>, at most to <paramref name="end"/>.</summary>
    /// <exception cref="ImageFormatException">The metadata on the way is corrupt.</exception>
    public abstract Extent Map(GuestOffset start, GuestOffset end);

    /// <summary>Decompresses one stored cluster. <paramref name="stored"/> may hold more than the stream.</summary>
    public virtual void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster) =>
        throw new NotSupportedException($"{Format} has no compressed clusters.");

    /// <summary>Every file that this image itself reads from, its backing images apart.</summary>
    public virtual IEnumerable<BlockDevice> Files => [File];

    /// <summary>The image and its backing images, nearest first.</summary>
    public IEnumerable<DiskImage> Chain()
    {
        for (DiskImage? image = this; image is not null; image = image.Backing)
            yield return image;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        Backing?.Dispose();
        File.Dispose();
    }
}
