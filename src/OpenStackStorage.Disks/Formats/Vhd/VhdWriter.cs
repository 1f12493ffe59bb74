using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Writes a new dynamic or differencing VHD: headers, then the blocks in guest order, then the footer. A block takes its
/// place when the first of its bytes does; what is not written of it stays a hole.
/// </summary>
internal sealed class VhdWriter : ImageWriter
{
    private readonly BlockDevice _file;
    private readonly VhdLayout _layout;
    private readonly uint[] _table;
    private readonly byte[] _bitmap;
    private readonly bool _differencing;
    private long _end;
    private int _block = -1;

    public VhdWriter(BlockDevice file, VhdLayout layout)
    {
        _file = file;
        _layout = layout;
        _table = new uint[layout.Header!.MaxTableEntries];
        Array.Fill(_table, VhdBlockTable.Free);
        _bitmap = new byte[layout.BitmapLength];
        _differencing = layout.DiskType == VhdDiskType.Differencing;
        _end = layout.HeadersEnd;
        RequireRoom();
    }

    public override int ChunkAlignment => BlockRuns.Grain;

    public override void Encode(WriteChunk chunk) => BlockRuns.AddPieces(chunk, _layout.BlockSize);

    public override void Place(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count; i++)
        {
            WritePiece piece = chunk.Pieces[i];
            int block = (int)(piece.Guest.Value / _layout.BlockSize);
            if (block != _block)
                StartBlock(block);
            int inBlock = (int)(piece.Guest.Value % _layout.BlockSize);
            MarkStored(inBlock / 512, piece.Length / 512);
            chunk.Pieces[i] = piece with { Host = new HostOffset((_table[block] * 512L) + _layout.BitmapLength + inBlock) };
        }
    }

    public override void Store(WriteChunk chunk) => BlockRuns.Store(_file, chunk);

    public override void Finish()
    {
        WriteBitmap();
        long footerOffset = _file.IsFixedSize ? _file.Length - VhdFooter.Length : _end;
        if (!_file.IsFixedSize)
            _file.SetLength(_end + VhdFooter.Length);
        WriteTable();
        if (_layout.Locator.Length > 0)
            _file.Write(new HostOffset(_layout.LocatorOffset), _layout.Locator);
        byte[] header = new byte[VhdDynamicHeader.Length];
        _layout.Header!.WriteTo(header);
        _file.Write(new HostOffset(VhdFooter.Length), header);
        Span<byte> footer = stackalloc byte[VhdFooter.Length];
        _layout.Footer.WriteTo(footer);
        _file.Write(new HostOffset(footerOffset), footer);
        _file.Write(default, footer); // last: without it the start of the file is that of no VHD
    }

    private void StartBlock(int block)
    {
        WriteBitmap();
        _block = block;
        long start = VhdLayout.BlockAt(_end, _layout.BitmapLength);
        _end = start + _layout.BitmapLength + _layout.BlockSize;
        RequireRoom();
        if (_file.IsFixedSize)
            _file.WriteZeroes(new HostOffset(start), _end - start); // a device holds what was there before
        _table[block] = (uint)(start / 512);
        // All sectors of a dynamic disk's block count as written, as qemu and Windows have it: some readers don't look.
        _bitmap.AsSpan().Fill(_differencing ? (byte)0 : byte.MaxValue);
    }

    private void MarkStored(int sector, int count)
    {
        if (!_differencing)
            return;
        // Pieces are whole grains of eight sectors: a byte of the bitmap.
        _bitmap.AsSpan(sector / 8, count / 8).Fill(byte.MaxValue);
    }

    private void WriteBitmap()
    {
        if (_block >= 0)
            _file.Write(new HostOffset(_table[_block] * 512L), _bitmap);
    }

    private void WriteTable()
    {
        byte[] bytes = new byte[_layout.TableLength];
        bytes.AsSpan().Fill(byte.MaxValue);
        for (int i = 0; i < _table.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), _table[i]);
        _file.Write(new HostOffset((long)_layout.Header!.TableOffset), bytes);
    }

    private void RequireRoom()
    {
        if (_file.IsFixedSize)
            RawWriter.RequireRoom(_file, _end + VhdFooter.Length);
    }
}
