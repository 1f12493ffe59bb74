using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace OpenStackStorage.Rings;

/// <summary>
/// A gzip member with the header that Swift gives its rings, and with points where a reader can begin: after
/// <see cref="FullFlush"/> nothing refers back. Sources: RFC 1952; swift/common/ring/io.py, _RingGzWriter.
/// </summary>
internal sealed class RingGzipWriter : IDisposable
{
    /// <summary>The time in every ring's header, so that equal rings are equal files (swift/common/ring/ring.py, RingData.save).</summary>
    private const uint FixedTime = 1300507380;

    private const int MaximumStored = 65535;

    private readonly Stream _target;
    private DeflateStream? _deflate;
    private DetachableStream? _sink;
    private uint _crc;

    /// <param name="target">Where the bytes go, from its present position on.</param>
    /// <param name="fileName">The ring's file name; the header holds it without folder and <c>.gz</c>.</param>
    public RingGzipWriter(Stream target, string fileName)
    {
        _target = target;
        WriteHeader(Path.GetFileName(fileName));
    }

    /// <summary>Bytes of the file so far; exact after a flush.</summary>
    public long CompressedLength { get; private set; }

    /// <summary>Bytes given so far.</summary>
    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (_deflate is null)
        {
            _sink = new DetachableStream(Emit);
            _deflate = new DeflateStream(_sink, new ZLibCompressionOptions { CompressionLevel = 9 }, leaveOpen: true);
        }

        _deflate.Write(bytes);
        Count(bytes);
    }

    /// <summary>One block without compression, and a flush: 10 bytes more than it was given.</summary>
    public void WriteStored(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaximumStored);
        FullFlush();
        EmitStored(bytes, last: false);
        EmitStored([], last: false);
        Count(bytes);
    }

    /// <summary>
    /// Ends on a byte boundary with an empty stored block, as Z_FULL_FLUSH does. .NET offers Z_SYNC_FLUSH alone, which
    /// keeps the window; so the compressor goes, and what its end would still write is thrown away.
    /// </summary>
    public void FullFlush()
    {
        if (_deflate is null)
            return;
        _deflate.Flush();
        _sink!.Detach();
        _deflate.Dispose();
        _deflate = null;
    }

    /// <summary>The last block of 5 bytes, checksum and length: 13 bytes, which the v2 reader counts on.</summary>
    public void Finish()
    {
        FullFlush();
        EmitStored([], last: true);
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _crc);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)Length); // modulo 2^32
        Emit(trailer);
    }

    public void Dispose()
    {
        _sink?.Detach();
        _deflate?.Dispose();
    }

    private void WriteHeader(string fileName)
    {
        if (fileName.EndsWith(".gz", StringComparison.Ordinal))
            fileName = fileName[..^3];
        // RFC 1952, 2.3.1: the name is Latin-1. Python leaves out one that is not.
        bool named = fileName.Length > 0 && !fileName.AsSpan().ContainsAnyExceptInRange('\u0001', '\u00ff');
        Span<byte> header = [0x1F, 0x8B, 8, (byte)(named ? 8 : 0), 0, 0, 0, 0, 2, 255];
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], FixedTime);
        Emit(header);
        if (named)
            Emit([.. Encoding.Latin1.GetBytes(fileName), 0]);
    }

    private void EmitStored(ReadOnlySpan<byte> bytes, bool last)
    {
        Span<byte> block = [(byte)(last ? 1 : 0), 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(block[1..], (ushort)bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block[3..], (ushort)~bytes.Length);
        Emit(block);
        Emit(bytes);
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        _crc = Crc32.Append(_crc, bytes);
        Length += bytes.Length;
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        _target.Write(bytes);
        CompressedLength += bytes.Length;
    }

    private delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <summary>Passes on what is written until it is told not to.</summary>
    private sealed class DetachableStream(Sink sink) : Stream
    {
        private bool _detached;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Detach() => _detached = true;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!_detached)
                sink(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
