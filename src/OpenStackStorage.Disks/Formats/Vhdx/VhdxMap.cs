using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace OpenStackStorage.Disks;

/// <summary>Maps guest ranges through the BAT and, of a differencing disk, the sector bitmaps. Source: [MS-VHDX] 2.4, 2.5.</summary>
/// <param name="bat">The bytes of the BAT from an offset of the file to the end of a page of <see cref="VhdxPageCache.PageSize"/>.</param>
/// <param name="bitmaps">The same of sector bitmaps. No block's share of a bitmap crosses a page.</param>
internal sealed class VhdxMap(DiskImage image, VhdxFile vhdx, Func<long, ReadOnlySpan<byte>> bat, Func<long, ReadOnlySpan<byte>> bitmaps)
{
    private readonly VhdxGeometry _geometry = vhdx.Geometry;

    private ExtentKind Absent => image.Backing is null ? ExtentKind.Unallocated : ExtentKind.Backing;

    public Extent Map(GuestOffset start, GuestOffset end)
    {
        if (end.Value > _geometry.VirtualSize)
            end = new GuestOffset(_geometry.VirtualSize);
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
            return new Extent(start, Math.Min(end.Value, runEnd) - start.Value, kind, Layer: image);
        }

        long inBlock = start.Value - (block * _geometry.BlockSize);
        long length = Math.Min(_geometry.BlockSize - inBlock, end - start);
        long host = RequireData(entry.Offset, block, entryOffset);
        if (entry.State == VhdxBlockState.PartiallyPresent)
        {
            (bool isHere, length) = MapSectors(block, inBlock, length, entryOffset);
            if (!isHere)
                return new Extent(start, length, Absent, Layer: image);
        }

        return new Extent(start, length, ExtentKind.Data, vhdx.Content, new HostOffset(host + inBlock), Layer: image);
    }

    /// <summary>The entries from that of a block on, as far as they lie in one page and one chunk, in the file's byte order.</summary>
    private ReadOnlySpan<ulong> EntriesFrom(long block, out long entryOffset)
    {
        entryOffset = BatOffset(_geometry.BatIndex(block));
        long restOfChunk = Math.Min(_geometry.ChunkRatio - (block % _geometry.ChunkRatio), _geometry.Blocks - block);
        ReadOnlySpan<ulong> entries = MemoryMarshal.Cast<byte, ulong>(bat(entryOffset));
        return restOfChunk < entries.Length ? entries[..(int)restOfChunk] : entries;
    }

    private static ulong Native(ulong stored) => BitConverter.IsLittleEndian ? stored : BinaryPrimitives.ReverseEndianness(stored);

    /// <summary>Looks up which sectors of a partially present block this file holds.</summary>
    /// <returns>Whether the first sector is here, and how many bytes share its lot.</returns>
    private (bool IsHere, long Length) MapSectors(long block, long inBlock, long length, long payloadEntryOffset)
    {
        if (vhdx.Metadata.Parent is null)
            throw Corrupt(payloadEntryOffset, block, "state 7 (partially present)", "a whole block, as the disk has no parent");
        long start = BitsOffset(block);
        ReadOnlySpan<byte> bits = bitmaps(start)[.._geometry.BitmapBytesPerBlock];
        int first = (int)(inBlock / _geometry.LogicalSectorSize);
        int sectors = VhdxSectorBitmap.RunLength(bits, first, _geometry.SectorsPerBlock, out bool isHere);
        return (isHere, Math.Min(length, ((first + (long)sectors) * _geometry.LogicalSectorSize) - inBlock));
    }

    /// <summary>The entry of a payload block; of one in the file its place is judged.</summary>
    public VhdxBatEntry PayloadEntry(long block)
    {
        VhdxBatEntry entry = new(Native(EntriesFrom(block, out long entryOffset)[0]));
        if (entry.HasReservedBits || (int)entry.State is 4 or 5)
            throw Corrupt(entryOffset, block, $"0x{entry.Value:x16}", "reserved bits to be 0, and a state from 0 to 3, 6 or 7");
        if (entry.State == VhdxBlockState.PartiallyPresent && vhdx.Metadata.Parent is null)
            throw Corrupt(entryOffset, block, "state 7 (partially present)", "a whole block, as the disk has no parent");
        if (entry.IsPresent)
            RequireData(entry.Offset, block, entryOffset);
        return entry;
    }

    /// <summary>The entry of a sector bitmap block; of one in the file its place is judged.</summary>
    public VhdxBatEntry BitmapEntry(long chunk)
    {
        long entryOffset = BatOffset(_geometry.BitmapBatIndex(chunk));
        if (entryOffset + VhdxBatEntry.Length > vhdx.Regions.Bat.End)
            throw new ImageFormatException(image.File, vhdx.Regions.Bat.Offset, "BAT region Length", $"{vhdx.Regions.Bat.Length}", $"a BAT that reaches the sector bitmap entry of chunk {chunk}");
        VhdxBatEntry entry = new(BinaryPrimitives.ReadUInt64LittleEndian(bat(entryOffset)));
        string field = $"BAT entry of sector bitmap {chunk}";
        if (entry.State is not (VhdxBlockState.NotPresent or VhdxBlockState.FullyPresent) || entry.HasReservedBits)
            throw new ImageFormatException(image.File, entryOffset, field, $"0x{entry.Value:x16}", "state 0 (not present) or 6 (present)");
        if (entry.IsPresent)
            RequirePlace(entry.Offset, VhdxGeometry.BitmapBlockSize, entryOffset, field);
        return entry;
    }

    /// <summary>Where the sector bitmap of a partially present block starts in the file.</summary>
    public long BitsOffset(long block)
    {
        long chunk = block / _geometry.ChunkRatio;
        VhdxBatEntry entry = BitmapEntry(chunk);
        if (!entry.IsPresent)
            throw new ImageFormatException(image.File, BatOffset(_geometry.BitmapBatIndex(chunk)), $"BAT entry of sector bitmap {chunk}", $"0x{entry.Value:x16}", $"state 6 (present), as block {block} is partially present");
        return (long)entry.Offset + (block % _geometry.ChunkRatio * _geometry.BitmapBytesPerBlock);
    }

    /// <summary>Where an entry of the BAT stands in the file.</summary>
    public long BatOffset(long index) => vhdx.Regions.Bat.Offset + (index * VhdxBatEntry.Length);

    private long RequireData(ulong offset, long block, long entryOffset) =>
        RequirePlace(offset, _geometry.UsedLength(block), entryOffset, $"BAT entry of block {block}");

    private long RequirePlace(ulong offset, long length, long entryOffset, string field)
    {
        long fileLength = vhdx.Content.Length;
        if (offset < (ulong)VhdxHeader.SectionLength || offset > (ulong)fileLength || fileLength - (long)offset < length)
            throw new ImageFormatException(image.File, entryOffset, field, $"{length} bytes at {offset}", $"a place from 1 MiB on, inside the file of {fileLength} bytes");
        if (vhdx.Regions.Overlap((long)offset, length) is { } structure)
            throw new ImageFormatException(image.File, entryOffset, field, $"{length} bytes at {offset}, over the {structure}", "a place of its own");
        return (long)offset;
    }

    private ImageFormatException Corrupt(long offset, long block, string found, string expected) =>
        new(image.File, offset, $"BAT entry of block {block}", found, expected);
}
