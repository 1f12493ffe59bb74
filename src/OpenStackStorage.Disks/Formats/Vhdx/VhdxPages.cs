using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>A sector that the log changes.</summary>
internal readonly record struct VhdxLogSector(long Offset, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Pages of BAT, sector bitmaps, metadata and region tables in memory, with the changes that the disk does not have yet.
/// Not for several threads.
/// </summary>
internal sealed class VhdxPages(BlockDevice file)
{
    private const int PageSize = VhdxPageCache.PageSize;

    /// <summary>Pages without changes are all dropped when there are more: 16 MiB.</summary>
    private const int MostPages = 256;

    private readonly Dictionary<long, byte[]> _pages = [];
    private readonly SortedSet<long> _changed = [];

    /// <summary>Sectors of the log that the changes take.</summary>
    public int ChangedSectors => _changed.Count;

    /// <summary>The bytes from an offset to the end of its page. They show later changes.</summary>
    public ReadOnlySpan<byte> From(long offset) => Get(offset & -PageSize).AsSpan((int)(offset % PageSize));

    /// <summary>Bytes of one page, to be changed.</summary>
    public Span<byte> Change(long offset, int length)
    {
        Span<byte> bytes = Get(offset & -PageSize).AsSpan((int)(offset % PageSize), length);
        for (long sector = offset & -VhdxLogEntry.SectorLength; sector < offset + length; sector += VhdxLogEntry.SectorLength)
            _changed.Add(sector);
        return bytes;
    }

    /// <summary>Changes bytes of any number of pages.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int length = (int)Math.Min(bytes.Length, PageSize - (offset % PageSize));
            bytes[..length].CopyTo(Change(offset, length));
            offset += length;
            bytes = bytes[length..];
        }
    }

    /// <summary>Changes those sectors only that differ.</summary>
    /// <param name="bytes">Whole sectors of the log, at a multiple of them.</param>
    public void WriteChanged(long offset, ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += VhdxLogEntry.SectorLength)
        {
            ReadOnlySpan<byte> sector = bytes.Slice(at, VhdxLogEntry.SectorLength);
            long start = offset + at;
            if (!From(start)[..sector.Length].SequenceEqual(sector))
                Write(start, sector);
        }
    }

    public ulong Read64(long offset) => BinaryPrimitives.ReadUInt64LittleEndian(From(offset));

    public void Write64(long offset, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Write(offset, bytes);
    }

    /// <summary>What the disk does not have yet, in the order of the file.</summary>
    public List<VhdxLogSector> Changes()
    {
        List<VhdxLogSector> changes = new(_changed.Count);
        foreach (long sector in _changed)
            changes.Add(new VhdxLogSector(sector, _pages[sector & -PageSize].AsMemory((int)(sector % PageSize), VhdxLogEntry.SectorLength)));
        return changes;
    }

    /// <summary>The disk has all changes.</summary>
    public void Written() => _changed.Clear();

    /// <summary>Forgets a range of the file that is no metadata any more, with its changes.</summary>
    public void Drop(long offset, long length)
    {
        for (long page = offset & -PageSize; page < offset + length; page += PageSize)
            _pages.Remove(page);
        _changed.RemoveWhere(sector => sector >= offset && sector < offset + length);
    }

    private byte[] Get(long offset)
    {
        if (_pages.TryGetValue(offset, out byte[]? page))
            return page;
        if (_pages.Count >= MostPages)
            DropUnchanged();
        page = new byte[PageSize];
        file.ReadPadded(new HostOffset(offset), page);
        _pages[offset] = page;
        return page;
    }

    private void DropUnchanged()
    {
        HashSet<long> kept = [.. _changed.Select(sector => sector & -PageSize)];
        foreach (long page in _pages.Keys.Where(page => !kept.Contains(page)).ToArray())
            _pages.Remove(page);
    }
}
