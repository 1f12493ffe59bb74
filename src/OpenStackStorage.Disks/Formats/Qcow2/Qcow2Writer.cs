using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Writes a new qcow2 image from the start of the file to its end: header, L1 table, then data with each L2 table and
/// refcount block behind the data it tells of, and the refcount table last. Source: qcow2.rst.
/// </summary>
internal sealed class Qcow2Writer : ImageWriter
{
    private readonly BlockDevice _file;
    private readonly Qcow2Layout _layout;
    private readonly Qcow2Allocator _allocator;
    private readonly ClusterCodec _codec;
    private readonly int _level;
    private readonly long[] _l1;
    private readonly byte[] _l2;
    private int _l2Index = -1;

    public Qcow2Writer(BlockDevice file, Qcow2Layout layout)
    {
        _file = file;
        _layout = layout;
        _codec = ClusterCodec.Get(layout.Header.CompressionType);
        _level = layout.CompressionLevel ?? _codec.Levels.Default;
        _allocator = new Qcow2Allocator(file, (int)layout.Header.ClusterBits, (int)layout.Header.RefcountOrder);
        _allocator.AllocateClusters(1 + layout.L1Clusters);
        _l1 = new long[layout.Header.L1Size];
        _l2 = new byte[layout.Header.ClusterSize];
    }

    public override int ChunkAlignment => ClusterSize;

    private int ClusterSize => _layout.Header.ClusterSize;

    public override void Encode(WriteChunk chunk)
    {
        ReadOnlySpan<byte> data = chunk.Data;
        int encoded = 0;
        for (int offset = 0; offset < data.Length; offset += ClusterSize)
        {
            ReadOnlySpan<byte> cluster = data.Slice(offset, ClusterSize);
            GuestOffset guest = chunk.Start + offset;
            if (chunk.Needed(offset, ClusterSize) is not { } kind)
                continue;
            if (kind == WritePieceKind.Zeroes && _layout.Header.Version >= 3) // version 2 has no zero flag
            {
                chunk.Pieces.Add(new WritePiece(guest, WritePieceKind.Zeroes, 0, ClusterSize));
                continue;
            }

            int length = _layout.Compress ? _codec.Compress(cluster, chunk.Encoded.Slice(encoded, ClusterSize - 1), _level) : 0;
            if (length > 0)
            {
                chunk.Pieces.Add(new WritePiece(guest, WritePieceKind.Compressed, encoded, length));
                encoded += length;
            }
            else if (chunk.Pieces is [.., { Kind: WritePieceKind.Data } last] && last.Guest + last.Length == guest)
            {
                chunk.Pieces[^1] = last with { Length = last.Length + ClusterSize };
            }
            else
            {
                chunk.Pieces.Add(new WritePiece(guest, WritePieceKind.Data, offset, ClusterSize));
            }
        }
    }

    public override void Place(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count; i++)
        {
            WritePiece piece = chunk.Pieces[i];
            switch (piece.Kind)
            {
                case WritePieceKind.Compressed:
                    HostOffset host = new(_allocator.AllocateBytes(piece.Length));
                    chunk.Pieces[i] = piece with { Host = host };
                    SetEntry(piece.Guest, Qcow2Entry.EncodeCompressed(host, piece.Length, _layout.Header.CompressedOffsetBits), 0);
                    break;
                case WritePieceKind.Zeroes when _layout.Header.ExtendedL2:
                    SetEntry(piece.Guest, 0, (ulong)uint.MaxValue << 32);
                    break;
                case WritePieceKind.Zeroes:
                    SetEntry(piece.Guest, Qcow2Entry.ReadsAsZero, 0);
                    break;
                default:
                    chunk.Pieces[i] = piece with { Host = PlaceClusters(piece.Guest, piece.Length / ClusterSize) };
                    break;
            }
        }

        _allocator.WriteCompleteBlocks();
    }

    public override void Store(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count;)
        {
            WritePiece first = chunk.Pieces[i];
            if (first.Kind == WritePieceKind.Zeroes)
            {
                i++;
                continue;
            }

            int length = first.Length;
            // Compressed clusters lie back to back in both places: one large write serves them all.
            for (i++; i < chunk.Pieces.Count; i++)
            {
                WritePiece next = chunk.Pieces[i];
                if (next.Kind != first.Kind || next.Offset != first.Offset + length || next.Host != first.Host + length)
                    break;
                length += next.Length;
            }

            _file.Write(first.Host, chunk.BytesOf(first, length));
        }
    }

    /// <summary>Maps every cluster, in guest order, to space that is reserved as told.</summary>
    public override void Preallocate(WorkProgress progress, CancellationToken token)
    {
        Preallocation preallocation = _layout.Preallocation;
        if (preallocation == Preallocation.Off)
            return;
        Qcow2Header header = _layout.Header;
        progress.Total = (long)header.Size;
        for (long guest = 0; guest < (long)header.Size; guest += header.L2Coverage)
        {
            token.ThrowIfCancellationRequested();
            long clusters = Math.Min(header.L2Entries, ((long)header.Size - guest + ClusterSize - 1) / ClusterSize);
            HostOffset host = PlaceClusters(new GuestOffset(guest), clusters);
            // Only the data: between its ranges lie tables that are written already.
            _file.Preallocate(host, clusters * ClusterSize, preallocation, progress, token);
            _allocator.WriteCompleteBlocks();
        }

        FlushL2();
    }

    public override void Finish()
    {
        FlushL2();
        byte[] l1 = new byte[_layout.L1Clusters << (int)_layout.Header.ClusterBits];
        for (int i = 0; i < _l1.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(l1.AsSpan(i * 8), _l1[i] == 0 ? 0 : (ulong)_l1[i] | Qcow2Entry.Copied);
        _file.Write(new HostOffset(ClusterSize), l1);
        (long table, int tableClusters) = _allocator.Finish();
        if (!_file.IsFixedSize)
            _file.SetLength(_allocator.End);
        _file.Write(default, _layout.FirstCluster(table, tableClusters)); // last: without it the file is no qcow2 image
    }

    private HostOffset PlaceClusters(GuestOffset guest, long count)
    {
        long host = _allocator.AllocateClusters(count);
        for (long i = 0; i < count; i++)
            SetEntry(guest + (i * ClusterSize), (ulong)(host + (i * ClusterSize)) | Qcow2Entry.Copied, uint.MaxValue);
        return new HostOffset(host);
    }

    private void SetEntry(GuestOffset guest, ulong entry, ulong bitmap)
    {
        Qcow2Header header = _layout.Header;
        int index = (int)(guest.Value / header.L2Coverage);
        if (index != _l2Index)
        {
            FlushL2();
            _l2Index = index;
        }

        Span<byte> slot = _l2.AsSpan((int)((guest.Value % header.L2Coverage) >> (int)header.ClusterBits) * header.L2EntrySize);
        BinaryPrimitives.WriteUInt64BigEndian(slot, entry);
        if (header.ExtendedL2)
            BinaryPrimitives.WriteUInt64BigEndian(slot[8..], bitmap);
    }

    private void FlushL2()
    {
        if (_l2Index < 0)
            return;
        long offset = _allocator.AllocateClusters(1);
        _file.Write(new HostOffset(offset), _l2);
        _l1[_l2Index] = offset;
        Array.Clear(_l2);
        _l2Index = -1;
    }
}
