namespace OpenStackStorage.Disks;

/// <summary>
/// Maps a disk from its start to its end. A map of all the rest may be long to make: what one gave is used up before the
/// next, so that small steps cost no more than large ones. Behind its end a disk reads as zeroes.
/// </summary>
/// <param name="length">Bytes of the disk.</param>
/// <param name="map">Maps the start of a range of it.</param>
internal sealed class ExtentWalk(long length, Func<GuestOffset, GuestOffset, Extent> map)
{
    private Extent _extent;

    public ExtentWalk(ImageReader reader)
        : this(reader.Length, reader.Map)
    {
    }

    /// <summary>The extent at a position, from there to <paramref name="end"/> at most.</summary>
    /// <param name="position">Never before the last one.</param>
    public Extent At(GuestOffset position, GuestOffset end)
    {
        if (position.Value >= length)
            return new Extent(position, end - position, ExtentKind.Unallocated);
        if (position >= _extent.End)
            _extent = map(position, new GuestOffset(length));
        Extent rest = _extent.From(position);
        return rest with { Length = Math.Min(rest.Length, end - position) };
    }
}
