namespace OpenStackStorage.Disks;

/// <summary>
/// Where a file holds data and where holes, which read as zeroes. The range that was asked for last is kept: finding where
/// one ends may cost the file system a walk through all of it. Several threads may ask at once.
/// </summary>
internal sealed class StoredRanges(BlockDevice file, long length)
{
    private volatile Range? _last;

    /// <summary>The data or the hole that a byte lies in, from there on to at most the file's end.</summary>
    public (long Length, bool IsData) From(long start)
    {
        Range? range = _last;
        if (range is null || start < range.Start || start >= range.End)
            _last = range = Find(start);
        return (range.End - start, range.IsData);
    }

    private Range Find(long start)
    {
        HostExtent extent = file.ExtentAt(new HostOffset(start), new HostOffset(length));
        return extent.Length > 0
            ? new Range(start, start + extent.Length, extent.IsData)
            : throw new StorageException(ErrorIds.ReadFailed, $"'{file.Path}' shrank below {length} bytes while it was open.") { Target = file.Path };
    }

    private sealed record Range(long Start, long End, bool IsData);
}
