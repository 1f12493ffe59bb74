using System.Collections;

namespace OpenStackStorage.Disks;

/// <summary>An open VHD. Source: Virtual Hard Disk Image Format Specification, "Implementing a Dynamic Disk" and following.</summary>
public sealed class VhdImage : DiskImage
{
    private readonly VhdFooter _footer;
    private readonly RawImage? _fixed;
    private readonly VhdDynamicHeader _header;
    private readonly uint[] _table;
    private readonly BitArray? _bad;
    private readonly VhdBitmaps _bitmaps;

    /// <param name="salvage">Open with a damaged table too: then its bad entries fail where they are mapped.</param>
    internal VhdImage(BlockDevice file, VhdMetadata metadata, DiskImage? backing, bool salvage = false)
        : base(file)
    {
        _footer = metadata.Footer;
        VirtualSize = metadata.VirtualSize;
        Backing = backing;
        _fixed = metadata.Header is null ? new RawImage(file) : null;
        _header = metadata.Header ?? new VhdDynamicHeader { BlockSize = FixedClusterSize };
        _table = metadata.Header is null ? []
            : salvage ? VhdBlockTable.ReadDamaged(file, metadata, out _bad)
            : VhdBlockTable.ReadTrusted(file, metadata);
        _bitmaps = new VhdBitmaps(file, _header);
    }

    public override DiskImageFormat Format => DiskImageFormat.Vhd;

    public override long VirtualSize { get; }

    public override int ClusterSize => (int)_header.BlockSize;

    public override DiskImage? Backing { get; }

    /// <summary>What a child records as its parent's identity.</summary>
    internal Guid UniqueId => _footer.UniqueId;

    internal uint TimeStamp => _footer.TimeStamp;

    /// <summary>A fixed disk has no blocks: it is a raw image with a footer behind it.</summary>
    private const int FixedClusterSize = 4096;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > VirtualSize)
            end = new GuestOffset(VirtualSize);
        if (_fixed is not null)
            return _fixed.Map(start, end) with { Layer = this };
        Extent extent = MapBlock(start, end);
        // Only what is absent goes on in the next block: before each block's data lies its bitmap.
        while (extent.Kind != ExtentKind.Data && extent.End < end && !IsBad(extent.End))
        {
            Extent next = MapBlock(extent.End, end);
            if (next.Kind == ExtentKind.Data)
                break;
            extent = extent with { Length = extent.Length + next.Length };
        }

        return extent;
    }

    /// <summary>Maps a run of free blocks, or a run of sectors within one block.</summary>
    private Extent MapBlock(GuestOffset start, GuestOffset end)
    {
        long blockSize = _header.BlockSize;
        int block = (int)(start.Value / blockSize);
        uint entry = _table[block];
        if (IsBad(start))
            throw new ImageFormatException(File, (long)_header.TableOffset + (block * 4L), $"BAT entry {block}", $"a block at {entry * 512L}", "a block of its own inside the file");
        if (entry == VhdBlockTable.Free)
        {
            int used = _table.AsSpan(block).IndexOfAnyExcept(VhdBlockTable.Free);
            long free = (used < 0 ? _table.Length : block + used) * blockSize;
            return new Extent(start, Math.Min(end.Value, free) - start.Value, Absent, Layer: this);
        }

        long inBlock = start.Value % blockSize;
        int sector = (int)(inBlock / 512);
        (bool stored, int sectors) = _bitmaps.RunAt(block, entry, sector);
        long length = Math.Min(end - start, ((sector + (long)sectors) * 512) - inBlock);
        return stored
            ? new Extent(start, length, ExtentKind.Data, File, new HostOffset((entry * 512L) + _header.BitmapLength + inBlock), Layer: this)
            : new Extent(start, length, Absent, Layer: this);
    }

    private bool IsBad(GuestOffset guest) => _bad is not null && _bad[(int)(guest.Value / _header.BlockSize)];

    private ExtentKind Absent => Backing is null ? ExtentKind.Unallocated : ExtentKind.Backing;
}
