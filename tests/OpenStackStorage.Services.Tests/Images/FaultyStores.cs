using OpenStackStorage.Disks;

namespace OpenStackStorage.Services.Tests.Images;

/// <summary>A store in memory whose n-th write fails, and that counts what was begun and let go.</summary>
internal sealed class FaultyStore(int failAt) : IImageStore
{
    private int _calls;

    public int Calls => _calls;

    public int Begun { get; private set; }

    public int Disposed { get; private set; }

    public string Name => "faulty";

    public StoreSpace? GetSpace() => null;

    public bool Holds(ImageId id) => false;

    public IPendingImageData Begin(ImageId id, long? length)
    {
        Begun++;
        return new Pending(this, id.ToString());
    }

    public BlockDevice Open(string key) => throw new NotSupportedException();

    public bool Delete(string key) => throw new NotSupportedException();

    public IEnumerable<StoredImageData> List() => [];

    private void Count()
    {
        if (Interlocked.Increment(ref _calls) == failAt)
            throw new StorageException(ErrorIds.WriteFailed, "This write was made to fail.");
    }

    private sealed class Pending(FaultyStore store, string key) : IPendingImageData
    {
        public string Key => key;

        public BlockDevice Device { get; } = new FaultyDevice(store);

        public void Commit(Image record, CancellationToken token) => store.Count();

        public void Dispose() => store.Disposed++;
    }

    private sealed class FaultyDevice(FaultyStore store) : BlockDevice
    {
        private readonly MemoryBlockDevice _memory = new("faulty");

        public override string Path => _memory.Path;

        public override long Length => _memory.Length;

        public override int ReadUpTo(HostOffset offset, Span<byte> buffer) => _memory.ReadUpTo(offset, buffer);

        public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
        {
            store.Count();
            _memory.Write(offset, buffer);
        }

        public override void WriteZeroes(HostOffset offset, long length)
        {
            store.Count();
            _memory.WriteZeroes(offset, length);
        }

        public override void SetLength(long length)
        {
            store.Count();
            _memory.SetLength(length);
        }

        public override void Flush() => store.Count();
    }
}

/// <summary>A stream that is only read.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

internal sealed class EndlessStream : ReadOnlyStream
{
    public override int Read(byte[] buffer, int offset, int count)
    {
        buffer.AsSpan(offset, count).Fill(1);
        return count;
    }
}

/// <summary>Fails when so many bytes were read.</summary>
internal sealed class FailingStream(byte[] data, int at) : ReadOnlyStream
{
    private int _position;

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_position >= at)
            throw new IOException("This read was made to fail.");
        count = Math.Min(count, at - _position);
        data.AsSpan(_position, count).CopyTo(buffer.AsSpan(offset));
        _position += count;
        return count;
    }
}

/// <summary>Never answers, and heeds no token, until it is disposed.</summary>
internal sealed class HangingStream : ReadOnlyStream
{
    private readonly ManualResetEventSlim _end = new();

    public override int Read(byte[] buffer, int offset, int count)
    {
        _end.Wait();
        return 0;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _end.Wait(CancellationToken.None);
        return ValueTask.FromResult(0);
    }

    protected override void Dispose(bool disposing)
    {
        _end.Set();
        base.Dispose(disposing);
    }
}
