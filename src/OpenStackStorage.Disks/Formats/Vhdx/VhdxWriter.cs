namespace OpenStackStorage.Disks;

/// <summary>
/// Writes a new VHDX image: log and metadata first, then blocks in guest order, each sector bitmap block behind the blocks
/// of its chunk. BAT, region tables and headers come at the end, the file identifier last. Source: [MS-VHDX].
/// </summary>
internal sealed class VhdxWriter : ImageWriter
{
    private const string Creator = "OpenStackStorage";

    private readonly BlockDevice _file;
    private readonly VhdxLayout _layout;
    private readonly VhdxGeometry _geometry;
    private readonly VhdxIdentity _identity;
    private readonly VhdxParentLocator? _parent;
    private readonly VhdxBatWriter _bat;
    private readonly byte[] _bitmap; // of the current chunk; of differencing disks only
    private long _next;
    private long _block = -1;
    private long _blockHost;
    private bool _bitmapNeeded;

    public VhdxWriter(BlockDevice file, VhdxLayout layout, in VhdxIdentity identity, VhdxParentLocator? parent)
    {
        _file = file;
        _layout = layout;
        _geometry = layout.Geometry;
        _identity = identity;
        _parent = parent;
        _bat = new VhdxBatWriter(file, layout.Bat, _geometry, layout.IsDifferencing || !layout.BlockStateZero ? VhdxBlockState.NotPresent : VhdxBlockState.Zero);
        _bitmap = layout.IsDifferencing ? new byte[VhdxGeometry.BitmapBlockSize] : [];
        _next = layout.IsFlat ? layout.LengthWhenFull : layout.DataOffset;
        if (!file.IsFixedSize)
        {
            file.SetLength(_next);
            return;
        }

        RawWriter.RequireRoom(file, _next);
        file.WriteZeroes(default, layout.DataOffset);
    }

    /// <summary>The block of common file systems. Blocks are far larger: what is not written of a block stays a hole.</summary>
    public override int ChunkAlignment => 4096;

    public override bool NeedsZeroes => _layout.IsFlat && _file.IsFixedSize;

    public override void WriteZeroes(GuestOffset start, long length) => _file.WriteZeroes(new HostOffset(_layout.DataOffset + start.Value), length);

    public override void Encode(WriteChunk chunk)
    {
        if (NeedsZeroes)
            chunk.Pieces.Add(new WritePiece(chunk.Start, WritePieceKind.Data, 0, chunk.Data.Length));
        else if (_layout.IsDifferencing)
            AddDifferences(chunk);
        else
            ZeroScanner.AddDataRuns(chunk, ChunkAlignment);
    }

