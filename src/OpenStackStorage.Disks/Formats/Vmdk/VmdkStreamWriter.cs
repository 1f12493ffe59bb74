using System.Buffers;
using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Writes a stream-optimized disk from start to end, as ESXi and ovftool take it: header, descriptor, compressed grains in
/// the order of the disk, each grain table behind its grains, grain directory, footer, end of stream. Every part has its
/// marker. Source: "Virtual Disk Format 5.0", "Stream-Optimized Compressed Sparse Extents".
/// </summary>
internal sealed class VmdkStreamWriter : ImageWriter
{
    private const int Sector = VmdkSparseHeader.SectorSize;
    private const int Grain = VmdkLayout.GrainSize;
    private const int TableLength = VmdkLayout.TableEntries * sizeof(uint);

    private readonly BlockDevice _file;
    private readonly VmdkLayout _layout;
    private readonly VmdkDescriptorWriter _descriptor;
    private readonly VmdkContentId _contentId;
    private readonly VmdkSparseHeader _header;
    private readonly uint[] _directory;
    private readonly byte[] _table = new byte[TableLength];
    private int _tableIndex = -1;
    private long _end = Grain / Sector; // in sectors; the grains begin at a whole grain

    public VmdkStreamWriter(BlockDevice file, VmdkLayout layout, VmdkDescriptorWriter descriptor)
    {
        (_file, _layout, _descriptor) = (file, layout, descriptor);
        _contentId = new VmdkContentId(layout.VirtualSize);
        _header = layout.Header(layout.VirtualSize) with
        {
            DescriptorSector = 1,
            DescriptorSectors = VmdkDescriptorWriter.EmbeddedSectors,
            Directory = VmdkSparseHeader.DirectoryAtEnd,
            Overhead = (ulong)_end,
        };
        _directory = new uint[_header.DirectoryEntries];
    }

    public override int ChunkAlignment => Grain;

    /// <summary>Bytes of the file when no grain compresses; a last one that the disk does not fill is shorter.</summary>
    public static long LengthWhenFull(in VmdkSparseHeader header)
    {
        long grains = (header.VirtualSize + Grain - 1) / Grain;
        long directory = ((header.DirectoryEntries * (long)sizeof(uint)) + Sector - 1) / Sector * Sector;
        return Grain + (grains * StoredGrain) + (header.DirectoryEntries * (long)(Sector + TableLength)) + Sector + directory + VmdkFooter.Length;
    }

    public override void Encode(WriteChunk chunk)
    {
        int encoded = 0;
        for (int offset = 0; offset < chunk.Data.Length; offset += Grain)
        {
            if (chunk.Needed(offset, Grain) is null)
                continue;
            ReadOnlySpan<byte> grain = chunk.Data.Slice(offset, Grain);
            GuestOffset guest = chunk.Start + offset;
            _contentId.Add(guest, grain);
            Span<byte> target = chunk.Encoded.Slice(encoded, Grain);
            int length = ZlibCodec.Compress(grain, target[VmdkMarker.GrainLength..], _layout.CompressionLevel);
            if (length == 0)
            {
                chunk.Pieces.Add(new WritePiece(guest, WritePieceKind.Data, offset, Grain)); // it does not compress
                continue;
            }

            VmdkMarker.WriteGrain(target, guest.Value / Sector, length);
            int framed = VmdkMarker.GrainLength + length;
            int padded = (framed + Sector - 1) / Sector * Sector;
            target[framed..padded].Clear();
            chunk.Pieces.Add(new WritePiece(guest, WritePieceKind.Compressed, encoded, padded));
            encoded += padded;
        }
    }

