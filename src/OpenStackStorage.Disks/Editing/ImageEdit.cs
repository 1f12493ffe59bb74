namespace OpenStackStorage.Disks;

/// <summary>A range on its way into an image that is changed in place: either bytes to be read, or zeroes.</summary>
internal readonly record struct EditRange(GuestOffset Start, int Length, long Zeroes);

/// <summary>A run of bytes of a range that must be written.</summary>
internal readonly record struct EditRun(int Start, int Length, bool IsZero);

/// <summary>
/// Copies ranges of a disk into an image in place. Reading, decompressing and comparing happen on several threads; writing
/// happens in guest order, so that new clusters lie in order.
/// </summary>
internal abstract class ImageEdit(ImageEditor target, long length, WorkProgress progress) : OrderedWork<EditRange, EditBuffer>
{
    private const int Piece = 1 << 20;

    /// <summary>Zeroing shows progress and can be stopped between pieces.</summary>
    private const long ZeroPiece = 1L << 30;

    /// <summary>What is written or left out as one: the target's cluster, within reason.</summary>
    private readonly int _granule = Math.Clamp(target.Image.ClusterSize, 4096, 65536);

    private GuestOffset _position;

    /// <summary>Copies all that is needed. At most 32 threads have buffers, of 2 MiB each.</summary>
    public void Copy(int threads, CancellationToken token) => Run(Math.Clamp(threads, 1, 32), token);

    /// <summary>The next run of one kind; null where the target needs nothing of it, with its length.</summary>
    protected abstract (Extent? Needed, long Length) Map(GuestOffset start, GuestOffset end);

    /// <summary>Reads what the target is to have.</summary>
    protected abstract void Read(GuestOffset start, Span<byte> bytes);

    /// <summary>Reads what the target shows without any of it. False when all is to be written whatever it shows.</summary>
    protected abstract bool ReadPresent(GuestOffset start, Span<byte> bytes);

    protected override EditBuffer CreateBuffer() => new(Piece);

    protected override bool TryTake(out EditRange range)
    {
        GuestOffset end = new(length);
        while (_position < end)
        {
            (Extent? needed, long run) = Map(_position, end);
            GuestOffset start = _position;
            if (needed is not { } extent)
            {
                Advance(run);
                continue;
            }

            if (extent.ReadsAsZeroes)
            {
                long zeroes = Math.Min(run, ZeroPiece);
                Advance(zeroes);
                range = new EditRange(start, 0, zeroes);
                return true;
            }

            // Compressed clusters are mapped one by one, but read many at a time.
            GuestOffset limit = new(Math.Min(end.Value, (start.Value / Piece * Piece) + Piece));
            GuestOffset stop = start + run;
            while (stop < limit && Map(stop, limit) is ({ ReadsAsZeroes: false }, var more))
                stop += more;
            int bytes = (int)((stop < limit ? stop : limit) - start);
            Advance(bytes);
            range = new EditRange(start, bytes, 0);
            return true;
        }

        range = default;
        return false;
    }

    protected override void Prepare(EditRange item, EditBuffer buffer)
    {
        buffer.Runs.Clear();
        if (item.Zeroes > 0)
            return;
        Span<byte> bytes = buffer.Bytes[..item.Length];
        Span<byte> present = buffer.Present[..item.Length];
        Read(item.Start, bytes);
        bool compare = ReadPresent(item.Start, present);
        for (int offset = 0; offset < bytes.Length;)
        {
            int size = Math.Min(_granule - (int)((item.Start.Value + offset) % _granule), bytes.Length - offset);
            ReadOnlySpan<byte> granule = bytes.Slice(offset, size);
            if (!compare || !granule.SequenceEqual(present.Slice(offset, size)))
                buffer.Add(offset, size, ZeroScanner.IsZero(granule));
            offset += size;
        }
    }

    protected override bool InOrder(EditRange item, EditBuffer buffer)
    {
        if (item.Zeroes > 0)
            target.Zero(item.Start, item.Zeroes, free: true);
        foreach (EditRun run in buffer.Runs)
        {
            if (run.IsZero)
                target.Zero(item.Start + run.Start, run.Length, free: true);
            else
                target.Write(item.Start + run.Start, buffer.Bytes.Slice(run.Start, run.Length));
        }

        return true;
    }

    private void Advance(long bytes)
    {
        progress.Add(bytes);
        _position += bytes;
    }
}

/// <summary>What one thread of an <see cref="ImageEdit"/> works on.</summary>
internal sealed class EditBuffer(int capacity) : IDisposable
{
    private readonly AlignedBuffer _bytes = new(capacity);
    private readonly AlignedBuffer _present = new(capacity);

    public Span<byte> Bytes => _bytes.Span;

    public Span<byte> Present => _present.Span;

    public List<EditRun> Runs { get; } = [];

    public void Add(int start, int length, bool isZero)
    {
        if (Runs is [.., var last] && last.IsZero == isZero && last.Start + last.Length == start)
            Runs[^1] = last with { Length = last.Length + length };
        else
            Runs.Add(new EditRun(start, length, isZero));
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _present.Dispose();
    }
}
