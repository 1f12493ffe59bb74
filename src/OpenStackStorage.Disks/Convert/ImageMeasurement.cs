namespace OpenStackStorage.Disks;

/// <summary>Bytes that the files of a new image are going to have.</summary>
/// <param name="Required">For the disk as it is. An upper bound where stored data turns out to be zeroes, or is compressed.</param>
/// <param name="FullyAllocated">When every byte of the disk holds data.</param>
public readonly record struct ImageMeasure(long Required, long FullyAllocated);

/// <summary>
/// Measures new images by making them: the format's own writer runs over a disk that has data where the source has some,
/// into files that keep nothing but their lengths. So the result is exact for every format; no data is read.
/// </summary>
public static class ImageMeasurement
{
    /// <param name="options">The new image; its virtual size counts.</param>
    /// <param name="source">The disk that it is going to hold; null for an empty one.</param>
    public static ImageMeasure Measure(
        ImageFormat format, ImageCreateOptions options, DiskImage? source, int threads, WorkProgress progress, CancellationToken token)
    {
        format.Validate(options);
        long? knownFull = format.LengthWhenFull(options);
        progress.Total = (source?.VirtualSize ?? 0) + (knownFull is null ? options.VirtualSize : 0);
        using DiskOutline all = DiskOutline.Full(options.VirtualSize);
        long full = knownFull ?? Make(format, options with { Preallocation = Preallocation.Off }, all, threads, progress, token);
        if (options.Preallocation != Preallocation.Off)
            return new ImageMeasure(full, full);
        using DiskOutline outline = source is null ? DiskOutline.Empty(options.VirtualSize) : DiskOutline.Of(source);
        return new ImageMeasure(Make(format, options, outline, threads, progress, token), full);
    }

    private static long Make(ImageFormat format, ImageCreateOptions options, DiskOutline disk, int threads, WorkProgress progress, CancellationToken token)
    {
        ImageFile[] files = [.. format.FilesOf($"image{format.Extensions[0]}", options).Select(path => new ImageFile(path, new LengthDevice(path)))];
        using (ImageWriter writer = format.Create(files, options))
        {
            new ImageCopy(new ImageReader(disk), backing: null, writer, progress).Copy(threads, token);
            writer.Finish();
        }

        return files.Sum(file => file.Device.Length);
    }

    /// <summary>A file that keeps nothing but its length.</summary>
    private sealed class LengthDevice(string path) : BlockDevice
    {
        private long _length;

        public override string Path => path;

        public override long Length => Interlocked.Read(ref _length);

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
        {
            int length = (int)Math.Clamp(Length - offset.Value, 0, buffer.Length);
            buffer[..length].Clear();
            return length;
        }

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => Grow(offset.Value + buffer.Length);

        public override void WriteZeroes(HostOffset offset, long length) => Grow(offset.Value + length);

        public override void Preallocate(HostOffset offset, long length, Preallocation preallocation, WorkProgress progress, CancellationToken token) =>
            Grow(offset.Value + length);

        public override void SetLength(long length) => Interlocked.Exchange(ref _length, length);

        public override void Flush()
        {
        }

        private void Grow(long end)
        {
            for (long length = Length; length < end; length = Length)
                Interlocked.CompareExchange(ref _length, end, length);
        }
    }

    /// <summary>A disk with noise, which no codec makes smaller, where another one stores anything.</summary>
    private sealed class DiskOutline : DiskImage
    {
        private readonly ImageReader? _source;
        private readonly ExtentKind _otherwise;

        /// <summary>The run that was asked for last: to find where a long one ends takes the source a walk through its tables.</summary>
        private volatile Run? _last;

        private DiskOutline(long virtualSize, ImageReader? source, ExtentKind otherwise)
            : base(new NoiseDevice()) => (VirtualSize, _source, _otherwise) = (virtualSize, source, otherwise);

        public override DiskImageFormat Format => DiskImageFormat.Raw;

        public override long VirtualSize { get; }

        public override int ClusterSize => 1;

        public static DiskOutline Of(DiskImage source) => new(source.VirtualSize, new ImageReader(source), ExtentKind.Unallocated);

        public static DiskOutline Empty(long virtualSize) => new(virtualSize, null, ExtentKind.Unallocated);

        public static DiskOutline Full(long virtualSize) => new(virtualSize, null, ExtentKind.Data);

        public override Extent Map(GuestOffset start, GuestOffset end)
        {
            Run? run = _last;
            if (run is null || start < run.Start || start >= run.End)
                _last = run = RunAt(start);
            long length = Math.Min(run.End - start, end - start);
            return new Extent(start, length, run.Kind, File, new HostOffset(start.Value), Layer: this);
        }

        private Run RunAt(GuestOffset start)
        {
            GuestOffset end = new(VirtualSize);
            if (_source is null)
                return new Run(start, end, _otherwise);
            Extent found = _source.Map(start, end);
            return new Run(start, found.End, found.ReadsAsZeroes ? ExtentKind.Unallocated : ExtentKind.Data);
        }

        private sealed record Run(GuestOffset Start, GuestOffset End, ExtentKind Kind);
    }

    /// <summary>The same noise at every place.</summary>
    private sealed class NoiseDevice : BlockDevice
    {
        private readonly byte[] _noise = new byte[1 << 16];

        public NoiseDevice() => new Random(1).NextBytes(_noise);

        public override string Path => "noise";

        public override long Length => long.MaxValue;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
        {
            for (int done = 0; done < buffer.Length; done += _noise.Length)
                _noise.AsSpan(0, Math.Min(_noise.Length, buffer.Length - done)).CopyTo(buffer[done..]);
            return buffer.Length;
        }

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        public override void WriteZeroes(HostOffset offset, long length) => throw new NotSupportedException();

        public override void SetLength(long length) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
