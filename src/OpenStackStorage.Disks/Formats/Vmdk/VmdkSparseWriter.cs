namespace OpenStackStorage.Disks;

/// <summary>Writes a disk of grains: one file with its descriptor inside, or extents of 2047 MiB and a descriptor.</summary>
internal sealed class VmdkSparseWriter : ImageWriter
{
    private readonly VmdkSparseFile[] _files;
    private readonly long _extentLength;
    private readonly VmdkLayout _layout;
    private readonly VmdkDescriptorWriter _descriptor;
    private readonly VmdkContentId _contentId;

    public VmdkSparseWriter(BlockDevice[] files, VmdkLayout layout, VmdkDescriptorWriter descriptor)
    {
        (_layout, _descriptor) = (layout, descriptor);
        _contentId = new VmdkContentId(layout.VirtualSize ^ ((long)(layout.ParentContentId ?? 0) << 32));
        IReadOnlyList<long> extents = layout.Extents;
        _extentLength = extents[0];
        _files = [.. files.Select((file, i) => new VmdkSparseFile(file, layout.Header(extents[i]), !layout.HasDescriptorFile))];
    }

    public override int ChunkAlignment => VmdkLayout.GrainSize;

    public override void Encode(WriteChunk chunk)
    {
        for (int offset = 0; offset < chunk.Data.Length; offset += VmdkLayout.GrainSize)
        {
            if (chunk.Needed(offset, VmdkLayout.GrainSize) is not { } kind)
                continue;
            GuestOffset guest = chunk.Start + offset;
            _contentId.Add(guest, chunk.Data.Slice(offset, VmdkLayout.GrainSize));
            if (kind == WritePieceKind.Zeroes && _layout.ZeroedGrains)
                chunk.Pieces.Add(new WritePiece(guest, kind, 0, VmdkLayout.GrainSize));
            else if (chunk.Pieces is [.., { Kind: WritePieceKind.Data } last] && last.Guest + last.Length == guest)
                chunk.Pieces[^1] = last with { Length = last.Length + VmdkLayout.GrainSize };
            else
                chunk.Pieces.Add(new WritePiece(guest, WritePieceKind.Data, offset, VmdkLayout.GrainSize));
        }
    }

    public override void Place(WriteChunk chunk)
    {
        for (int i = 0; i < chunk.Pieces.Count; i++)
        {
            WritePiece piece = chunk.Pieces[i];
            (VmdkSparseFile file, long offset) = FileOf(piece.Guest);
            if (piece.Kind == WritePieceKind.Zeroes)
                file.PlaceZeroes(offset);
            else
                chunk.Pieces[i] = piece with { Host = file.Place(offset, piece.Length) };
        }
    }

    public override void Store(WriteChunk chunk)
    {
        foreach (WritePiece piece in chunk.Pieces)
        {
            if (piece.Kind == WritePieceKind.Data)
                FileOf(piece.Guest).File.Write(piece.Host, chunk.BytesOf(piece));
        }
    }

    public override void Finish()
    {
        uint contentId = _contentId.Value;
        foreach (VmdkSparseFile file in _files)
            file.Finish(_layout.HasDescriptorFile ? [] : _descriptor.ToBytes(contentId));
        if (_layout.HasDescriptorFile)
            _descriptor.WriteFile(contentId);
    }

    /// <summary>A chunk lies in one extent: extents end at whole MiB.</summary>
    private (VmdkSparseFile File, long Offset) FileOf(GuestOffset guest)
    {
        int index = (int)(guest.Value / _extentLength);
        return (_files[index], guest.Value - (index * _extentLength));
    }
}