    public override void Place(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count; i++)
        {
            WritePiece piece = chunk.Pieces[i];
            long room = _geometry.BlockSize - (piece.Guest.Value % _geometry.BlockSize);
            if (piece.Length > room)
            {
                chunk.Pieces.Insert(i + 1, piece with { Guest = piece.Guest + room, Offset = piece.Offset + (int)room, Length = piece.Length - (int)room });
                piece = piece with { Length = (int)room };
            }

            chunk.Pieces[i] = piece with { Host = new HostOffset(_layout.IsFlat ? _layout.DataOffset + piece.Guest.Value : PlaceInBlock(piece)) };
        }
    }

    public override void Store(WriteChunk chunk)
    {
        foreach (WritePiece piece in chunk.Pieces)
        {
            if (piece.Kind == WritePieceKind.Data)
                _file.Write(piece.Host, chunk.BytesOf(piece));
        }
    }

    public override void Preallocate(WorkProgress progress, CancellationToken token)
    {
        if (!_layout.IsFlat || _file.IsFixedSize)
            return;
        progress.Total = _geometry.Blocks * _geometry.BlockSize;
        _file.Preallocate(new HostOffset(_layout.DataOffset), progress.Total, _layout.Preallocation, progress, token);
    }

    public override void Finish()
    {
        if (_layout.IsFlat)
        {
            for (long block = 0; block < _geometry.Blocks; block++)
                _bat.Set(_geometry.BatIndex(block), new VhdxBatEntry(VhdxBlockState.FullyPresent, _layout.DataOffset + (block * _geometry.BlockSize)));
        }
        else
        {
            EndBlock();
            EndChunk();
        }

        _bat.Finish(_geometry.BatEntries(_layout.IsDifferencing));
        if (!_file.IsFixedSize)
            _file.SetLength(_next);
        VhdxMetadataRegion metadata = new()
        {
            BlockSize = _geometry.BlockSize,
            LeaveBlocksAllocated = _layout.IsFixed,
            VirtualSize = _geometry.VirtualSize,
            DiskId = _identity.Disk,
            LogicalSectorSize = _geometry.LogicalSectorSize,
            PhysicalSectorSize = _layout.PhysicalSectorSize,
            Parent = _parent,
        };
        _file.Write(new HostOffset(_layout.Metadata.Offset), metadata.ToBytes());
        WriteHeaderSection();
    }

    /// <summary>Finds what differs from the parent, in units that are whole sectors and never end behind the disk.</summary>
    private void AddDifferences(WriteChunk chunk)
    {
        int length = (int)Math.Min(chunk.Data.Length, _geometry.VirtualSize - chunk.Start.Value);
        for (int offset = 0; offset < length; offset += ChunkAlignment)
        {
            int unit = Math.Min(ChunkAlignment, length - offset);
            if (chunk.Needed(offset, unit) is not { } kind)
                continue;
            if (chunk.Pieces is [.., var last] && last.Kind == kind && last.Offset + last.Length == offset)
                chunk.Pieces[^1] = last with { Length = last.Length + unit };
            else
                chunk.Pieces.Add(new WritePiece(chunk.Start + offset, kind, offset, unit));
        }
    }

    private long PlaceInBlock(in WritePiece piece)
    {
        long block = piece.Guest.Value / _geometry.BlockSize;
        int inBlock = (int)(piece.Guest.Value % _geometry.BlockSize);
        if (block != _block)
        {
            EndBlock();
            if (_block >= 0 && block / _geometry.ChunkRatio != _block / _geometry.ChunkRatio)
                EndChunk();
            _block = block;
        }

        if (_layout.IsDifferencing)
            VhdxSectorBitmap.Set(BlockBits(), inBlock / _geometry.LogicalSectorSize, piece.Length / _geometry.LogicalSectorSize);
        if (piece.Kind == WritePieceKind.Zeroes)
            return 0; // a bit is enough: a new block reads as zeroes
        if (_blockHost == 0)
            _blockHost = Allocate(_geometry.BlockSize);
        return _blockHost + inBlock;
    }

    /// <summary>The bits of the current block.</summary>
    private Span<byte> BlockBits() =>
        _bitmap.AsSpan((int)(_block % _geometry.ChunkRatio) * _geometry.BitmapBytesPerBlock, _geometry.BitmapBytesPerBlock);

    private void EndBlock()
    {
        if (_block < 0)
            return;
        VhdxBlockState state = VhdxBlockState.FullyPresent;
        if (_layout.IsDifferencing)
        {
            int sectors = (int)(_geometry.UsedLength(_block) / _geometry.LogicalSectorSize);
            bool whole = VhdxSectorBitmap.RunLength(BlockBits(), 0, sectors, out bool first) == sectors && first;
            state = !whole ? VhdxBlockState.PartiallyPresent : _blockHost == 0 ? VhdxBlockState.Zero : VhdxBlockState.FullyPresent;
            if (state == VhdxBlockState.PartiallyPresent && _blockHost == 0)
                _blockHost = Allocate(_geometry.BlockSize); // zeroes that hide the parent, and nothing else
            _bitmapNeeded |= state == VhdxBlockState.PartiallyPresent;
        }

        _bat.Set(_geometry.BatIndex(_block), new VhdxBatEntry(state, _blockHost));
        _blockHost = 0;
    }

    private void EndChunk()
    {
        if (_bitmapNeeded)
        {
            long host = Allocate(VhdxGeometry.BitmapBlockSize);
            _file.Write(new HostOffset(host), _bitmap);
            _bat.Set(_geometry.BitmapBatIndex(_block / _geometry.ChunkRatio), new VhdxBatEntry(VhdxBlockState.FullyPresent, host));
        }

        Array.Clear(_bitmap);
        _bitmapNeeded = false;
    }

    private long Allocate(long length)
    {
        long host = _next;
        _next += length;
        if (_file.IsFixedSize)
        {
            RawWriter.RequireRoom(_file, _next);
            _file.WriteZeroes(new HostOffset(host), length);
        }

        return host;
    }

    private void WriteHeaderSection()
    {
        VhdxHeader header = new()
        {
            FileWriteGuid = _identity.File,
            DataWriteGuid = _identity.Data,
            Version = 1,
            LogLength = (uint)_layout.LogLength,
            LogOffset = (ulong)VhdxLayout.LogOffset,
        };
        byte[] section = new byte[VhdxRegionTable.SecondOffset + VhdxRegionTable.Length];
        (header with { SequenceNumber = 1 }).WriteTo(section.AsSpan((int)VhdxHeader.FirstOffset, VhdxHeader.Length));
        (header with { SequenceNumber = 2 }).WriteTo(section.AsSpan((int)VhdxHeader.SecondOffset, VhdxHeader.Length));
        VhdxRegionTable.Write(section.AsSpan((int)VhdxRegionTable.FirstOffset, VhdxRegionTable.Length), _layout.Bat, _layout.Metadata);
        VhdxRegionTable.Write(section.AsSpan((int)VhdxRegionTable.SecondOffset, VhdxRegionTable.Length), _layout.Bat, _layout.Metadata);
        VhdxFile.WriteIdentifier(section, Creator);
        _file.Write(new HostOffset(VhdxHeader.FirstOffset), section.AsSpan((int)VhdxHeader.FirstOffset));
        _file.Write(default, section.AsSpan(0, (int)VhdxHeader.FirstOffset)); // last: without it the file is no VHDX image
    }
}
