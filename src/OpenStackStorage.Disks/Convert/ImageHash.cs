using System.Security.Cryptography;

namespace OpenStackStorage.Disks;

/// <summary>
/// Digests a guest's disk on several threads: reading and decompressing run ahead, the digest takes the bytes in order.
/// The result is that of the raw disk, whatever the format. Ranges that nothing stores are not read.
/// </summary>
public static class ImageHash
{
    private const int ChunkSize = 1 << 20;

    /// <summary>Hashing zeroes costs as much as hashing data: in pieces it can be stopped and shows progress.</summary>
    private const int ZeroPiece = 16 << 20;

    private static readonly byte[] Zeroes = new byte[ChunkSize];

    /// <param name="threads">How many threads read and decompress.</param>
    public static byte[] Compute(DiskImage image, HashAlgorithmName algorithm, int threads, WorkProgress progress, CancellationToken token)
    {
        progress.Total = image.VirtualSize;
        using IncrementalHash hash = IncrementalHash.CreateHash(algorithm);
        new Work(new ImageReader(image), hash, progress).Run(threads, token);
        return hash.GetHashAndReset();
    }

    private readonly record struct Range(GuestOffset Start, int Length, bool IsZero);

    private sealed class Work(ImageReader reader, IncrementalHash hash, WorkProgress progress) : OrderedWork<Range, AlignedBuffer>
    {
        private readonly ExtentWalk _walk = new(reader);
        private GuestOffset _position;

        protected override AlignedBuffer CreateBuffer() => new(ChunkSize);

        protected override bool TryTake(out Range range)
        {
            GuestOffset end = new(reader.Length);
            range = default;
            if (_position >= end)
                return false;
            Extent extent = _walk.At(_position, end);
            range = extent.ReadsAsZeroes
                ? new Range(_position, (int)Math.Min(extent.Length, ZeroPiece), IsZero: true)
                : new Range(_position, (int)Math.Min(end - _position, ChunkSize - (_position.Value % ChunkSize)), IsZero: false);
            _position += range.Length;
            return true;
        }

        protected override void Prepare(Range range, AlignedBuffer buffer)
        {
            if (!range.IsZero)
                reader.Read(range.Start, buffer.Span[..range.Length]);
        }

        protected override bool InOrder(Range range, AlignedBuffer buffer)
        {
            if (!range.IsZero)
                hash.AppendData(buffer.Span[..range.Length]);
            for (int rest = range.IsZero ? range.Length : 0; rest > 0; rest -= ChunkSize)
                hash.AppendData(Zeroes.AsSpan(0, Math.Min(rest, ChunkSize)));
            progress.Add(range.Length);
            return true;
        }
    }
}
