namespace OpenStackStorage.Disks;

/// <summary>
/// Maps a disk from its start to its end. A map of all the rest may be long to make: what one gave is used up before the
/// next, so that small steps cost no more than large ones.
/// </summary>
internal sealed class ExtentWalk(ImageReader reader)
{
    private Extent _extent;

    public ImageReader Reader => reader;

    /// <summary>The extent at a position, from there on.</summary>
    /// <param name="position">Never before the last one.</param>
    /// <param name="end">The same in every call.</param>
    public Extent At(GuestOffset position, GuestOffset end)
    {
        if (position >= _extent.End)
            _extent = reader.Map(position, end);
        return _extent.From(position);
    }
}
