using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>An open VHDX image: maps guest ranges through the BAT and, of a differencing disk, the sector bitmaps. Source: [MS-VHDX] 2.4, 2.5.</summary>
public sealed class VhdxImage : DiskImage
{
    private readonly VhdxFile _vhdx;
    private readonly VhdxGeometry _geometry;
    private readonly VhdxPageCache _bat;
    private readonly VhdxPageCache _bitmaps;

    internal VhdxImage(BlockDevice file, VhdxFile vhdx, DiskImage? backing, bool salvage)
        : base(file)
    {
        _vhdx = vhdx;
        _geometry = vhdx.Geometry;
        _bat = new VhdxPageCache(vhdx.Content, fillUnreadable: salvage);
        _bitmaps = new VhdxPageCache(vhdx.Content, fillUnreadable: false); // any bits there would be believed
        Backing = backing;
    }

    public override DiskImageFormat Format => DiskImageFormat.Vhdx;

    public override long VirtualSize => _geometry.VirtualSize;

    public override int ClusterSize => _geometry.BlockSize;

    public override DiskImage? Backing { get; }

    /// <summary>The identity that a differencing disk knows this one by.</summary>
    public Guid DataWriteGuid => _vhdx.Header.DataWriteGuid;

    /// <summary>Bytes of a sector as the guest sees it: 512 or 4096.</summary>
    public int LogicalSectorSize => _geometry.LogicalSectorSize;

    /// <summary>Bytes of a sector as the guest is told that the medium has it.</summary>
    public int PhysicalSectorSize => _vhdx.Metadata.PhysicalSectorSize;

    private ExtentKind Absent => Backing is null ? ExtentKind.Unallocated : ExtentKind.Backing;

