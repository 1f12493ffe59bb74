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

/// <summary>What becomes of a piece of a chunk.</summary>
public enum WritePieceKind
{
    /// <summary>Its bytes are in <see cref="WriteChunk.Data"/>.</summary>
    Data,

    /// <summary>Its bytes are in <see cref="WriteChunk.Encoded"/>.</summary>
    Compressed,

    /// <summary>It has no bytes: it must read as zeroes although the backing image shows something else.</summary>
    Zeroes,
}

/// <summary>One piece of a chunk that the image must record.</summary>
/// <param name="Guest">Where it starts on the guest's disk.</param>
/// <param name="Kind">What it is, and where its bytes are.</param>
/// <param name="Offset">Where they start in that buffer.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Host">Where they go; set by <see cref="ImageWriter.Place"/>.</param>
public readonly record struct WritePiece(GuestOffset Guest, WritePieceKind Kind, int Offset, int Length, HostOffset Host = default);

/// <summary>A range of the guest's disk on its way into a new image. Reused from chunk to chunk.</summary>
public sealed class WriteChunk : IDisposable
{
    private readonly AlignedBuffer _data;
    private readonly AlignedBuffer _encoded;
    private readonly AlignedBuffer? _backing;
    private int _length;

    /// <param name="hasBacking">Whether a backing image shows through where nothing is stored.</param>
    public WriteChunk(int capacity, bool hasBacking = false)
    {
        _data = new AlignedBuffer(capacity);
        _encoded = new AlignedBuffer(capacity);
        _backing = hasBacking ? new AlignedBuffer(capacity) : null;
    }

    public GuestOffset Start { get; private set; }

    /// <summary>The guest's bytes, zero-padded to whole clusters.</summary>
    public Span<byte> Data => _data.Span[.._length];

    /// <summary>What the backing image shows in the same range; empty when there is none.</summary>
    public Span<byte> Backing => _backing is null ? [] : _backing.Span[.._length];

    /// <summary>Room for what the writer makes of them; as long as the chunk's capacity.</summary>
    public Span<byte> Encoded => _encoded.Span;

    /// <summary>What is to be stored, in guest order.</summary>
    public List<WritePiece> Pieces { get; } = [];

    public void Reset(GuestOffset start, int length)
    {
        Start = start;
        _length = length;
        Pieces.Clear();
    }

    /// <summary>What must be recorded of some bytes of the chunk; null when the image reads the same without them.</summary>
    public WritePieceKind? Needed(int offset, int length)
    {
        ReadOnlySpan<byte> bytes = Data.Slice(offset, length);
        if (_backing is null)
            return ZeroScanner.IsZero(bytes) ? null : WritePieceKind.Data;
        if (bytes.SequenceEqual(Backing.Slice(offset, length)))
            return null;
        return ZeroScanner.IsZero(bytes) ? WritePieceKind.Zeroes : WritePieceKind.Data;
    }

    /// <summary>The bytes of a piece.</summary>
    public ReadOnlySpan<byte> BytesOf(in WritePiece piece) => BytesOf(piece, piece.Length);

    /// <summary>Bytes of one buffer from a piece's start, over the pieces that follow it without a gap.</summary>
    public ReadOnlySpan<byte> BytesOf(in WritePiece first, int length) =>
        (first.Kind == WritePieceKind.Compressed ? _encoded : _data).Span.Slice(first.Offset, length);

    public void Dispose()
    {
        _data.Dispose();
        _encoded.Dispose();
        _backing?.Dispose();
    }
}
