namespace OpenStackStorage.Disks;

/// <summary>A device in memory: for tests, fuzzing and small generated images. At most 2 GiB.</summary>
public sealed class MemoryBlockDevice(string path, byte[]? content = null) : BlockDevice
{
    private readonly Lock _lock = new();
    private byte[] _bytes = content ?? [];
    private int _length = content?.Length ?? 0;

    public override string Path => path;

    public override long Length => _length;

    /// <summary>A copy of the content.</summary>
    public byte[] ToArray()
    {
        lock (_lock)
            return _bytes.AsSpan(0, _length).ToArray();
    }

    public override int ReadUpTo(HostOffset offset, Span<byte> buffer)
    {
        lock (_lock)
        {
            if (offset.Value >= _length || buffer.IsEmpty)
                return 0;
            Span<byte> source = _bytes.AsSpan((int)offset.Value, (int)Math.Min(buffer.Length, _length - offset.Value));
            source.CopyTo(buffer);
            return source.Length;
        }
    }

    public override void Write(HostOffset offset, ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            Grow(offset.Value + buffer.Length);
            buffer.CopyTo(_bytes.AsSpan((int)offset.Value));
        }
    }

    public override void Flush()
    {
    }

    public override void SetLength(long length)
    {
        lock (_lock)
        {
            Grow(length);
            _bytes.AsSpan((int)length).Clear();
            _length = (int)length;
        }
    }

    public override void WriteZeroes(HostOffset offset, long length)
    {
        lock (_lock)
        {
            Grow(offset.Value + length);
            _bytes.AsSpan((int)offset.Value, (int)length).Clear();
        }
    }

    private void Grow(long length)
    {
        if (length > Array.MaxLength)
            throw new StorageException(ErrorIds.InsufficientSpace, $"'{path}' can't grow to {length} bytes in memory.") { Target = path };
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(length, _bytes.Length * 2L)));
        _length = Math.Max(_length, (int)length);
    }
}
