namespace OpenStackStorage.Disks;

/// <summary>A run of the disk and the file, if any, that holds it. It owns the file.</summary>
/// <param name="start">Where it starts on the disk.</param>
/// <param name="length">Bytes of the disk.</param>
internal abstract class VmdkExtent(GuestOffset start, long length, BlockDevice? device) : IDisposable
{
    public GuestOffset Start { get; } = start;

    public long Length { get; protected set; } = length;

    public GuestOffset End => Start + Length;

    public BlockDevice? Device { get; } = device;

    /// <summary>The extent that holds a byte of the disk.</summary>
    /// <param name="extents">All of them, in the order of the disk.</param>
    public static int IndexOf(IReadOnlyList<VmdkExtent> extents, GuestOffset at)
    {
        int low = 0;
        int high = extents.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (extents[middle].Start <= at)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    /// <summary>Maps the start of a range of the disk that begins in this extent, as <see cref="DiskImage.Map"/> does; what is absent is <see cref="ExtentKind.Backing"/>.</summary>
    public abstract Extent Map(GuestOffset start, GuestOffset end);

    /// <summary>Decompresses one grain into the start of <paramref name="cluster"/>.</summary>
    public virtual void Decompress(in Extent extent, ReadOnlySpan<byte> stored, Span<byte> cluster) =>
        throw new NotSupportedException("The extent has no compressed grains.");

    public virtual void Dispose()
    {
        Device?.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>An extent of zeroes.</summary>
internal sealed class VmdkZeroExtent(GuestOffset start, long length) : VmdkExtent(start, length, device: null)
{
    public override Extent Map(GuestOffset start, GuestOffset end) => new(start, Math.Min(end.Value, End.Value) - start.Value, ExtentKind.Zero);
}

/// <summary>An extent of the guest's bytes as they are; holes of the file are zeroes.</summary>
/// <param name="offset">Byte of the file at which it starts.</param>
internal sealed class VmdkFlatExtent(GuestOffset start, long length, BlockDevice device, long offset) : VmdkExtent(start, length, device)
{
    private readonly RawImage _file = new(device);

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        long at = start - Start;
        Extent extent = _file.Map(new GuestOffset(offset + at), new GuestOffset(offset + Math.Min(end - Start, Length)));
        return extent with { Start = start };
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}
