namespace OpenStackStorage.Disks;

/// <summary>How a range of two disks differs.</summary>
public enum DifferenceKind
{
    /// <summary>The bytes differ.</summary>
    Content,

    /// <summary>One disk ends before the range.</summary>
    Size,

    /// <summary>Both read as zeroes, but only one of them stores the range.</summary>
    Allocation,
}

/// <summary>A range in which two disks differ. Ranges start and end at multiples of 512 bytes.</summary>
public readonly record struct ImageDifference(GuestOffset Start, long Length, DifferenceKind Kind);

/// <summary>How two images are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Find every difference; otherwise the first one ends the comparison.</summary>
    public bool All { get; init; }

    /// <summary>Count differing sizes and differing allocation as differences too, as qemu-img compare -s does.</summary>
    public bool Strict { get; init; }

    /// <summary>Compare only so many bytes from the start; null for all.</summary>
    public long? Length { get; init; }

    /// <summary>Take what can't be read of the reference for zeroes, and tell of it here.</summary>
    public SalvageLog? Losses { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>
/// Compares two guests' disks, whatever their formats, on several threads. Ranges that neither stores are never read.
/// A disk that is longer than the other one is equal to it where the rest is zeroes.
/// </summary>
public sealed class ImageComparison
{
    private const int ChunkSize = 1 << 20;
    private const int SectorSize = 512;

    /// <summary>
    /// Compares, and gives the differences out in the order of their offsets, neighbours joined. A difference of sizes,
    /// which only strictness counts, comes first.
    /// </summary>
    public static void Run(
        DiskImage reference, DiskImage difference, ComparisonOptions options, Action<ImageDifference> found, WorkProgress progress, CancellationToken token)
    {
        Work work = new(reference, difference, options, found, progress);
        long shorter = Math.Min(reference.VirtualSize, difference.VirtualSize);
        long longer = options.Length ?? Math.Max(reference.VirtualSize, difference.VirtualSize);
        if (progress.Total == 0)
            progress.Total = longer;
        if (options.Strict && shorter != longer)
        {
            found(new ImageDifference(new GuestOffset(shorter), longer - shorter, DifferenceKind.Size));
            if (!options.All)
                return;
        }

        work.Run(options.Threads, token);
        work.Flush();
    }

    /// <summary>A range to look at; one that is not read is zeroes on both sides, of any length.</summary>
    private readonly record struct Range(GuestOffset Start, long Length, bool IsRead, bool AllocationDiffers);

    private sealed class Buffers : IDisposable
    {
        public AlignedBuffer Left { get; } = new(ChunkSize);

        public AlignedBuffer Right { get; } = new(ChunkSize);

        public List<ImageDifference> Differences { get; } = [];

        public void Dispose()
        {
            Left.Dispose();
            Right.Dispose();
        }
    }

    private sealed class Work(DiskImage reference, DiskImage difference, ComparisonOptions options, Action<ImageDifference> found, WorkProgress progress)
        : OrderedWork<Range, Buffers>
    {
        private readonly ImageReader _left = new(reference, losses: options.Losses);
        private readonly ImageReader _right = new(difference);
        private readonly ExtentWalk _leftWalk = new(new ImageReader(reference, losses: options.Losses));
        private readonly ExtentWalk _rightWalk = new(new ImageReader(difference));
        private readonly GuestOffset _end = new(options.Length ?? Math.Max(reference.VirtualSize, difference.VirtualSize));
        private GuestOffset _position;
        private ImageDifference? _pending;

        protected override Buffers CreateBuffer() => new();

        protected override bool TryTake(out Range range)
        {
            while (_position < _end)
            {
                range = RangeAt(_position, _leftWalk.At(_position, _end), _rightWalk.At(_position, _end));
                _position += range.Length;
                progress.Add(range.Length);
                if (range.IsRead || range.AllocationDiffers)
                    return true;
            }

            range = default;
            return false;
        }

        private Range RangeAt(GuestOffset start, in Extent left, in Extent right)
        {
            long rest = _end - start;
            long common = Math.Min(left.Length, right.Length);
            long sectors = common == rest ? rest : common - (common % SectorSize); // an image may end within a sector
            if (left.ReadsAsZeroes && right.ReadsAsZeroes && sectors > 0)
            {
                // Both are zeroes; only strictness asks whether both say so in the same way.
                bool inBoth = start.Value < Math.Min(_left.Length, _right.Length);
                return new Range(start, sectors, IsRead: false, options.Strict && inBoth && left.Kind != right.Kind);
            }

            long chunk = Math.Min(rest, ChunkSize - (start.Value % ChunkSize));
            if (options.Strict)
                chunk = Math.Min(chunk, Math.Max(sectors, SectorSize)); // each side is allocated as a whole here, or not at all
            return new Range(start, chunk, IsRead: true, options.Strict && left.ReadsAsZeroes != right.ReadsAsZeroes);
        }

        protected override void Prepare(Range range, Buffers buffers)
        {
            buffers.Differences.Clear();
            if (range.IsRead)
                FindContent(range, buffers);
            if (range.AllocationDiffers && buffers.Differences.Count == 0)
                buffers.Differences.Add(new ImageDifference(range.Start, range.Length, DifferenceKind.Allocation));
        }

        private void FindContent(Range range, Buffers buffers)
        {
            Span<byte> left = buffers.Left.Span[..(int)range.Length];
            Span<byte> right = buffers.Right.Span[..(int)range.Length];
            ReadPadded(_left, range.Start, left);
            ReadPadded(_right, range.Start, right);
            for (int offset = left.CommonPrefixLength(right); offset < left.Length;)
            {
                int start = offset - (offset % SectorSize);
                int end = start;
                while (end < left.Length && !left[end..Math.Min(end + SectorSize, left.Length)].SequenceEqual(right[end..Math.Min(end + SectorSize, left.Length)]))
                    end += SectorSize;
                end = Math.Min(end, left.Length);
                buffers.Differences.Add(new ImageDifference(range.Start + start, end - start, DifferenceKind.Content));
                offset = end + left[end..].CommonPrefixLength(right[end..]);
            }
        }

        protected override bool InOrder(Range range, Buffers buffers)
        {
            foreach (ImageDifference next in buffers.Differences)
            {
                if (_pending is { } pending && pending.Kind == next.Kind && pending.Start + pending.Length == next.Start)
                {
                    _pending = pending with { Length = pending.Length + next.Length };
                    continue;
                }

                if (_pending is not null && !options.All)
                    return false;
                Flush();
                _pending = next;
            }

            // Without -All the first difference is given whole, so its end must be known.
            return options.All || _pending is not { } first || first.Start + first.Length == range.Start + range.Length;
        }

        public void Flush()
        {
            if (_pending is { } pending)
                found(pending);
            _pending = null;
        }

        private static void ReadPadded(ImageReader reader, GuestOffset start, Span<byte> buffer)
        {
            int inside = (int)Math.Clamp(reader.Length - start.Value, 0, buffer.Length);
            if (inside > 0)
                reader.Read(start, buffer[..inside]);
            buffer[inside..].Clear();
        }
    }
}
