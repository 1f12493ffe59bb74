namespace OpenStackStorage.Disks;

/// <summary>What an extent of a disk that is open for writing does, in the terms of <see cref="WritableImage"/>.</summary>
internal interface IVmdkWritableExtent
{
    WritePlace Place(GuestOffset start, GuestOffset end);

    void Link(in WritePlace place);

    /// <param name="hides">True when a parent would show through what is absent.</param>
    bool Zero(GuestOffset start, long length, bool free, bool hides);

    void Flush();

    /// <summary>Flushes, and marks the extent as closed.</summary>
    void Close();

    /// <summary>Prepares another size. A larger one can be written to from here on, but a crash still leaves the old one.</summary>
    void BeginResize(long size);

    /// <summary>The new size holds.</summary>
    void CommitSize();

    /// <summary>Gives back what was cut off; the descriptor no longer tells of it.</summary>
    void EndResize();

    /// <summary>Back to the size that holds, as preparing another one failed.</summary>
    void CancelResize();
}

/// <summary>A flat extent that is open for writing: every place is there already.</summary>
/// <param name="offset">Byte of the file at which it starts.</param>
internal sealed class VmdkWritableFlatExtent(GuestOffset start, long length, BlockDevice device, long offset)
    : VmdkExtent(start, length, device), IVmdkWritableExtent
{
    private long _committed = length;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        HostOffset host = HostOf(start - Start);
        HostExtent extent = Device!.ExtentAt(host, HostOf((end < End ? end : End) - Start));
        if (extent.Length <= 0)
            throw new StorageException(ErrorIds.ReadFailed, $"'{Device.Path}' shrank below {offset + Length} bytes while it was open.") { Target = Device.Path };
        return extent.IsData
            ? new Extent(start, extent.Length, ExtentKind.Data, Device, host)
            : new Extent(start, extent.Length, ExtentKind.Unallocated);
    }

    public WritePlace Place(GuestOffset start, GuestOffset end) =>
        new(start, (end < End ? end : End) - start, Device!, HostOf(start - Start), IsNew: false);

    public void Link(in WritePlace place) => throw new InvalidOperationException("A flat extent has no new places.");

    public bool Zero(GuestOffset start, long length, bool free, bool hides)
    {
        if (free)
            Device!.WriteZeroes(HostOf(start - Start), length);
        return free;
    }

    public void Flush() => Device!.Flush();

    public void Close() => Flush();

    public void BeginResize(long size)
    {
        if (size > Length)
        {
            // The file may go on behind the extent.
            long stale = Math.Min(offset + size, Device!.Length) - (offset + Length);
            if (stale > 0)
                Device.WriteZeroes(HostOf(Length), stale);
            if (Device.Length < offset + size)
                Device.SetLength(offset + size);
        }

        Length = size;
    }

    public void CommitSize()
    {
        Flush();
        _committed = Length;
    }

    public void EndResize()
    {
        if (Device!.Length > offset + Length)
            Device.SetLength(offset + Length);
        Flush();
    }

    public void CancelResize() => Length = _committed;

    private HostOffset HostOf(long at) => new(offset + at);
}
