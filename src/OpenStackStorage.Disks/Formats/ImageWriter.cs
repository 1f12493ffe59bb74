namespace OpenStackStorage.Disks;

/// <summary>
/// Writes a whole new image, chunk by chunk. Three steps let every core work while the file stays the same at any
/// thread count: <see cref="Encode"/> and <see cref="Store"/> run on any thread at once, <see cref="Place"/> runs for one
/// chunk at a time, in guest order, and alone decides where bytes go. What is never written reads as zeroes.
/// </summary>
public abstract class ImageWriter : IDisposable
{
    /// <summary>
    /// Chunks start at multiples of this many bytes and are padded to whole ones: the cluster, or less where a format
    /// allocates in blocks too large for one buffer and finds the block in <see cref="Place"/>. At most 16 MiB.
    /// </summary>
    public abstract int ChunkAlignment { get; }

    /// <summary>True when ranges that are never written must be zeroed with <see cref="WriteZeroes"/>.</summary>
    public virtual bool NeedsZeroes => false;

    /// <summary>Zeroes a range of whole clusters. Called for one range at a time, in guest order, as <see cref="Place"/> is.</summary>
    public virtual void WriteZeroes(GuestOffset start, long length)
    {
    }

    /// <summary>Finds what is to be stored of the chunk, and compresses it where asked to.</summary>
    public abstract void Encode(WriteChunk chunk);

    /// <summary>Gives every piece its place in the file.</summary>
    public abstract void Place(WriteChunk chunk);

    /// <summary>Writes the pieces to their places.</summary>
    public abstract void Store(WriteChunk chunk);

    /// <summary>Reserves what the options ask for, before anything is written. Where that takes writing it counts in <paramref name="progress"/>.</summary>
    public virtual void Preallocate(WorkProgress progress, CancellationToken token)
    {
    }

    /// <summary>Writes what remains of the metadata, the header last.</summary>
    public abstract void Finish();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>One stored piece of a chunk.</summary>
/// <param name="Guest">Where it starts on the guest's disk.</param>
/// <param name="Compressed">Whether its bytes are in <see cref="WriteChunk.Encoded"/> or in <see cref="WriteChunk.Data"/>.</param>
/// <param name="Offset">Where they start in that buffer.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Host">Where they go; set by <see cref="ImageWriter.Place"/>.</param>
public readonly record struct WritePiece(GuestOffset Guest, bool Compressed, int Offset, int Length, HostOffset Host = default);

/// <summary>A range of the guest's disk on its way into a new image. Reused from chunk to chunk.</summary>
public sealed class WriteChunk : IDisposable
{
    private readonly AlignedBuffer _data;
    private readonly AlignedBuffer _encoded;

    public WriteChunk(int capacity)
    {
        _data = new AlignedBuffer(capacity);
        _encoded = new AlignedBuffer(capacity);
    }

    public GuestOffset Start { get; private set; }

    /// <summary>The guest's bytes, zero-padded to whole clusters.</summary>
    public Span<byte> Data => _data.Span[.._length];

    /// <summary>Room for what the writer makes of them; as long as the chunk's capacity.</summary>
    public Span<byte> Encoded => _encoded.Span;

    /// <summary>What is to be stored, in guest order.</summary>
    public List<WritePiece> Pieces { get; } = [];

    private int _length;

    public void Reset(GuestOffset start, int length)
    {
        Start = start;
        _length = length;
        Pieces.Clear();
    }

    /// <summary>The bytes of a piece.</summary>
    public ReadOnlySpan<byte> BytesOf(in WritePiece piece) =>
        (piece.Compressed ? _encoded : _data).Span.Slice(piece.Offset, piece.Length);

    /// <summary>Bytes of one buffer from a piece's start, over the pieces that follow it without a gap.</summary>
    public ReadOnlySpan<byte> BytesOf(in WritePiece first, int length) =>
        (first.Compressed ? _encoded : _data).Span.Slice(first.Offset, length);

    public void Dispose()
    {
        _data.Dispose();
        _encoded.Dispose();
    }
}
