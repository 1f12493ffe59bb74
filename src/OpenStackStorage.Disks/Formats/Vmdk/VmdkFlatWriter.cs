namespace OpenStackStorage.Disks;

/// <summary>Writes the guest's bytes as they are into one file or several, sparsely, and a descriptor.</summary>
internal sealed class VmdkFlatWriter : ImageWriter
{
    private readonly BlockDevice[] _files;
    private readonly IReadOnlyList<long> _extents;
    private readonly VmdkLayout _layout;
    private readonly VmdkDescriptorWriter _descriptor;
    private readonly VmdkContentId _contentId;

    public VmdkFlatWriter(BlockDevice[] files, VmdkLayout layout, VmdkDescriptorWriter descriptor)
    {
        (_files, _layout, _descriptor) = (files, layout, descriptor);
        _contentId = new VmdkContentId(layout.VirtualSize);
        _extents = layout.Extents;
        for (int i = 0; i < files.Length; i++)
            files[i].SetLength(_extents[i]);
    }

    /// <summary>Zero runs of this length become holes, as in a raw file.</summary>
    public override int ChunkAlignment => 4096;

    public override void Encode(WriteChunk chunk)
    {
        ZeroScanner.AddDataRuns(chunk, ChunkAlignment);
        foreach (WritePiece piece in chunk.Pieces)
        {
            for (int done = 0; done < piece.Length; done += ChunkAlignment)
                _contentId.Add(piece.Guest + done, chunk.Data.Slice(piece.Offset + done, ChunkAlignment));
        }
    }

    public override void Place(WriteChunk chunk)
    {
    }

    public override void Store(WriteChunk chunk)
    {
        foreach (WritePiece piece in chunk.Pieces)
        {
            // A chunk lies in one extent: extents end at whole MiB.
            int extent = (int)(piece.Guest.Value / _extents[0]);
            long offset = piece.Guest.Value - (extent * _extents[0]);
            ReadOnlySpan<byte> bytes = chunk.BytesOf(piece);
            _files[extent].Write(new HostOffset(offset), bytes[..(int)Math.Min(bytes.Length, _extents[extent] - offset)]);
        }
    }

    public override void Preallocate(WorkProgress progress, CancellationToken token)
    {
        progress.Total = _layout.VirtualSize;
        for (int i = 0; i < _files.Length; i++)
            _files[i].Preallocate(default, _extents[i], _layout.Preallocation, progress, token);
    }

    public override void Finish() => _descriptor.WriteFile(_contentId.Value);
}
