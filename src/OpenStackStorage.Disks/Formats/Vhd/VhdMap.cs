using System.Collections;

namespace OpenStackStorage.Disks;

/// <summary>Maps the guest ranges of a dynamic or differencing VHD through its table and its bitmaps.</summary>
/// <param name="layer">The image that the extents are to name.</param>
/// <param name="absent">What is not stored here: the parent's, or nothing.</param>
/// <param name="bad">For salvage: has a bit for each entry that can't be true.</param>
internal sealed class VhdMap(DiskImage layer, VhdDynamicHeader header, VhdBitmaps bitmaps, ExtentKind absent, BitArray? bad = null)
{
    private readonly long _blockSize = header.BlockSize;
    private readonly int _bitmapLength = header.BitmapLength;

    /// <summary>The longest run of one kind.</summary>
    /// <param name="table">An entry for each block of the disk.</param>
    public Extent Map(ReadOnlySpan<uint> table, GuestOffset start, GuestOffset end)
    {
        Extent extent = MapBlock(table, start, end);
        // Only what is absent goes on in the next block: before each block's data lies its bitmap.
        while (extent.Kind != ExtentKind.Data && extent.End < end && !IsBad(extent.End))
        {
            Extent next = MapBlock(table, extent.End, end);
            if (next.Kind == ExtentKind.Data)
                break;
            extent = extent with { Length = extent.Length + next.Length };
        }

        return extent;
    }

    /// <summary>Byte of the file at which a block's data starts.</summary>
    public long DataOf(uint entry) => (entry * 512L) + _bitmapLength;

    /// <summary>Maps a run of free blocks, or a run of sectors within one block.</summary>
    private Extent MapBlock(ReadOnlySpan<uint> table, GuestOffset start, GuestOffset end)
    {
        int block = (int)(start.Value / _blockSize);
        uint entry = table[block];
        if (IsBad(start))
            throw new ImageFormatException(layer.File, (long)header.TableOffset + (block * 4L), $"BAT entry {block}", $"a block at {entry * 512L}", "a block of its own inside the file");
        if (entry == VhdBlockTable.Free)
        {
            int used = table[block..].IndexOfAnyExcept(VhdBlockTable.Free);
            long free = (used < 0 ? table.Length : block + used) * _blockSize;
            return new Extent(start, Math.Min(end.Value, free) - start.Value, absent, Layer: layer);
        }

        long inBlock = start.Value % _blockSize;
        int sector = (int)(inBlock / 512);
        (bool stored, int sectors) = bitmaps.RunAt(block, entry, sector);
        long length = Math.Min(end - start, ((sector + (long)sectors) * 512) - inBlock);
        return stored
            ? new Extent(start, length, ExtentKind.Data, layer.File, new HostOffset(DataOf(entry) + inBlock), Layer: layer)
            : new Extent(start, length, absent, Layer: layer);
    }

    private bool IsBad(GuestOffset guest) => bad is not null && bad[(int)(guest.Value / _blockSize)];
}