    public override Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > VirtualSize)
            end = new GuestOffset(VirtualSize);
        Extent extent = MapPiece(start, end);
        while (extent.End < end)
        {
            Extent next = MapPiece(extent.End, end);
            if (next.Kind != extent.Kind || (extent.Kind == ExtentKind.Data && next.Host.Value != extent.Host.Value + extent.Length))
                break;
            extent = extent with { Length = extent.Length + next.Length };
        }

        return extent;
    }

    /// <summary>Maps within one block, or a run of blocks whose entries are equal and refer to nothing.</summary>
    private Extent MapPiece(GuestOffset start, GuestOffset end)
    {
        long block = start.Value / _geometry.BlockSize;
        ReadOnlySpan<ulong> entries = EntriesFrom(block, out long entryOffset);
        VhdxBatEntry entry = new(Native(entries[0]));
        if (entry.HasReservedBits)
            throw Corrupt(entryOffset, block, $"0x{entry.Value:x16}", "reserved bits to be 0");
        if (!entry.IsPresent)
        {
            ExtentKind kind = entry.State switch
            {
                VhdxBlockState.NotPresent => Absent,
                VhdxBlockState.Undefined or VhdxBlockState.Zero or VhdxBlockState.Unmapped => ExtentKind.Zero,
                _ => throw Corrupt(entryOffset, block, $"state {(int)entry.State}", "a state from 0 to 3, 6 or 7"),
            };
            int other = entries.IndexOfAnyExcept(entries[0]);
            long runEnd = (block + (other < 0 ? entries.Length : other)) * _geometry.BlockSize;
            return new Extent(start, Math.Min(end.Value, runEnd) - start.Value, kind, Layer: this);
        }

        long inBlock = start.Value - (block * _geometry.BlockSize);
        long length = Math.Min(_geometry.BlockSize - inBlock, end - start);
        long host = RequireData(entry.Offset, block, entryOffset);
        if (entry.State == VhdxBlockState.PartiallyPresent)
        {
            (bool isHere, length) = MapSectors(block, inBlock, length, entryOffset);
            if (!isHere)
                return new Extent(start, length, Absent, Layer: this);
        }

        return new Extent(start, length, ExtentKind.Data, _vhdx.Content, new HostOffset(host + inBlock), Layer: this);
    }

    /// <summary>The entries from that of a block on, as far as they lie in one page and one chunk, in the file's byte order.</summary>
    private ReadOnlySpan<ulong> EntriesFrom(long block, out long entryOffset)
    {
        long byteIndex = _geometry.BatIndex(block) * VhdxBatEntry.Length;
        entryOffset = _vhdx.Regions.Bat.Offset + byteIndex;
        long restOfChunk = Math.Min(_geometry.ChunkRatio - (block % _geometry.ChunkRatio), _geometry.Blocks - block);
        ReadOnlySpan<ulong> page = MemoryMarshal.Cast<byte, ulong>(_bat.From(entryOffset));
        return restOfChunk < page.Length ? page[..(int)restOfChunk] : page;
    }

    private static ulong Native(ulong stored) => BitConverter.IsLittleEndian ? stored : BinaryPrimitives.ReverseEndianness(stored);

    /// <summary>Looks up which sectors of a partially present block this file holds.</summary>
    /// <returns>Whether the first sector is here, and how many bytes share its lot.</returns>
    private (bool IsHere, long Length) MapSectors(long block, long inBlock, long length, long payloadEntryOffset)
    {
        if (_vhdx.Metadata.Parent is null)
            throw Corrupt(payloadEntryOffset, block, "state 7 (partially present)", "a whole block, as the disk has no parent");
        long chunk = block / _geometry.ChunkRatio;
        long byteIndex = _geometry.BitmapBatIndex(chunk) * VhdxBatEntry.Length;
        long entryOffset = _vhdx.Regions.Bat.Offset + byteIndex;
        if (byteIndex + VhdxBatEntry.Length > _vhdx.Regions.Bat.Length)
            throw new ImageFormatException(File, payloadEntryOffset, $"BAT entry of block {block}", "state 7 (partially present)", $"a BAT that reaches the sector bitmap entry of chunk {chunk}");
        VhdxBatEntry entry = new(BinaryPrimitives.ReadUInt64LittleEndian(_bat.From(entryOffset)));
        if (entry.State != VhdxBlockState.FullyPresent || entry.HasReservedBits)
            throw new ImageFormatException(File, entryOffset, $"BAT entry of sector bitmap {chunk}", $"0x{entry.Value:x16}", $"state 6 (present), as block {block} is partially present");
        RequirePlace(entry.Offset, VhdxGeometry.BitmapBlockSize, entryOffset, $"BAT entry of sector bitmap {chunk}");

        long start = (long)entry.Offset + (block % _geometry.ChunkRatio * _geometry.BitmapBytesPerBlock);
        ReadOnlySpan<byte> bits = _bitmaps.From(start)[.._geometry.BitmapBytesPerBlock];
        int first = (int)(inBlock / _geometry.LogicalSectorSize);
        int sectors = VhdxSectorBitmap.RunLength(bits, first, _geometry.SectorsPerBlock, out bool isHere);
        return (isHere, Math.Min(length, ((first + (long)sectors) * _geometry.LogicalSectorSize) - inBlock));
    }

    private long RequireData(ulong offset, long block, long entryOffset) =>
        RequirePlace(offset, _geometry.UsedLength(block), entryOffset, $"BAT entry of block {block}");

    private long RequirePlace(ulong offset, long length, long entryOffset, string field)
    {
        long fileLength = _vhdx.Content.Length;
        if (offset < (ulong)VhdxHeader.SectionLength || offset > (ulong)fileLength || fileLength - (long)offset < length)
            throw new ImageFormatException(File, entryOffset, field, $"{length} bytes at {offset}", $"a place from 1 MiB on, inside the file of {fileLength} bytes");
        if (_vhdx.Regions.Overlap((long)offset, length) is { } structure)
            throw new ImageFormatException(File, entryOffset, field, $"{length} bytes at {offset}, over the {structure}", "a place of its own");
        return (long)offset;
    }

    private ImageFormatException Corrupt(long offset, long block, string found, string expected) =>
        new(File, offset, $"BAT entry of block {block}", found, expected);
}