    public override void Place(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count; i++)
        {
            WritePiece piece = chunk.Pieces[i];
            int index = (int)(piece.Guest.Value / _header.Coverage);
            if (index != _tableIndex)
            {
                FlushTable();
                _tableIndex = index;
            }

            int slot = (int)(piece.Guest.Value % _header.Coverage / Grain);
            BinaryPrimitives.WriteUInt32LittleEndian(_table.AsSpan(slot * sizeof(uint)), Advance(piece.Kind == WritePieceKind.Data ? StoredGrain : piece.Length));
            chunk.Pieces[i] = piece with { Host = new HostOffset(BinaryPrimitives.ReadUInt32LittleEndian(_table.AsSpan(slot * sizeof(uint))) * (long)Sector) };
        }
    }

    public override void Store(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count;)
        {
            WritePiece first = chunk.Pieces[i++];
            if (first.Kind == WritePieceKind.Data)
            {
                StoreUncompressed(first, chunk.BytesOf(first));
                continue;
            }

            int length = first.Length;
            for (; i < chunk.Pieces.Count; i++)
            {
                WritePiece next = chunk.Pieces[i];
                if (next.Kind != WritePieceKind.Compressed || next.Offset != first.Offset + length || next.Host != first.Host + length)
                    break;
                length += next.Length;
            }

            _file.Write(first.Host, chunk.BytesOf(first, length));
        }
    }

    public override void Finish()
    {
        FlushTable();
        long directory = WriteDirectory();
        Span<byte> sectors = stackalloc byte[VmdkFooter.Length];
        sectors.Clear();
        VmdkMarker.WriteSpecial(sectors, VmdkMarkerType.Footer, 1);
        (_header with { Directory = (ulong)directory }).WriteTo(sectors[Sector..]);
        VmdkMarker.WriteSpecial(sectors[(2 * Sector)..], VmdkMarkerType.EndOfStream, 0);
        uint footer = Advance(sectors.Length);
        _file.SetLength(_end * Sector);
        _file.Write(new HostOffset(footer * (long)Sector), sectors);
        _file.Write(new HostOffset(Sector), _descriptor.ToBytes(_contentId.Value));
        _header.WriteTo(sectors);
        _file.Write(default, sectors[..Sector]); // last: without it the file is no VMDK extent
    }

    /// <summary>Bytes of a grain that does not compress, with its marker, in whole sectors.</summary>
    private static int StoredGrain { get; } = (VmdkMarker.GrainLength + ZlibCodec.StoredLength(Grain) + Sector - 1) / Sector * Sector;

    private void StoreUncompressed(in WritePiece piece, ReadOnlySpan<byte> grain)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(StoredGrain);
        try
        {
            Span<byte> framed = buffer.AsSpan(0, StoredGrain);
            int length = ZlibCodec.StoredLength(Grain);
            VmdkMarker.WriteGrain(framed, piece.Guest.Value / Sector, length);
            ZlibCodec.Store(grain, framed[VmdkMarker.GrainLength..]);
            framed[(VmdkMarker.GrainLength + length)..].Clear();
            _file.Write(piece.Host, framed);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void FlushTable()
    {
        if (_tableIndex < 0)
            return;
        WriteMarked(VmdkMarkerType.GrainTable, _table, out _directory[_tableIndex]);
        Array.Clear(_table);
        _tableIndex = -1;
    }

    /// <returns>The directory's sector.</returns>
    private long WriteDirectory()
    {
        byte[] entries = new byte[((_directory.Length * sizeof(uint)) + Sector - 1) / Sector * Sector];
        for (int i = 0; i < _directory.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(entries.AsSpan(i * sizeof(uint)), _directory[i]);
        WriteMarked(VmdkMarkerType.GrainDirectory, entries, out uint sector);
        return sector;
    }

    /// <summary>Writes metadata behind its marker.</summary>
    /// <param name="sector">Where the metadata itself starts.</param>
    private void WriteMarked(VmdkMarkerType type, ReadOnlySpan<byte> bytes, out uint sector)
    {
        Span<byte> marker = stackalloc byte[Sector];
        VmdkMarker.WriteSpecial(marker, type, bytes.Length / Sector);
        uint start = Advance(Sector + bytes.Length);
        _file.Write(new HostOffset(start * (long)Sector), marker);
        sector = start + 1;
        _file.Write(new HostOffset(sector * (long)Sector), bytes);
    }

    /// <summary>Takes the next bytes of the file, whole sectors.</summary>
    /// <returns>The first sector.</returns>
    private uint Advance(int length)
    {
        uint start = (uint)_end;
        _end += length / Sector;
        return _end <= VmdkLayout.MaximumSparseSectors
            ? start
            : throw new StorageException(ErrorIds.InsufficientSpace, $"'{_file.Path}' can't hold more than 2 TiB: grain tables name sectors with 32 bits.") { Target = _file.Path };
    }
}
