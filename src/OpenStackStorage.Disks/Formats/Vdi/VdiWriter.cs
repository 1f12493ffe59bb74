using System.Buffers.Binary;

namespace OpenStackStorage.Disks;

/// <summary>
/// Writes a new VDI: room for header and block map, then the blocks. In a dynamic image they lie in guest order, each from
/// its first byte on; in a static one all have their place. What is not written of a block stays a hole.
/// </summary>
internal sealed class VdiWriter : ImageWriter
{
    /// <summary>Zeroing a device takes its time: in pieces it can be stopped and shows progress.</summary>
    private const long ZeroPiece = 64 << 20;

    private readonly BlockDevice _file;
    private readonly VdiHeader _header;
    private readonly Preallocation _preallocation;
    private readonly uint[] _map;
    private uint _allocated;

    public VdiWriter(BlockDevice file, VdiHeader header, Preallocation preallocation)
    {
        _file = file;
        _header = header;
        _preallocation = preallocation;
        _map = new uint[header.Blocks];
        if (header.Type == VdiImageType.Static)
        {
            for (uint i = 0; i < header.Blocks; i++)
                _map[i] = i;
            _allocated = header.Blocks;
        }
        else
        {
            Array.Fill(_map, VdiBlockMap.Free);
        }

        if (file.IsFixedSize)
            RawWriter.RequireRoom(file, End);
        else
            file.SetLength(End);
    }

    public override int ChunkAlignment => BlockRuns.Grain;

    /// <summary>Byte behind the last block.</summary>
    private long End => _header.DataOffset + (_allocated * (long)_header.BlockSize);

    public override void Encode(WriteChunk chunk) => BlockRuns.AddPieces(chunk, (int)_header.BlockSize);

    public override void Place(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count; i++)
        {
            WritePiece piece = chunk.Pieces[i];
            int block = (int)(piece.Guest.Value / _header.BlockSize);
            if (_map[block] == VdiBlockMap.Free)
                Allocate(block);
            chunk.Pieces[i] = piece with { Host = HostOf(block) + (piece.Guest.Value % _header.BlockSize) };
        }
    }

    public override void Store(WriteChunk chunk) => BlockRuns.Store(_file, chunk);

    public override void Preallocate(WorkProgress progress, CancellationToken token)
    {
        long length = End - _header.DataOffset;
        progress.Total = length;
        if (!_file.IsFixedSize)
        {
            if (_preallocation is Preallocation.Falloc or Preallocation.Full && length > 0)
                _file.Preallocate(new HostOffset(_header.DataOffset), length, _preallocation, progress, token);
            return;
        }

        // A device holds what was there before.
        for (long done = 0; done < length; done += ZeroPiece)
        {
            token.ThrowIfCancellationRequested();
            _file.WriteZeroes(new HostOffset(_header.DataOffset + done), Math.Min(ZeroPiece, length - done));
            progress.Add(Math.Min(ZeroPiece, length - done));
        }
    }

    public override void Finish()
    {
        if (!_file.IsFixedSize)
            _file.SetLength(End);
        byte[] map = new byte[_map.Length * 4];
        for (int i = 0; i < _map.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(i * 4), _map[i]);
        _file.Write(new HostOffset(_header.MapOffset), map);
        Span<byte> header = stackalloc byte[(int)_header.MapOffset];
        header.Clear();
        (_header with { BlocksAllocated = _allocated }).WriteTo(header);
        _file.Write(default, header); // last: without it the file is no VDI
    }

    private void Allocate(int block)
    {
        _map[block] = _allocated++;
        if (!_file.IsFixedSize)
            return;
        RawWriter.RequireRoom(_file, End);
        _file.WriteZeroes(HostOf(block), _header.BlockSize);
    }

    private HostOffset HostOf(int block) => new(_header.DataOffset + (_map[block] * (long)_header.BlockSize));
}
