namespace OpenStackStorage.Services.Tests.Images;

/// <summary>1000 bytes that can only be read on, with something that happens after the first of them.</summary>
internal sealed class SlowStream(Action afterFirst) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_position == 1)
            afterFirst();
        int read = Math.Min(count, _position == 0 ? 1 : 1000 - _position);
        _position += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
