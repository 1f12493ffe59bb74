namespace OpenStackStorage.Disks;

/// <summary>Finds zeroes fast: they are most of what disks hold.</summary>
internal static class ZeroScanner
{
    public static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);

    /// <summary>Adds one piece for every run of blocks that hold anything but zeroes.</summary>
    public static void AddDataRuns(WriteChunk chunk, int blockSize)
    {
        ReadOnlySpan<byte> data = chunk.Data;
        int runStart = -1;
        for (int offset = 0; offset < data.Length; offset += blockSize)
        {
            bool zero = IsZero(data.Slice(offset, Math.Min(blockSize, data.Length - offset)));
            if (!zero && runStart < 0)
                runStart = offset;
            if (zero && runStart >= 0)
            {
                chunk.Pieces.Add(new WritePiece(chunk.Start + runStart, WritePieceKind.Data, runStart, offset - runStart));
                runStart = -1;
            }
        }

        if (runStart >= 0)
            chunk.Pieces.Add(new WritePiece(chunk.Start + runStart, WritePieceKind.Data, runStart, data.Length - runStart));
    }
}
