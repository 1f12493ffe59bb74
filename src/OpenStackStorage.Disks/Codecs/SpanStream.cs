namespace OpenStackStorage.Disks;

/// <summary>
/// A stream over memory that someone else keeps in place, for codecs that only speak streams. Writing past the end
/// raises no exception, as that is the normal outcome for data that does not compress: it sets <see cref="Overflowed"/>.
/// </summary>
internal sealed unsafe class SpanStream(byte* start, int length) : Stream
{
    private int _position;

    /// <summary>True when more was written than there is room for; the rest was dropped.</summary>
    public bool Overflowed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, length - _position);
        new ReadOnlySpan<byte>(start + _position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Overflowed || buffer.Length > length - _position)
        {
            Overflowed = true;
            return;
        }

        buffer.CopyTo(new Span<byte>(start + _position, length - _position));
        _position += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
