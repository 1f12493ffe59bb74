namespace OpenStackStorage.Disks;

/// <summary>A range of the guest's disk on its way from one image to another.</summary>
internal readonly record struct CopyRange(GuestOffset Start, long Length, bool IsZero);

/// <summary>
/// Copies a guest's disk into a new image on several threads. Only ranges that hold data are read. The file is the same
/// at any number of threads, as places are given out in guest order.
/// </summary>
internal sealed class ImageCopy : OrderedWork<CopyRange, WriteChunk>
{
    /// <summary>Bytes that one thread works on at a time: large enough for one read of many clusters, small enough for many threads.</summary>
    private const int ChunkSize = 1 << 20;

    /// <summary>Zeroing is cheap for the device but takes its time: in pieces it can be stopped and shows progress.</summary>
    private const long ZeroPiece = 64 << 20;

    /// <summary>Bytes that all buffers together may take; it limits the threads on machines with very many processors.</summary>
    private const long MemoryBudget = 160 << 20;

    private readonly ImageReader _source;
    private readonly ImageReader? _backing;
    private readonly ExtentWalk _walk;
    private readonly ExtentWalk? _backingWalk;
    private readonly ImageWriter _target;
    private readonly WorkProgress _progress;
    private readonly int _chunkSize;
    private GuestOffset _position;

    /// <param name="backing">The backing image of the new one: only what differs from it is stored.</param>
    public ImageCopy(ImageReader source, ImageReader? backing, ImageWriter target, WorkProgress progress)
    {
        _source = source;
        _backing = backing;
        _walk = new ExtentWalk(source);
        _backingWalk = backing is null ? null : new ExtentWalk(backing);
        _target = target;
        _progress = progress;
        _chunkSize = Math.Max(ChunkSize, target.ChunkAlignment);
    }

    /// <summary>Copies the whole disk. More threads than fit into the memory budget are not started.</summary>
    public void Copy(int threads, CancellationToken token) =>
        Run((int)Math.Clamp(threads, 1, MemoryBudget / ((_backing is null ? 2L : 3L) * _chunkSize)), token);

    private GuestOffset End => new(_source.Length);

    protected override WriteChunk CreateBuffer() => new(_chunkSize, hasBacking: _backing is not null);

    protected override bool TryTake(out CopyRange range)
    {
        while (_position < End)
        {
            Extent extent = _walk.At(_position, End);
            if (_backing is not null && SameAsBacking(extent) is var same and > 0)
            {
                Advance(_position + same);
                continue;
            }

            if (!extent.ReadsAsZeroes || _backing is not null)
            {
                // Chunks start at clusters; the cluster that a piece of data starts in may start with zeroes.
                GuestOffset start = new(_position.Value - (_position.Value % _target.ChunkAlignment));
                long length = Math.Min(_chunkSize - (start.Value % _chunkSize), End - start);
                range = new CopyRange(start, length, IsZero: false);
                Advance(start + length);
                return true;
            }

            GuestOffset zeroEnd = extent.End;
            if (_target.NeedsZeroes)
            {
                long length = Math.Min(ZeroPiece, zeroEnd - _position);
                range = new CopyRange(_position, length, IsZero: true);
                Advance(_position + length);
                return true;
            }

            Advance(zeroEnd);
        }

        range = default;
        return false;
    }

    protected override void Prepare(CopyRange range, WriteChunk chunk)
    {
        if (range.IsZero)
            return;
        int length = (int)range.Length;
        int padded = (length + _target.ChunkAlignment - 1) / _target.ChunkAlignment * _target.ChunkAlignment;
        chunk.Reset(range.Start, padded);
        _source.Read(range.Start, chunk.Data[..length]);
        chunk.Data[length..].Clear();
        if (_backing is not null)
            ReadBacking(range.Start, chunk.Backing);
        _target.Encode(chunk);
    }

    /// <summary>Bytes at the start of an extent that need no look: in both images zeroes, or stored in the very same place.</summary>
    private long SameAsBacking(in Extent extent)
    {
        Extent behind = _backingWalk!.At(extent.Start, extent.End);
        bool isSame = extent.ReadsAsZeroes ? behind.ReadsAsZeroes : extent.IsSamePlaceAs(behind);
        return isSame ? behind.Length : 0;
    }

    /// <summary>A backing image that is shorter than the new one reads as zeroes behind its end.</summary>
    private void ReadBacking(GuestOffset start, Span<byte> target)
    {
        int length = (int)Math.Clamp(_backing!.Length - start.Value, 0, target.Length);
        if (length > 0)
            _backing.Read(start, target[..length]);
        target[length..].Clear();
    }

    protected override bool InOrder(CopyRange range, WriteChunk chunk)
    {
        if (range.IsZero)
            _target.WriteZeroes(range.Start, range.Length);
        else
            _target.Place(chunk);
        return true;
    }

    protected override void Complete(CopyRange range, WriteChunk chunk)
    {
        if (!range.IsZero)
            _target.Store(chunk);
    }

    private void Advance(GuestOffset position)
    {
        _progress.Add(position - _position);
        _position = position;
    }
}
