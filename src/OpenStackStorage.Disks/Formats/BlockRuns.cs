namespace OpenStackStorage.Disks;

/// <summary>Finds what is to be stored in formats whose blocks are larger than what is worth storing: VHD, VDI.</summary>
internal static class BlockRuns
{
    /// <summary>The finest run that is stored or left out: the block of common file systems.</summary>
    public const int Grain = 4096;

    /// <summary>Adds one piece for every run of equal kind; none crosses the boundary of a block.</summary>
    /// <param name="blockSize">Bytes of a block: a multiple of <see cref="Grain"/>.</param>
    public static void AddPieces(WriteChunk chunk, int blockSize)
    {
        for (int offset = 0; offset < chunk.Data.Length; offset += Grain)
        {
            if (chunk.Needed(offset, Grain) is not { } kind)
                continue;
            GuestOffset guest = chunk.Start + offset;
            if (chunk.Pieces is [.., var last] && last.Kind == kind && last.Guest + last.Length == guest && guest.Value % blockSize != 0)
                chunk.Pieces[^1] = last with { Length = last.Length + Grain };
            else
                chunk.Pieces.Add(new WritePiece(guest, kind, offset, Grain));
        }
    }

    /// <summary>Writes the bytes of every placed piece of data.</summary>
    public static void Store(BlockDevice file, WriteChunk chunk)
    {
        foreach (WritePiece piece in chunk.Pieces)
        {
            if (piece.Kind == WritePieceKind.Data)
                file.Write(piece.Host, chunk.BytesOf(piece));
        }
    }
}
